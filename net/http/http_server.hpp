// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server (RFC 9110, RFC 9112) on an event loop, for the API, metrics, health and
// administration: on TCP endpoints, with or without TLS, and on a Unix socket that only the node's
// user may open.
//
//     auto server = http_server::start(loop, {.endpoints = {where}, .unix_socket = path},
//         [](http_request r, http_responder out) { out.respond({.body = "hello\n"}); });
//
// Requests of a connection are handled one after the other, in order (pipelining). A
// request that http_request_parser refuses, or that is over a limit, is answered without the
// handler (`refusal_form`) and its connection closed. Threads: `start` and the destructor on the
// loop's thread (or while it does not run); the handler is called there and must not block. A
// responder may be used on any thread. Limits: http_server_options; all of them hold against
// malicious clients. Not done: HTTP/2, compression, ranges, transfer codings other than
// chunked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/client_network.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/http/http_message.hpp"
#include "net/loop/event_loop.hpp"

namespace signpost::net {

class descriptor_budget;
class tls_server_context;

struct http_server_options {
  std::vector<endpoint> endpoints;
  /// Path of a Unix socket, mode 0600; empty = none. An orphaned socket file is replaced.
  std::string unix_socket;
  /// TLS on the endpoints, from the first octet; null = plain HTTP. A reload applies to later
  /// connections. The Unix socket stays plain.
  std::shared_ptr<const tls_server_context> tls;

  /// A larger body is answered 413: before it is read if Content-Length shows it, otherwise when it
  /// exceeds.
  std::size_t body_octets_max = 1024 * 1024;
  /// Of the request line and all header fields: 414 and 431.
  std::size_t header_octets_max = 64 * 1024;
  /// How much memory all requests together may hold, from their first octet until the kernel has
  /// their answers, which count as well: 503. And how much of it those of one client may hold (0 =
  /// all).
  std::size_t memory_octets_max = 256 * 1024 * 1024;
  std::size_t memory_per_client_octets_max = 128 * 1024 * 1024;

  /// Connections, in all and from one client, which is an IPv4 address or an IPv6 network of 64
  /// bits (0 = no limit); further ones are answered 503, or closed in TLS, immediately. A Unix
  /// socket does not count as a client, nor do addresses of `proxies`, which represent many.
  std::size_t connections_max = 1024;
  /// The budget of connections, including those that are turned away; null = unlimited.
  descriptor_budget* descriptors = nullptr;
  std::size_t connections_per_client_max = 128;
  std::vector<ip_network> proxies;
  /// New connections of one client per minute (0 = no limit): a handshake costs us more than the
  /// client. Refused in the same way.
  std::uint64_t new_connections_per_minute_max = 0;
  /// After this many requests the connection is closed (0 = never).
  std::size_t requests_per_connection_max = 1000;

  milliseconds tls_handshake_timeout{10'000};
  /// From a request's first octet to its last, however fast the octets come: 408.
  milliseconds request_timeout{30'000};
  /// Between requests, and before the first one.
  milliseconds idle_timeout{60'000};
  /// For the handler's answer: 503, and a later answer is dropped.
  milliseconds handler_timeout{120'000};
  /// A client must accept `http_send_octets_min` of an answer, or all the rest of it, within this
  /// time.
  milliseconds send_timeout{30'000};

  /// The form of the server's own refusals, so that they also have the form of an API: for a
  /// request that cannot be read or is over a limit, and for one whose answer did not come. Not
  /// set: a line of plain text.
  ///
  /// `seen` is the request as far as known: its fields, or everything, may be missing. `refusal`
  /// has the reason in its body. The returned response is sent with the status of `refusal`. Called
  /// on the loop's thread.
  std::function<http_response(const http_request& seen, const http_response& refusal)> refusal_form;
};

inline constexpr std::size_t http_send_octets_min = 32 * 1024;

class http_core;

/// The duty to answer one request. Copies share it; the first answer counts, and if the last copy
/// is destroyed without one, the client gets 500. Threads: any.
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
  /// errc::denied if the port or path may not be used, errc::malformed if the path is longer than
  /// the kernel accepts (107 octets). The text names which.
  static result<std::unique_ptr<http_server>> start(event_loop& loop, http_server_options options,
                                                    handler handle);
  /// Closes all connections and removes the Unix socket; later answers are dropped, those being
  /// sent are sent completely (connection.hpp).
  ~http_server();

  /// The TCP endpoints with the ports the kernel chose, in the order of the options.
  [[nodiscard]] const std::vector<endpoint>& bound() const;
  /// Connections that are open, for gauges. On the loop's thread.
  [[nodiscard]] std::size_t connections() const;

 private:
  explicit http_server(std::shared_ptr<http_core> core) : core_(std::move(core)) {}
  std::shared_ptr<http_core> core_;
};

}  // namespace signpost::net
