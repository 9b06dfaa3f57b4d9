// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Conversion between `endpoint` and the kernel's socket addresses, and what all our sockets share.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/socket/unique_fd.hpp"

namespace signpost::net {

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  explicit socket_address(const endpoint& from);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// `0.0.0.0:0` for families other than IPv4 and IPv6.
endpoint to_endpoint(const sockaddr_storage& from);
endpoint local_endpoint(int fd);

/// A non-blocking TCP socket of the family of `address`, closed on exec; errc::unavailable.
result<unique_fd> make_tcp_socket(const ip_address& address,
                                  descriptor_budget* counted = nullptr);
/// Small writes are sent immediately. With Nagle's algorithm and the peer's delayed
/// acknowledgements each
/// reply of a dialogue could wait 40 ms.
void set_no_delay(int fd);

/// "connection refused" for ECONNREFUSED: the C library's words in lower case.
std::string errno_text(int number);
/// `errc` for a failed bind or listen: "in use" is a conflict, "no permission" is denied.
error socket_error(int number, std::string_view doing);

}  // namespace signpost::net
