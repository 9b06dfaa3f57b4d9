// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/macro.hpp"

#include <algorithm>
#include <limits>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::spf {
namespace {

constexpr std::string_view delimiter_characters = ".-+,/_=";

bool is_unreserved(char c) {
  return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// RFC 7208 §7.3: an uppercase letter means that everything except unreserved URI characters is
// escaped.
std::string url_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.append(to_upper(to_hex(as_bytes({&c, 1}))));
    }
  }
  return out;
}

// RFC 7208 §7.3: "For IPv6 addresses, the "i" macro expands to a dot-format address".
std::string dotted(const ip_address& address) {
  if (address.is_v4()) return address.to_string();
  std::string out;
  for (const char c : to_hex(std::as_bytes(address.octets()))) {
    if (!out.empty()) out.push_back('.');
    out.push_back(c);
  }
  return out;
}

std::vector<std::string_view> split_at_any(std::string_view text, std::string_view delimiters) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find_first_of(delimiters);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// RFC 7208 §7.1: toplabel = ( *alphanum ALPHA *alphanum ) /
//                           ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_toplabel(std::string_view label) {
  if (label.empty() || !is_alnum(label.front()) || !is_alnum(label.back())) return false;
  const bool known = std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; });
  return known && std::ranges::any_of(label, [](char c) { return is_alpha(c) || c == '-'; });
}

}  // namespace

bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > domain_octets_max) return false;
  return std::ranges::all_of(split(name, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= limits::label_octets_max;
  });
}

result<macro_string> macro_string::parse(std::string_view text, macro_use use) {
  macro_string out;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '%') {
      SP_CHECK(out.add_expand(text, use));
      continue;
    }
    // RFC 7208 §7.1: macro-literal = %x21-24 / %x26-7E; explain-string has SP besides.
    const bool visible = c > ' ' && c < 0x7f;
    if (!visible && !(c == ' ' && use == macro_use::explanation)) {
      return fail(errc::malformed, "a character that is not visible ASCII");
    }
    out.add_literal(text.substr(0, 1));
    text.remove_prefix(1);
  }
  if (use == macro_use::domain && !out.ends_like_domain()) {
    return fail(errc::malformed, "a domain without a valid last label");
  }
  return out;
}

result<void> macro_string::add_expand(std::string_view& text, macro_use use) {
  if (text.size() < 2) return fail(errc::malformed, "a single %");
  const char second = text[1];
  std::size_t octets = 2;
  if (second == '%') {
    add_literal("%");
  } else if (second == '_') {
    add_literal(" ");
  } else if (second == '-') {
    add_literal("%20");
  } else if (second == '{') {
    const auto end = text.find('}');
    if (end == std::string_view::npos) return fail(errc::malformed, "a macro without }");
    SP_TRY(part p, parse_expand(text.substr(2, end - 2), use));
    parts_.push_back(std::move(p));
    octets = end + 1;
  } else {
    return fail(errc::malformed, "an unknown macro");
  }
  text.remove_prefix(octets);
  ends_with_expand_ = true;
  last_literal_.clear();
  return {};
}

void macro_string::add_literal(std::string_view text) {
  if (parts_.empty() || parts_.back().letter != 0) parts_.emplace_back();
  parts_.back().literal.append(text);
  last_literal_.append(text);
  ends_with_expand_ = false;
}

// RFC 7208 §7.1: domain-end = ( "." toplabel [ "." ] ) / macro-expand
bool macro_string::ends_like_domain() const {
  if (ends_with_expand_) return true;
  std::string_view literal = last_literal_;
  if (literal.ends_with('.')) literal.remove_suffix(1);
  const auto dot = literal.rfind('.');
  return dot != std::string_view::npos && is_toplabel(literal.substr(dot + 1));
}

