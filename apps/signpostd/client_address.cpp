// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/client_address.hpp"

#include <optional>
#include <string_view>

#include "base/text.hpp"

namespace signpost {
namespace {

constexpr std::string_view field = "X-Forwarded-For";

// `192.0.2.1`, `2001:db8::1`, either with a port, the latter in brackets.
std::optional<ip_address> address_in(std::string_view entry) {
  if (const auto with_port = endpoint::parse(entry)) return with_port->address;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return ip_address::parse(entry);
}

// Several fields are one list (RFC 9110 §5.3).
std::vector<std::string_view> entries_of(const net::http_request& request) {
  std::vector<std::string_view> all;
  for (const auto& one : request.headers) {
    if (!equals_ignoring_case(one.name, field)) continue;
    for (const auto entry : split(one.value, ',')) all.push_back(trim(entry));
  }
  return all;
}

}  // namespace

ip_address client_address(const net::http_request& request, const ip_address& peer,
                          const std::vector<ip_network>& proxies) {
  ip_address client = peer;
  if (!in_any(proxies, peer)) return client;
  const auto entries = entries_of(request);
  std::size_t hops = 0;
  for (auto entry = entries.rbegin(); entry != entries.rend() && hops < hops_max; ++entry, ++hops) {
    const auto named = address_in(*entry);
    if (!named) break;
    client = *named;
    if (!in_any(proxies, client)) break;
  }
  return client;
}

}  // namespace signpost
