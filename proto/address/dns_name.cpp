// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/dns_name.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::address {
namespace {

// 255 octets on the wire are 253 in text (RFC 1035 §2.3.4).
constexpr std::size_t name_octets_max = limits::domain_octets_max - 2;

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= limits::label_octets_max
         && std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

}  // namespace

std::optional<std::string> dns_name(std::string_view name) {
  if (!is_ascii(name)) {
    const auto parsed = domain::parse(name);
    return parsed ? std::optional(parsed->ascii()) : std::nullopt;
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > name_octets_max) return std::nullopt;
  if (!std::ranges::all_of(split(name, '.'), is_label)) return std::nullopt;
  return to_lower(name);
}

}  // namespace signpost::address