result<macro_string::part> macro_string::parse_expand(std::string_view body, macro_use use) {
  if (body.empty()) return fail(errc::malformed, "an empty macro");
  part p;
  p.letter = ascii_lower(body.front());
  // RFC 7208 §7.2: c, r and t are allowed in exp text alone.
  const std::string_view letters = use == macro_use::domain ? "slodiphv" : "slodiphvcrt";
  if (letters.find(p.letter) == std::string_view::npos) {
    return fail(errc::malformed, "an unknown macro letter");
  }
  p.url_escape = p.letter != body.front();
  body.remove_prefix(1);
  const auto digits = body.substr(0, std::min(body.find_first_not_of("0123456789"), body.size()));
  if (!digits.empty()) {
    // More digits than fit into a number mean more parts than there can be.
    p.keep = parse_uint(digits).value_or(std::numeric_limits<std::uint32_t>::max());
    // RFC 7208 §7.3: "the value MUST be nonzero".
    if (p.keep == 0) return fail(errc::malformed, "a macro with 0 parts");
    body.remove_prefix(digits.size());
  }
  if (!body.empty() && ascii_lower(body.front()) == 'r') {
    p.reverse = true;
    body.remove_prefix(1);
  }
  if (body.find_first_not_of(delimiter_characters) != std::string_view::npos) {
    return fail(errc::malformed, "an unknown delimiter in a macro");
  }
  if (!body.empty()) p.delimiters = body;
  return p;
}

bool macro_string::has_letter(char letter) const {
  return std::ranges::any_of(parts_, [&](const part& p) { return p.letter == letter; });
}

std::string macro_string::value_of(char letter, const macro_facts& facts) {
  const auto or_unknown = [](const std::string& text) { return text.empty() ? "unknown" : text; };
  switch (letter) {
    case 's':
      return facts.local + "@" + facts.sender_domain;
    case 'l':
      return facts.local;
    case 'o':
      return facts.sender_domain;
    case 'd':
      return facts.domain;
    case 'i':
      return dotted(facts.client);
    case 'p':
      return or_unknown(facts.validated_name);
    case 'v':
      return facts.client.is_v4() ? "in-addr" : "ip6";
    case 'h':
      return facts.helo;
    case 'c':
      return facts.client.to_string();
    case 'r':
      return or_unknown(facts.receiver);
    default:
      return std::to_string(facts.unix_seconds);
  }
}

// RFC 7208 §7.3: split at the delimiters, reverse, keep the right-hand parts, join with dots.
std::string macro_string::expand_part(const part& p, const macro_facts& facts) {
  if (p.letter == 0) return p.literal;
  const auto value = value_of(p.letter, facts);
  auto pieces = split_at_any(value, p.delimiters);
  if (p.reverse) std::ranges::reverse(pieces);
  if (p.keep != 0 && p.keep < pieces.size()) {
    pieces.erase(pieces.begin(), pieces.end() - static_cast<std::ptrdiff_t>(p.keep));
  }
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) out.push_back('.');
    out.append(pieces[i]);
  }
  return p.url_escape ? url_escaped(out) : out;
}

// RFC 8616 §4: "terms that include %{s} or %{l} do not match anything" with such a local part.
bool macro_string::is_never_matched(const macro_facts& facts) const {
  return !is_ascii(facts.local) && (has_letter('s') || has_letter('l'));
}

std::optional<std::string> macro_string::expand_domain(const macro_facts& facts) const {
  if (is_never_matched(facts)) return std::nullopt;
  // Only the right end can remain: anything further left than the longest name is not even built.
  std::string name;
  for (auto p = parts_.rbegin(); p != parts_.rend() && name.size() <= 2 * domain_octets_max; ++p) {
    name.insert(0, expand_part(*p, facts));
  }
  if (name.ends_with('.')) name.pop_back();
  // RFC 7208 §7.3: "the left side is truncated to fit, by removing successive domain labels".
  while (name.size() > domain_octets_max) {
    const auto dot = name.find('.');
    if (dot == std::string::npos) return std::nullopt;
    name.erase(0, dot + 1);
  }
  if (!is_ascii(name) || !is_dns_name(name)) return std::nullopt;
  return name;
}

std::optional<std::string> macro_string::expand_text(const macro_facts& facts) const {
  std::string text;
  for (const part& p : parts_) {
    text.append(expand_part(p, facts));
    if (text.size() > explanation_octets_max) break;
  }
  // RFC 7208 §6.2: the explanation is "limited to [US-ASCII]"; what a sender's own address adds to
  // it must not control a terminal or break a reply line either.
  const bool fit = std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
  if (!fit) return std::nullopt;
  text.resize(std::min(text.size(), explanation_octets_max));
  return text;
}

}  // namespace signpost::spf
