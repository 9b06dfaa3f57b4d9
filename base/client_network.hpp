// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The client that an address is charged to where something is limited per client, and networks as
// operators write them.
//
//     ++ledger[client_of(peer)];                             // one customer of a provider
//     ++ledger[neighbourhood_of(peer)];                      // the network around it
//     const auto proxies = ip_network::parse("10.0.0.0/8");  // of a setting
//
// Threads: values and pure functions.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace signpost {

/// Providers give one customer a whole IPv6 /64.
inline constexpr unsigned client_bits_v4 = 32;
inline constexpr unsigned client_bits_v6 = 64;
/// What somebody who rents machines by the dozen has: a /24, and the /48 of a site.
inline constexpr unsigned neighbourhood_bits_v4 = 24;
inline constexpr unsigned neighbourhood_bits_v6 = 48;

/// The address with all bits after the first `bits` cleared; unchanged if `bits` exceeds its
/// length.
[[nodiscard]] ip_address masked(const ip_address& address, unsigned bits);
/// The key of one client: an IPv4 address, or the /64 of an IPv6 address.
[[nodiscard]] ip_address client_of(const ip_address& address);
/// The key of the network around a client: the /24 of an IPv4 address, the /48 of an IPv6 address.
[[nodiscard]] ip_address neighbourhood_of(const ip_address& address);

/// A network in CIDR notation.
class ip_network {
 public:
  /// `192.0.2.0/24`, `2001:db8::/32`, or a single address. Bits after the prefix may be set and do
  /// not count.
  static std::optional<ip_network> parse(std::string_view text);

  [[nodiscard]] bool holds(const ip_address& address) const;
  /// True if every address of `other` is in this network.
  [[nodiscard]] bool holds(const ip_network& other) const;
  [[nodiscard]] const ip_address& address() const { return address_; }
  [[nodiscard]] unsigned bits() const { return bits_; }
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const ip_network&, const ip_network&) = default;

 private:
  ip_network(const ip_address& address, unsigned bits) : address_(address), bits_(bits) {}

  ip_address address_;  ///< bits after the prefix are cleared
  unsigned bits_;
};

[[nodiscard]] bool in_any(const std::vector<ip_network>& networks, const ip_address& address);

}  // namespace signpost
