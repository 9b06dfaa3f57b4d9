// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/ip.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.hpp"

namespace signpost {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct network {
  ip_address address;
  unsigned bits;
};

network net(std::string_view address, unsigned bits) {
  return {*ip_address::parse(address), bits};
}

bool in_any(const ip_address& address, std::span<const network> networks) {
  return std::ranges::any_of(
      networks, [&](const network& n) { return address.in_network(n.address, n.bits); });
}

bool is_public_v4(const ip_address& address) {
  static const std::array not_public{
      net("0.0.0.0", 8),                                                          // "this network"
      net("10.0.0.0", 8),       net("172.16.0.0", 12),   net("192.168.0.0", 16),  // RFC 1918
      net("100.64.0.0", 10),                                                      // RFC 6598
      net("127.0.0.0", 8),                                                        // loopback
      net("169.254.0.0", 16),  // RFC 3927; clouds
      net("192.0.0.0", 24),    // RFC 6890 §2.1
      net("192.0.2.0", 24),     net("198.51.100.0", 24), net("203.0.113.0", 24),  // examples
      net("192.88.99.0", 24),                                                     // relays of 6to4
      net("198.18.0.0", 15),                                                      // benchmarks
      net("224.0.0.0", 4),                                                        // multicast
      net("240.0.0.0", 4),       // reserved, broadcast
      net("168.63.129.16", 32),  // a cloud's own services, in the middle of the Internet
  };
  return !in_any(address, not_public);
}

/// The IPv4 address at the end of a translation or tunnel, if `address` is one.
std::optional<ip_address> embedded_v4(const ip_address& address) {
  struct embedding {
    network where;
    std::size_t offset;
  };
  static const std::array embeddings{
      embedding{net("64:ff9b::", 96), 12},  // RFC 6052 §2.1: NAT64
      embedding{net("2002::", 16), 2},      // RFC 3056 §2: 6to4
  };
  for (const auto& [where, offset] : embeddings) {
    if (!address.in_network(where.address, where.bits)) continue;
    return ip_address::from_bytes(address.octets().subspan(offset, 4));
  }
  return std::nullopt;
}

bool is_public_v6(const ip_address& address) {
  if (const auto inner = embedded_v4(address)) return is_public_v4(*inner);
  static const network global_unicast = net("2000::", 3);  // RFC 4291 §2.5.4; all else is special
  static const std::array not_public{
      net("2001::", 23),      // RFC 6890 §2.1; with RFC 4380 §4 (Teredo) and other tunnels
      net("2001:db8::", 32),  // examples
      net("3fff::", 20),      // examples
  };
  return address.in_network(global_unicast.address, global_unicast.bits)
         && !in_any(address, not_public);
}

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
  static const std::array networks{
      net("10.0.0.0", 8),     net("172.16.0.0", 12), net("192.168.0.0", 16),  // RFC 1918
      net("100.64.0.0", 10),                                                  // RFC 6598
      net("169.254.0.0", 16),                                                 // RFC 3927
      net("fc00::", 7),                                                       // RFC 4193
      net("fe80::", 10),                                                      // RFC 4291 §2.5.6
  };
  return in_any(*this, networks);
}

bool ip_address::is_public() const {
  return v4_ ? is_public_v4(*this) : is_public_v6(*this);
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
