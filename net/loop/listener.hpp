// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Incoming connections of one loop. With `reuse_port` each loop has its own listener on the same
// endpoint and the kernel spreads the connections over them.
#pragma once

#include <functional>
#include <memory>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/loop/event_loop.hpp"
#include "net/loop/transport.hpp"
#include "net/socket/unique_fd.hpp"

namespace signpost::net {

struct listen_options {
  int backlog = 1024;
  bool reuse_port = false;
  /// The budget of connections, until they are closed; null = unlimited.
  descriptor_budget* descriptors = nullptr;
};

/// Limits: when the budget of descriptors is used up, or the process has none or no memory left
/// for another connection, accepting pauses for `accept_pause_ms`; clients wait in the backlog.
/// Threads: the loop's.
class listener {
 public:
  /// Gets each new connection; dropping it closes it immediately, which is how an owner refuses.
  using on_accept = std::function<void(std::unique_ptr<connection>)>;

  virtual ~listener() = default;
  /// The endpoint it listens on, with the port that the kernel chose if 0 was given.
  [[nodiscard]] virtual const endpoint& bound() const = 0;
  /// Stops accepting and closes the socket. Idempotent; the destructor does it too. May be called
  /// inside on_accept; the listener itself must not be destroyed there.
  virtual void close() = 0;
};

inline constexpr milliseconds accept_pause_ms{100};

/// Binds and listens immediately; connections arrive when the loop runs. An IPv6 listener only
/// accepts IPv6 (IPV6_V6ONLY). errc::conflict if the endpoint is in use, errc::denied if the port
/// needs
/// privileges, errc::not_found if the address does not belong to this machine; the text names the
/// endpoint.
result<std::unique_ptr<listener>> listen(event_loop& loop, const endpoint& where,
                                         const listen_options& options,
                                         listener::on_accept on_accept);

/// A listening non-blocking socket. Fails as `listen`.
result<unique_fd> listen_tcp(const endpoint& where, const listen_options& options);

/// Accepts on a listening TCP or Unix socket; gets each new non-blocking socket and its peer
/// (unspecified on a Unix socket).
std::unique_ptr<listener> accept_on(event_loop& loop, unique_fd fd,
                                    std::function<void(unique_fd, const endpoint&)> taken,
                                    descriptor_budget* descriptors = nullptr);

}  // namespace signpost::net
