// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.hpp"

namespace signpost {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<ip_address> ip_address::from_bytes(std::span<const std::uint8_t> octets) {
  ip_address address;
  if (octets.size() == 16) {
    if (std::ranges::equal(octets.first(12), v4_mapped_prefix)) {
      return from_bytes(octets.last(4));
    }
    address.v4_ = false;
  } else if (octets.size() != 4) {
    return std::nullopt;
  }
  std::ranges::copy(octets, address.octets_.begin());
  return address;
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> octets{};
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) {
    return from_bytes(std::span(octets).first(4));
  }
  if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return from_bytes(octets);
  return std::nullopt;
}

bool ip_address::in_network(const ip_address& network, unsigned bits) const {
  if (v4_ != network.v4_ || bits > octets().size() * 8) return false;
  for (unsigned i = 0; i < bits; i += 8) {
    const unsigned take = std::min(8U, bits - i);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> take);
    if ((octets_[i / 8] & mask) != (network.octets_[i / 8] & mask)) return false;
  }
  return true;
}

bool ip_address::is_loopback() const {
  static const auto v6_loopback = *parse("::1");
  return v4_ ? octets_[0] == 127 : *this == v6_loopback;
}

bool ip_address::is_unspecified() const {
  return std::ranges::all_of(octets_, [](std::uint8_t o) { return o == 0; });
}

bool ip_address::is_private() const {
  struct network {
    ip_address address;
    unsigned bits;
  };
  static const std::array networks{
      network{*parse("10.0.0.0"), 8},     network{*parse("172.16.0.0"), 12},
      network{*parse("192.168.0.0"), 16},  // RFC 1918
      network{*parse("100.64.0.0"), 10},   // RFC 6598
      network{*parse("169.254.0.0"), 16},  // RFC 3927
      network{*parse("fc00::"), 7},        // RFC 4193
      network{*parse("fe80::"), 10},       // RFC 4291 §2.5.6
  };
  return std::ranges::any_of(
      networks, [this](const network& n) { return in_network(n.address, n.bits); });
}

std::string ip_address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), text.data(), text.size());
  return text.data();
}

std::string ip_address::to_literal() const {
  return (v4_ ? "[" : "[IPv6:") + to_string() + "]";
}

std::string ip_address::reverse_name() const {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string name;
  const auto bytes = octets();
  for (auto it = bytes.rbegin(); it != bytes.rend(); ++it) {
    if (v4_) {
      name += std::to_string(*it) + ".";
    } else {
      name += {hex[*it & 15U], '.', hex[*it >> 4U], '.'};
    }
  }
  return name + (v4_ ? "in-addr.arpa" : "ip6.arpa");
}

std::optional<endpoint> endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  const auto address = ip_address::parse(host);
  const auto port = parse_uint(text.substr(colon + 1));
  if (!address || !port || *port > 65535) return std::nullopt;
  return endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string endpoint::to_string() const {
  const auto host = address.to_string();
  return (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace signpost
