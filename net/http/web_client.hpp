// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 client for https URLs that strangers may have written (RFC 9110, RFC 9112): webhooks,
// and the command line. Based on libcurl, with its own thread.
//
//     auto client = web_client::make({.user_agent = "Signpost/1.0"});
//     (*client)->send({.url = url, .headers = {{"Content-Type", "message/rfc822"}},
//                      .body = {prefix, message}},
//                     [](result<web_response> got) { … });
//
// Always: TLS 1.2 or later with a certificate that is trusted and names the host; no redirect is
// followed (3xx is the response); no cookies, no user names in URLs; connections are kept and
// reused. Only on request: plain http, private addresses, a Unix socket, the environment's proxy.
// Threads: `send` from any; `done` on the client's own thread, so it must be quick and must not
// destroy the client. Lifetime: see ~web_client.
// Limits: web_client_options, web_request, `web_header_octets_max`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/http/http_message.hpp"

namespace signpost::net {

/// The size of a response's header section; a larger one is an error.
inline constexpr std::size_t web_header_octets_max = 64 * 1024;

inline constexpr std::size_t web_tenants_at_host = 4;

/// Which addresses may be connected to. The address itself is checked, after the DNS has answered:
/// a name that points to an internal address, now or in a later answer (DNS rebinding), has no
/// effect.
enum class address_policy : std::uint8_t {
  public_only,  ///< ip_address::is_public(): not of this machine, its networks or its cloud
  any,
};

struct web_request {
  std::string method = "POST";
  /// Absolute, `https://host[:port][/path][?query]`; with `allow_http` also `http://`.
  std::string url;
  /// On whose behalf; empty: no single tenant. Tenants share the capacity: web_client_options.
  std::string tenant;
  std::vector<http_header> headers;
  /// The content, in order; shared, not copied. Its length is sent as Content-Length. A `rest` is
  /// read piece by piece while it is sent.
  std::vector<body_ptr> body;
  /// For DNS, TCP and TLS.
  milliseconds connect_timeout{10'000};
  /// For the whole request, from the moment it leaves the queue.
  milliseconds timeout{60'000};
  /// More of the response's content than this is not read: `web_response::truncated`.
  std::size_t response_octets_max = 64 * 1024;
  address_policy addresses = address_policy::public_only;
  bool allow_http = false;
  /// Connect to the Unix socket at this path instead, whatever the host in the URL; empty = no.
  std::string unix_socket = {};
};

struct web_response {
  int status = 0;  ///< 200..599; interim responses are not reported
  std::vector<http_header> headers;
  std::string body;
  /// The content was longer than `response_octets_max`, or broke off after the status had come.
  /// The status counts nevertheless: the server has received and judged the request.
  bool truncated = false;
  /// The peer's address; unspecified if that was a proxy.
  endpoint server;

  /// The first field of that name, compared without case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct web_client_options {
  std::string user_agent = "Signpost";
  /// Trust the certificates of this PEM file instead of the operating system's; empty = the
  /// system's.
  std::string ca_file;
  /// Requests under way in total, and to one host and port for one tenant; the others wait in
  /// order. All tenants together may have `web_tenants_at_host` times as many there. Neither a host
  /// nor a tenant gets more than it leaves for the others, in total and at one host.
  std::size_t active_max = 64;
  std::size_t active_per_host_max = 8;
  /// Waiting requests; one more is refused with errc::limit_exceeded.
  std::size_t waiting_max = 10'000;
  /// Obey HTTPS_PROXY, HTTP_PROXY, NO_PROXY for requests with address_policy::any. For the user's
  /// own tools; never for strangers' URLs.
  bool use_proxy_environment = false;
};

/// The errors of a request; their text never contains the response's content:
///
/// - errc::malformed: the URL, the method or a header field cannot be sent, or the answer is not
///   HTTP;
/// - errc::denied: the scheme or every address of the host is not allowed, or the Unix socket may
///   not be opened;
/// - errc::not_found: the Unix socket does not exist;
/// - errc::unavailable: DNS, connection, TLS (including an untrusted certificate), time, or the
/// client
///   was destroyed: it may work later;
/// - errc::corrupt: the rest of a body could not be read: it may work later;
/// - errc::limit_exceeded: too many requests wait; nothing was sent.
class web_client {
 public:
  using on_done = std::function<void(result<web_response>)>;

  /// errc::not_found or errc::denied if `ca_file` cannot be read, errc::unavailable if libcurl
  /// cannot be set up or lacks TLS.
  static result<std::unique_ptr<web_client>> make(web_client_options options = {});
  /// Ends running and waiting requests: each outstanding `done` is called with errc::unavailable
  /// before this returns. Not to be called inside a `done`.
  ~web_client();
  web_client(const web_client&) = delete;
  web_client& operator=(const web_client&) = delete;

  /// Sends `request` when its turn comes. `done` is called exactly once,
  /// never inside this call, on the client's thread.
  void send(web_request request, on_done done);

  /// Requests under way and waiting, for gauges. Any thread.
  [[nodiscard]] std::size_t pending() const;

 private:
  class impl;
  explicit web_client(std::unique_ptr<impl> inside);
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::net
