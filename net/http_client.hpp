// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One HTTP/1.1 request, blocking: for the command-line tool, which has nothing else to do.
//
// Threads: any; blocks until the answer is there or the time is up.
// Limits: an answer of `http_response_octets_max`. No TLS, no redirects, no kept connections.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"

namespace signpost::net {

inline constexpr std::size_t http_response_octets_max = 64 * 1024 * 1024;

struct http_call_options {
  /// Path of a Unix socket, or a TCP endpoint.
  std::variant<std::string, endpoint> server;
  std::string method = "GET";
  /// Path and query, percent-encoded, beginning with `/`.
  std::string target = "/";
  std::vector<http_header> headers;
  std::string body;
  std::string content_type = "application/json";
  milliseconds timeout{30'000};
};

/// The response, whatever its status. errc::unavailable if the server is not there, does not answer
/// in time or ends too early; errc::not_found or errc::denied for the Unix socket; errc::malformed
/// if a header or the target has a line break or the answer is no HTTP; errc::limit_exceeded if the
/// answer is too large.
result<http_response> http_call(const http_call_options& options);

/// Parses a complete response; `ended` = the server has closed the connection. Nothing while more
/// must come. errc::malformed. For http_call and its tests.
result<std::optional<http_response>> parse_http_response(std::string_view bytes, bool ended,
                                                         bool to_head);

}  // namespace signpost::net
