// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// IP addresses as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signpost {

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses are stored as IPv4: `::ffff:192.0.2.1` is
/// `192.0.2.1`, which is what a dual-stack listener reports for an IPv4 client.
class ip_address {
 public:
  ip_address() = default;
  /// 4 octets (IPv4) or 16 (IPv6), network order.
  static std::optional<ip_address> from_bytes(std::span<const std::uint8_t> octets);
  /// `192.0.2.1`, `2001:db8::1`; no brackets, no zone.
  static std::optional<ip_address> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return v4_; }
  [[nodiscard]] bool is_v6() const { return !v4_; }
  /// 4 or 16 octets, network order.
  [[nodiscard]] std::span<const std::uint8_t> octets() const {
    return {octets_.data(), v4_ ? 4U : 16U};
  }
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  /// RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 link-local: not reachable over the Internet.
  [[nodiscard]] bool is_private() const;
  /// A unicast address of the open Internet: not in the IANA special-purpose registries (RFC 6890),
  /// not multicast, not leading to such an IPv4 address through IPv6 (RFC 6052, RFC 3056, RFC
  /// 4380), and not the address at which cloud machines get their secrets. A stranger may make us
  /// connect to these.
  [[nodiscard]] bool is_public() const;
  /// True if the first `bits` bits are those of `network` (same family).
  [[nodiscard]] bool in_network(const ip_address& network, unsigned bits) const;
  /// RFC 5952 text.
  [[nodiscard]] std::string to_string() const;
  /// The address literal of RFC 5321 §4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
  [[nodiscard]] std::string to_literal() const;
  /// `1.2.0.192.in-addr.arpa`, or the nibbles under `ip6.arpa`; no trailing dot.
  [[nodiscard]] std::string reverse_name() const;

  friend auto operator<=>(const ip_address&, const ip_address&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
  bool v4_ = true;
};

/// An address and a port.
struct endpoint {
  ip_address address;
  std::uint16_t port = 0;

  /// `192.0.2.1:25`, `[2001:db8::1]:25`.
  static std::optional<endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const endpoint&, const endpoint&) = default;
};

}  // namespace signpost
