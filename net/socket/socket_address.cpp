// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/socket/socket_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/text.hpp"

namespace signpost::net {

socket_address::socket_address(const endpoint& from) {
  const auto octets = from.address.octets();
  if (from.address.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(from.port);
    std::copy(octets.begin(), octets.end(), reinterpret_cast<std::uint8_t*>(&in.sin_addr));
    size = sizeof in;
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(storage);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(from.port);
    std::copy(octets.begin(), octets.end(), reinterpret_cast<std::uint8_t*>(&in6.sin6_addr));
    size = sizeof in6;
  }
}

endpoint to_endpoint(const sockaddr_storage& from) {
  endpoint made;
  if (from.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(from);
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&in.sin_addr);
    made.address = ip_address::from_bytes({octets, 4}).value_or(ip_address{});
    made.port = ntohs(in.sin_port);
  } else if (from.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(from);
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&in6.sin6_addr);
    made.address = ip_address::from_bytes({octets, 16}).value_or(ip_address{});
    made.port = ntohs(in6.sin6_port);
  }
  return made;
}

endpoint local_endpoint(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return to_endpoint(storage);
}

result<unique_fd> make_tcp_socket(const ip_address& address, descriptor_budget* counted) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  unique_fd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP), counted);
  if (!fd) return fail(errc::unavailable, "socket: " + errno_text(errno));
  return fd;
}

void set_no_delay(int fd) {
  const int on = 1;
  // Fails only on sockets that are not TCP, which have no delay.
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::string errno_text(int number) {
  std::array<char, 128> space{};
  return to_lower(::strerror_r(number, space.data(), space.size()));
}

error socket_error(int number, std::string_view doing) {
  const auto code = number == EADDRINUSE                  ? errc::conflict
                    : number == EACCES || number == EPERM ? errc::denied
                    : number == EADDRNOTAVAIL             ? errc::not_found
                                                          : errc::unavailable;
  return {code, std::string(doing) + ": " + errno_text(number)};
}

}  // namespace signpost::net
