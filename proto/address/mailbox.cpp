// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/mailbox.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

// RFC 5322 §3.2.3, and any octet of non-ASCII UTF-8 (RFC 6531 §3.3).
bool is_atext(char c) {
  constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~";
  return is_alnum(c) || specials.find(c) != std::string_view::npos
         || static_cast<unsigned char>(c) >= 0x80;
}

bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

// RFC 5321 §4.1.2: Dot-string.
bool is_dot_string(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  return local.find("..") == std::string_view::npos
         && std::ranges::all_of(local, [](char c) { return is_atext(c) || c == '.'; });
}

// RFC 6531 §3.3 allows any non-ASCII character. The control characters U+0080 to U+009F are left
// out: they steer terminals and no mailbox has them.
bool is_safe_utf8(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (text[i] == '\xc2' && second < 0xa0) return false;
  }
  return true;
}

struct spelled_local {
  std::string local;     // without quotes and escapes
  std::size_t octets{};  // as it was written
};

// RFC 5321 §4.1.2: Quoted-string, whose opening quote is the first octet of `text`.
result<spelled_local> parse_quoted(std::string_view text) {
  spelled_local out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      out.octets = i + 1;
      return out;
    }
    if (c == '\\') {
      // quoted-pairSMTP: ASCII only, also in RFC 6531.
      if (++i == text.size() || !is_printable_ascii(text[i])) {
        return fail(errc::malformed, "wrong character after a backslash in the local part");
      }
    } else if (!is_printable_ascii(c) && static_cast<unsigned char>(c) < 0x80) {
      return fail(errc::malformed, "control character in the local part");
    }
    out.local += text[i];
  }
  return fail(errc::malformed, "no closing quote in the local part");
}

result<spelled_local> parse_unquoted(std::string_view text) {
  const auto at = text.find('@');
  const auto local = text.substr(0, at);
  if (at == std::string_view::npos) return fail(errc::malformed, "no @ in the address");
  if (!is_dot_string(local)) return fail(errc::malformed, "wrong local part");
  return spelled_local{std::string(local), local.size()};
}

result<spelled_local> parse_local(std::string_view text) {
  SP_TRY(auto out, text.starts_with('"') ? parse_quoted(text) : parse_unquoted(text));
  // RFC 5321 §4.5.3.1.1 counts what is written, quotes included.
  if (out.octets > limits::local_part_octets_max) {
    return fail(errc::limit_exceeded, "local part over 64 octets");
  }
  if (!is_safe_utf8(out.local)) return fail(errc::malformed, "local part is not UTF-8");
  return out;
}

// RFC 5321 §4.1.3. `text` has its brackets. General-address-literals are refused: no other tag than
// IPv6 was ever registered.
result<ip_address> parse_literal(std::string_view text) {
  constexpr std::string_view ipv6_tag = "IPv6:";
  if (!text.ends_with(']')) return fail(errc::malformed, "no closing bracket in the literal");
  auto inner = text.substr(1, text.size() - 2);
  const bool tagged = starts_with_ignoring_case(inner, ipv6_tag);
  if (tagged) inner.remove_prefix(ipv6_tag.size());
  // Both texts look alike to ip_address::parse(); only the tag says which of them it must be.
  const bool has_colon = inner.find(':') != std::string_view::npos;
  const auto address = ip_address::parse(inner);
  if (!address || has_colon != tagged) return fail(errc::malformed, "wrong address literal");
  return *address;
}

std::string quoted(std::string_view local) {
  std::string out = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string spelled(const std::string& local) {
  return is_dot_string(local) ? local : quoted(local);
}

}  // namespace

result<mailbox> mailbox::parse(std::string_view text) {
  // RFC 5321 §4.5.3.1.3 allows 256 octets with the brackets of the path.
  if (text.size() > mailbox_octets_max)
    return fail(errc::limit_exceeded, "address over 254 octets");
  SP_TRY(auto spelling, parse_local(text));
  text.remove_prefix(spelling.octets);
  if (!text.starts_with('@')) return fail(errc::malformed, "no @ behind the local part");
  text.remove_prefix(1);
  mailbox m;
  m.local_ = std::move(spelling.local);
  if (text.starts_with('[')) {
    SP_TRY(m.literal_, parse_literal(text));
    return m;
  }
  // The Domain of RFC 5321 §4.1.2 has no final dot, though domain::parse() takes one.
  if (text.ends_with('.')) return fail(errc::malformed, "domain ends with a dot");
  SP_TRY(m.host_, domain::parse(text));
  // A-labels may be longer than what came.
  if (spelling.octets + 1 + m.host_.ascii().size() > mailbox_octets_max) {
    return fail(errc::limit_exceeded, "address over 254 octets");
  }
  return m;
}

mailbox mailbox::make(std::string local, domain host) {
  mailbox m;
  m.local_ = std::move(local);
  m.host_ = std::move(host);
  return m;
}

bool mailbox::needs_smtputf8() const {
  return !is_ascii(local_);
}

std::string mailbox::host_text() const {
  return literal_ ? literal_->to_literal() : host_.ascii();
}

std::string mailbox::to_string() const {
  return spelled(local_) + "@" + host_text();
}

std::string mailbox::folded() const {
  auto local = to_lower(local_);
  if (!is_ascii(local)) local = to_utf8(to_nfc(from_utf8(local)));
  return spelled(local) + "@" + host_text();
}

}  // namespace signpost::address
