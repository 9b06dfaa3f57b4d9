// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/client_network.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost {
namespace {

constexpr unsigned whole_v4 = 32;
constexpr unsigned whole_v6 = 128;

unsigned whole_of(const ip_address& address) {
  return address.is_v4() ? whole_v4 : whole_v6;
}

}  // namespace

ip_address masked(const ip_address& address, unsigned bits) {
  if (bits >= whole_of(address)) return address;
  std::array<std::uint8_t, 16> octets{};
  const auto given = address.octets();
  for (std::size_t i = 0; i < given.size() && bits > 0; ++i) {
    const unsigned kept = std::min(bits, 8U);
    octets[i] = static_cast<std::uint8_t>(given[i] & (0xff00U >> kept));
    bits -= kept;
  }
  // A network of IPv6 that looks like mapped IPv4 cannot come out of this: ::ffff:0:0 itself has
  // been IPv4 before.
  const auto out = ip_address::from_bytes(std::span(octets).first(given.size()));
  SP_ASSERT(out.has_value());
  return *out;
}

ip_address client_of(const ip_address& address) {
  return masked(address, address.is_v4() ? client_bits_v4 : client_bits_v6);
}

ip_address neighbourhood_of(const ip_address& address) {
  return masked(address, address.is_v4() ? neighbourhood_bits_v4 : neighbourhood_bits_v6);
}

std::optional<ip_network> ip_network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ip_address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned whole = whole_of(*address);
  if (slash == std::string_view::npos) return ip_network(*address, whole);
  const auto bits = parse_uint(text.substr(slash + 1));
  if (!bits || *bits > whole) return std::nullopt;
  const auto prefix = static_cast<unsigned>(*bits);
  return ip_network(masked(*address, prefix), prefix);
}

bool ip_network::holds(const ip_address& address) const {
  return address.is_v4() == address_.is_v4() && address.in_network(address_, bits_);
}

bool ip_network::holds(const ip_network& other) const {
  return bits_ <= other.bits_ && holds(other.address_);
}

std::string ip_network::to_string() const {
  return address_.to_string() + "/" + std::to_string(bits_);
}

bool in_any(const std::vector<ip_network>& networks, const ip_address& address) {
  return std::ranges::any_of(networks, [&](const auto& one) { return one.holds(address); });
}

}  // namespace signpost
