// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A connected non-blocking socket, plain or with TLS, with the bytes still to be sent. It does not
// handle events: `connection` and `lingering_close` call it when the socket is ready.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/loop/transport.hpp"
#include "net/socket/unique_fd.hpp"
#include "net/tls/hello_guard.hpp"
#include "net/tls/mutual_tls.hpp"
#include "net/tls/tls_context.hpp"

struct evbuffer;
struct ssl_st;

namespace signpost::net {

/// The result of a call to the socket.
enum class io {
  done,
  wants_read,   ///< try again when the socket is readable
  wants_write,  ///< try again when it is writable
  ended,        ///< the peer has ended the stream
  failed,       ///< see failure()
};

class socket_stream {
 public:
  explicit socket_stream(unique_fd fd);

  struct received {
    io outcome = io::done;
    std::size_t octets = 0;
    bool emptied = false;  ///< nothing was left: reading again immediately is useless
  };
  /// Reads once into `space`.
  received receive(std::span<char> space);

  void append(std::string_view bytes);
  [[nodiscard]] std::size_t unsent() const;
  void drop_unsent();
  /// Passes at most `at_most` unsent octets to the kernel; done = that many, or all, are sent.
  io send(std::size_t at_most);

  /// Prepares for `handshake`; errc::unavailable if OpenSSL has no memory or `server_name` is not
  /// something that a certificate can name.
  result<void> begin_tls(const tls_server_context& context, tls_protocol spoken);
  result<void> begin_tls(const tls_client_context& context, std::string_view server_name);
  result<void> begin_tls(std::unique_ptr<mutual_handshake> how);
  io handshake();
  /// After a completed handshake.
  [[nodiscard]] tls_state agreed() const;

  /// Signals to the peer that nothing follows; it may still send.
  void end_sending();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool open() const { return static_cast<bool>(fd_); }
  [[nodiscard]] bool is_scarce() const { return fd_.is_scarce(); }
  /// Closes the socket immediately.
  void close();
  /// Why the last call failed, for human readers.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct evbuffer_deleter {
    void operator()(evbuffer* buffer) const;
  };
  struct ssl_deleter {
    void operator()(ssl_st* ssl) const;
  };

  result<void> attach(ssl_st* ssl);
  io send_plain(std::size_t at_most);
  io send_tls(std::size_t at_most);
  io fail_with_errno(std::string_view doing, int number);
  io tls_outcome(int returned, std::string_view doing);

  std::unique_ptr<evbuffer, evbuffer_deleter> output_;
  std::unique_ptr<hello_guard> guard_;  ///< of a server, during the handshake
  std::unique_ptr<mutual_handshake> mutual_;
  std::unique_ptr<ssl_st, ssl_deleter> ssl_;
  unique_fd fd_;
  bool tls_broken_ = false;
  bool client_ = false;
  std::string failure_;
};

}  // namespace signpost::net
