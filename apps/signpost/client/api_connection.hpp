// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The way to a server of the API: a node's control socket, or a URL with a token.
//
// Threads: one at a time; `send` blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace signpost::cli {

struct api_request {
  std::string method = "GET";
  std::string target;  ///< path and query, percent-encoded, e.g. `/client/v4/zones?page=1`
  std::string body;    ///< JSON; empty = none
};

struct api_response {
  int status = 200;
  std::string body;
  std::string retry_after;  ///< of the header of that name
};

/// The server, and the credentials for it.
struct api_server {
  std::string socket;      ///< of a node on this machine; empty: `url`
  std::string url;         ///< without a slash at the end
  std::string token;       ///< empty only on the socket
  std::string ca_file;     ///< PEM file with root certificates to trust in addition to the system's
  std::string named_by;    ///< for messages: `profile work`, `SIGNPOST_API_URL`; empty: not named
  std::string start_hint;  ///< the command that starts the node of the socket, for messages

  [[nodiscard]] bool is_local() const { return !socket.empty(); }
  [[nodiscard]] const std::string& place() const { return is_local() ? socket : url; }
};

class api_connection {
 public:
  virtual ~api_connection() = default;
  /// Whatever the server answers. errc::unavailable, errc::not_found, errc::denied (the socket),
  /// errc::malformed, errc::limit_exceeded.
  virtual result<api_response> send(const api_request& request) = 0;
};

/// errc::malformed: the URL cannot be used.
using connector = std::function<result<std::unique_ptr<api_connection>>(const api_server& server)>;

/// The real one.
result<std::unique_ptr<api_connection>> open_connection(const api_server& server);

}  // namespace signpost::cli
