// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/own_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

namespace signpost {
namespace {

// Every address of this machine.
std::vector<ip_address> machine_addresses() {
  std::vector<ip_address> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  for (const auto* i = list; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    std::optional<ip_address> address;
    if (i->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
      const auto* octets = reinterpret_cast<const std::uint8_t*>(&v4->sin_addr);
      address = ip_address::from_bytes({octets, 4});
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(i->ifa_addr);
      const auto* octets = reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr);
      address = ip_address::from_bytes({octets, 16});
    }
    if (address) found.push_back(*address);
  }
  freeifaddrs(list);
  return found;
}

}  // namespace

std::vector<ip_address> own_addresses(const std::vector<std::string>& listen) {
  std::vector<ip_address> own;
  for (const auto& text : listen) {
    const auto where = endpoint::parse(text);
    if (!where || where->address.is_unspecified()) return machine_addresses();
    own.push_back(where->address);
  }
  return own;
}

}  // namespace signpost
