// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server (RFC 9110, RFC 9112) on an event loop, for metrics, health and administration:
// on TCP endpoints and on a Unix socket that only our own user may open.
//
//     auto server = http_server::start(loop, {.endpoints = {where}, .unix_socket = path},
//         [](http_request r, http_responder out) { out.respond({.body = "hello\n"}); });
//
// Threads: `start` and the destructor on the loop's thread (or while it does not run); the handler
// is called there and must not block. A responder may be used on any thread.
// Limits: http_server_options. No TLS.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/http_message.hpp"

namespace signpost::net {

struct http_server_options {
  std::vector<endpoint> endpoints;
  /// Path of a Unix socket, mode 0600; empty = none. A socket file that nobody answers on any more
  /// is replaced.
  std::string unix_socket;
  /// A larger body is answered 413, larger headers close the connection after a 400.
  std::size_t body_octets_max = 1024 * 1024;
  std::size_t header_octets_max = 64 * 1024;
  /// Silence after which a connection is closed; a handler that takes longer finds nobody to
  /// answer.
  seconds timeout{30};
};

class http_core;

/// The duty to answer one request. Copies share it; the first answer counts, and when the last copy
/// goes without one the client gets 500. Threads: any.
class http_responder {
 public:
  void respond(http_response response) const;

 private:
  friend class http_core;
  class duty;
  explicit http_responder(std::shared_ptr<duty> of) : duty_(std::move(of)) {}
  std::shared_ptr<duty> duty_;
};

class http_server {
 public:
  using handler = std::function<void(http_request, http_responder)>;

  /// errc::conflict if an endpoint is in use or another process answers on the Unix socket,
  /// errc::denied if the port or path is not ours to use, errc::malformed if the path is longer
  /// than the kernel takes (107 octets). The text names which.
  static result<std::unique_ptr<http_server>> start(event_loop& loop, http_server_options options,
                                                    handler handle);
  /// Closes all connections and removes the Unix socket; answers that come later are dropped.
  ~http_server();

  /// The TCP endpoints with the ports the kernel chose, in the order of the options.
  [[nodiscard]] const std::vector<endpoint>& bound() const;

 private:
  explicit http_server(std::shared_ptr<http_core> core) : core_(std::move(core)) {}
  std::shared_ptr<http_core> core_;
};

}  // namespace signpost::net
