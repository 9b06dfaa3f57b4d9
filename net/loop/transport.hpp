// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The network as the actors see it: byte streams and timers on one thread. The real implementation
// uses libevent and OpenSSL; tests have a fake with a virtual clock.
//
// Threads: everything of one `executor` (its connections, timers, callbacks) happens on one thread;
// only `post` may be called from others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"

namespace signpost::net {

struct mutual_handshake;

/// What TLS has negotiated and what is known of the peer.
struct tls_state {
  std::string version;
  std::string cipher;
  std::uint16_t bits = 0;
  /// True if the peer's certificate chains to a trusted root and names the requested host.
  bool peer_verified = false;
  std::string verify_error;  ///< empty if verified
};

/// Why a connection was cut whose peer sent endless messages of the TLS layer itself
/// (net/tls/tls_policy.hpp): not a network failure, and the owner should charge the peer for it.
inline constexpr std::string_view tls_misused = "too many TLS protocol messages";

/// What a connection reports to its owner. No callback comes after `close()` was called or after
/// on_closed.
class connection_handler {
 public:
  virtual ~connection_handler() = default;
  /// Bytes have arrived. `bytes` is only valid during the call; all of them are handed over.
  virtual void on_data(std::string_view bytes) = 0;
  /// Everything written has been passed to the kernel.
  virtual void on_drained() = 0;
  /// The handshake begun by start_tls_* is done.
  virtual void on_tls(const tls_state& state) = 0;
  /// The connection has ended: end of stream, reset, handshake failure, or connect failure.
  virtual void on_closed(std::string_view reason) = 0;
};

class connection {
 public:
  /// Closes immediately if not closed yet.
  virtual ~connection() = default;
  /// The handler must outlive the connection or be replaced.
  virtual void set_handler(connection_handler* handler) = 0;
  virtual void write(std::string_view bytes) = 0;
  /// Bytes written and not yet passed to the kernel.
  [[nodiscard]] virtual std::size_t unsent() const = 0;
  /// Stops and restarts on_data; the kernel's window then holds the peer back.
  virtual void set_reading(bool on) = 0;
  /// Drops every unread byte (RFC 3207 §4.2) and begins a handshake. on_tls or on_closed follows.
  virtual void start_tls_server() = 0;
  /// As client; `server_name` is sent as SNI and compared with the certificate. Never refuses an
  /// unverified peer by itself: tls_state has the result.
  virtual void start_tls_client(std::string_view server_name) = 0;
  /// As client or server, with certificates on both sides (net/tls/mutual_tls.hpp). A peer whose
  /// certificate is not accepted is refused: on_closed. TLS 1.3 lets a client go on before the
  /// server has judged it: that follows as on_closed.
  virtual void start_tls_mutual(mutual_handshake how) = 0;
  /// Sends unsent data, then closes. No callback follows.
  virtual void close() = 0;
  [[nodiscard]] virtual const endpoint& peer() const = 0;
  [[nodiscard]] virtual const endpoint& local() const = 0;
};

/// A running timer; its destructor cancels it.
class timer {
 public:
  virtual ~timer() = default;
};

/// One thread with sockets and timers.
class executor {
 public:
  virtual ~executor() = default;
  /// Runs `task` on the executor's thread, in order. Any thread may call it; cheap (one wake-up for
  /// a batch). Tasks posted after the executor has stopped are dropped.
  virtual void post(std::function<void()> task) = 0;
  /// Calls `task` once after `delay`. Only on the executor's thread.
  [[nodiscard]] virtual std::unique_ptr<timer> call_after(milliseconds delay,
                                                          std::function<void()> task) = 0;
  [[nodiscard]] virtual steady_time now() const = 0;
  /// Starts to connect, from `source` if it is specified. `done` gets the connection or
  /// errc::unavailable with the reason (refused, unreachable, timed out); never called inside
  /// connect. Only on the executor's thread. TCP_NODELAY is set.
  virtual void connect(const endpoint& target, const ip_address& source, milliseconds timeout,
                       std::function<void(result<std::unique_ptr<connection>>)> done) = 0;
};

}  // namespace signpost::net
