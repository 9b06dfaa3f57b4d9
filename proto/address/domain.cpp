// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/domain.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/address/idna.hpp"

namespace signpost::address {
namespace {

// 255 octets on the wire with the length octets and the root (RFC 1035 §2.3.4).
constexpr std::size_t name_octets_max = limits::domain_octets_max - 2;

// True for a label that needs no Unicode rules: letters, digits and hyphens, no hyphen at its edges
// nor in third and fourth place (which also keeps `xn--` out).
bool is_plain(std::string_view label) {
  if (label.empty() || label.size() > limits::label_octets_max) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  if (label.size() >= 4 && label[2] == '-' && label[3] == '-') return false;
  for (const char c : label) {
    if (!is_alnum(c) && c != '-') return false;
  }
  return true;
}

// Nearly all names are plain; they are handled here in one pass, without libidn2 or copies.
bool has_plain_labels(std::string_view name) {
  for (;;) {
    const auto end = name.find('.');
    if (!is_plain(name.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    name.remove_prefix(end + 1);
  }
}

}  // namespace

result<domain> domain::parse(std::string_view text) {
  if (text.empty()) return fail(errc::malformed, "empty domain");
  auto without_dot = text;
  if (without_dot.ends_with('.')) without_dot.remove_suffix(1);
  domain d;
  if (has_plain_labels(without_dot)) {
    d.ascii_ = to_lower(without_dot);
  } else {
    SP_TRY(d.ascii_, to_a_labels(text));
  }
  if (d.ascii_.size() > name_octets_max) {
    return fail(errc::limit_exceeded, "domain over 253 octets");
  }
  return d;
}

result<domain> domain::parse_from_peer(std::string_view text) {
  auto strict = parse(text);
  if (strict || !is_ascii(text)) return strict;
  auto name = dns_name(text);
  // Of digits alone it is an address without its brackets.
  if (!name || std::ranges::all_of(*name, [](char c) { return is_digit(c) || c == '.'; })) {
    return strict;
  }
  domain d;
  d.ascii_ = *std::move(name);
  return d;
}

bool domain::is_under(const domain& ancestor) const {
  const std::string_view name = ascii_;
  const std::string_view suffix = ancestor.ascii_;
  if (suffix.empty() || !name.ends_with(suffix)) return false;
  return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

}  // namespace signpost::address
