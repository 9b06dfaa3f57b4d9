// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace signpost::spf {
namespace {

constexpr std::string_view version_section = "v=spf1";

constexpr std::array<std::pair<std::string_view, mechanism>, 8> mechanisms{{
    {"all", mechanism::all},
    {"include", mechanism::include},
    {"a", mechanism::a},
    {"mx", mechanism::mx},
    {"ptr", mechanism::ptr},
    {"ip4", mechanism::ip4},
    {"ip6", mechanism::ip6},
    {"exists", mechanism::exists},
}};

std::optional<qualifier> qualifier_of(char c) {
  switch (c) {
    case '+':
      return qualifier::pass;
    case '-':
      return qualifier::fail;
    case '~':
      return qualifier::softfail;
    case '?':
      return qualifier::neutral;
    default:
      return std::nullopt;
  }
}

// RFC 7208 §5.6: "0" / %x31-39 0*1DIGIT (two for IPv6): no leading zeros, no sign.
std::optional<unsigned> prefix_length(std::string_view digits, unsigned bits_max) {
  if (digits.empty() || digits.size() > 3) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  const auto bits = parse_uint(digits);
  if (!bits || *bits > bits_max) return std::nullopt;
  return static_cast<unsigned>(*bits);
}

// Takes `slashes` and digits off the end of `text`. False if they are present and invalid.
bool take_prefix(std::string_view& text, std::string_view slashes, unsigned bits_max,
                 unsigned& bits) {
  const auto last_other = text.find_last_not_of("0123456789");
  if (last_other == std::string_view::npos || text[last_other] != '/') return true;
  const auto before = text.substr(0, last_other + 1);
  if (!before.ends_with(slashes)) return true;
  const auto length = prefix_length(text.substr(last_other + 1), bits_max);
  if (!length) return false;
  bits = *length;
  text.remove_suffix(text.size() - (last_other + 1) + slashes.size());
  return true;
}

result<void> read_target(std::string_view spec, directive& d) {
  SP_TRY(d.target, macro_string::parse(spec, macro_use::domain));
  return {};
}

// ":" ip4-network [ ip4-cidr-length ] and the like for IPv6 (RFC 7208 §5.6).
result<void> read_network(std::string_view rest, directive& d) {
  if (!rest.starts_with(':')) return fail(errc::malformed, "no address");
  rest.remove_prefix(1);
  const bool v4 = d.mechanism == mechanism::ip4;
  const auto slash = rest.find('/');
  const auto address_text = rest.substr(0, slash);
  const auto address = ip_address::parse(address_text);
  // A mapped address means IPv4 everywhere; as ip6 network it can match nothing, but is valid.
  const bool has_colon = address_text.find(':') != std::string_view::npos;
  if (!address || has_colon == v4) return fail(errc::malformed, "an invalid address");
  d.network = *address;
  if (slash == std::string_view::npos) return {};
  const auto bits = prefix_length(rest.substr(slash + 1), v4 ? 32 : 128);
  if (!bits) return fail(errc::malformed, "an invalid prefix length");
  (v4 ? d.v4_bits : d.v6_bits) = *bits;
  return {};
}

// [ ":" domain-spec ] [ dual-cidr-length ] (RFC 7208 §5.3, §5.4).
result<void> read_hosts(std::string_view rest, directive& d) {
  if (!take_prefix(rest, "//", 128, d.v6_bits) || !take_prefix(rest, "/", 32, d.v4_bits)) {
    return fail(errc::malformed, "an invalid prefix length");
  }
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return fail(errc::malformed, "an invalid argument");
  return read_target(rest.substr(1), d);
}

result<void> read_arguments(std::string_view rest, directive& d) {
  switch (d.mechanism) {
    case mechanism::all:
      if (!rest.empty()) return fail(errc::malformed, "all takes no argument");
      return {};
    case mechanism::ip4:
    case mechanism::ip6:
      return read_network(rest, d);
    case mechanism::a:
    case mechanism::mx:
      return read_hosts(rest, d);
    case mechanism::ptr:
      if (rest.empty()) return {};
      [[fallthrough]];
    case mechanism::include:
    case mechanism::exists:
      if (!rest.starts_with(':')) return fail(errc::malformed, "no domain");
      return read_target(rest.substr(1), d);
  }
  return fail(errc::malformed, "an unknown mechanism");
}

result<directive> read_directive(std::string_view term) {
  directive d;
  d.text = term;
  if (const auto q = qualifier_of(term.front())) {
    d.qualifier = *q;
    term.remove_prefix(1);
  }
  const auto name = to_lower(term.substr(0, term.find_first_of(":/")));
  const auto* const known =
      std::ranges::find(mechanisms, name, &decltype(mechanisms)::value_type::first);
  if (known == mechanisms.end()) return fail(errc::malformed, "an unknown mechanism");
  d.mechanism = known->second;
  SP_CHECK(read_arguments(term.substr(name.size()), d));
  return d;
}

// RFC 7208 §4.6.1: a modifier has "=" right after its name and before any ":" or "/".
std::optional<std::size_t> modifier_name_octets(std::string_view term) {
  const auto end = term.find_first_of("=:/");
  if (end == std::string_view::npos || term[end] != '=') return std::nullopt;
  return end;
}

result<void> read_modifier(std::string_view term, std::size_t name_octets, record& into) {
  const auto name = to_lower(term.substr(0, name_octets));
  const auto value = term.substr(name_octets + 1);
  // RFC 7208 §12: name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
  const bool wrong_name =
      name.empty() || !is_alpha(name.front()) || std::ranges::any_of(name, [](char c) {
        return !is_alnum(c) && c != '-' && c != '_' && c != '.';
      });
  if (wrong_name) return fail(errc::malformed, "an invalid name of a modifier");
  if (name != "redirect" && name != "exp") {
    SP_CHECK(macro_string::parse(value, macro_use::modifier));
    return {};
  }
  auto& slot = name == "exp" ? into.explanation : into.redirect;
  // RFC 7208 §6: "MUST NOT appear in a record more than once each".
  if (slot) return fail(errc::malformed, "a modifier is given more than once");
  SP_TRY(slot, macro_string::parse(value, macro_use::domain));
  return {};
}

result<void> read_term(std::string_view term, record& into) {
  if (const auto name_octets = modifier_name_octets(term)) {
    return read_modifier(term, *name_octets, into);
  }
  SP_TRY(auto d, read_directive(term));
  into.directives.push_back(std::move(d));
  return {};
}

}  // namespace

bool is_spf_record(std::string_view text) {
  if (!starts_with_ignoring_case(text, version_section)) return false;
  return text.size() == version_section.size() || text[version_section.size()] == ' ';
}

result<record> parse_record(std::string_view text) {
  if (!is_spf_record(text)) return fail(errc::malformed, "no v=spf1");
  if (text.size() > record_octets_max) return fail(errc::limit_exceeded, "record_octets_max");
  record out;
  for (const auto term : split(text.substr(version_section.size()), ' ')) {
    if (term.empty()) continue;
    if (auto read = read_term(term, out); !read) {
      return fail(errc::malformed, printable(term, 60) + ": " + read.error().context);
    }
  }
  return out;
}

}  // namespace signpost::spf
