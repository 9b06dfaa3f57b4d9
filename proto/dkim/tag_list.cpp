// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/tag_list.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/address/dns_name.hpp"

namespace signpost::dkim {
namespace {

bool is_white_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_tag_name(std::string_view name) {
  // RFC 6376 §3.2: tag-name = ALPHA *ALNUMPUNC
  return !name.empty() && is_alpha(name.front())
         && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
}

bool is_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return is_white_space(c) || (static_cast<unsigned char>(c) > ' ' && c != 0x7f);
  });
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

result<tag_list> tag_list::parse(std::string_view text) {
  if (!is_utf8(text)) return fail(errc::malformed, "tag list is not UTF-8");
  tag_list list;
  for (;;) {
    const auto end = text.find(';');
    SP_CHECK(list.add(text.substr(0, end)));
    if (end == std::string_view::npos) return list;
    text.remove_prefix(end + 1);
    // RFC 6376 §3.2: there may be one semicolon at the end.
    if (text.empty()) return list;
  }
}

result<void> tag_list::add(std::string_view spec) {
  const auto equals = spec.find('=');
  if (equals == std::string_view::npos) return fail(errc::malformed, "tag without =");
  const auto name = trim(spec.substr(0, equals));
  const auto raw = spec.substr(equals + 1);
  if (!is_tag_name(name)) return fail(errc::malformed, "tag name");
  if (!is_value(raw)) return fail(errc::malformed, "control character in a tag");
  if (find(name) != nullptr) return fail(errc::malformed, "a tag is given more than once");
  if (tags_.size() == tags_max) return fail(errc::limit_exceeded, "tags_max");
  tags_.push_back({name, trim(raw), raw});
  return {};
}

const tag* tag_list::find(std::string_view name) const {
  const auto at = std::ranges::find(tags_, name, &tag::name);
  return at == tags_.end() ? nullptr : &*at;
}

std::optional<std::string_view> tag_list::value(std::string_view name) const {
  const auto* found = find(name);
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

std::vector<std::string_view> split_colons(std::string_view value) {
  auto parts = split(value, ':');
  for (auto& part : parts) part = trim(part);
  return parts;
}

std::string without_white_space(std::string_view value) {
  std::string out;
  std::ranges::copy_if(value, std::back_inserter(out), [](char c) { return !is_white_space(c); });
  return out;
}

result<std::string> decode_base64(std::string_view value, std::string_view what) {
  auto text = without_white_space(value);
  // The grammar allows omitting the padding, and keys in the DNS are often cut there.
  if (text.find('=') == std::string::npos) text.append((4 - text.size() % 4) % 4, '=');
  auto octets = from_base64(text);
  if (!octets || octets->empty()) return fail(errc::malformed, std::string(what));
  return *std::move(octets);
}

result<std::string> decode_quoted_printable(std::string_view value) {
  const auto text = without_white_space(value);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return fail(errc::malformed, "quoted-printable");
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return fail(errc::malformed, "quoted-printable");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

result<std::string> to_dns_name(std::string_view text) {
  // Only a name in U-labels may have a final dot.
  const bool dotted = is_ascii(text) && text.ends_with('.');
  auto name = dotted ? std::nullopt : address::dns_name(text);
  if (!name) return fail(errc::malformed, "domain");
  return *std::move(name);
}

}  // namespace signpost::dkim
