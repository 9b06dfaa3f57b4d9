// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which web pages may use the client API from a browser (the CORS protocol of the Fetch standard).
// Without an origin in the settings: none, and no answer has CORS headers.
//
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "net/http/http_message.hpp"

namespace signpost {

class cors_policy {
 public:
  explicit cors_policy(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  /// The answer to an OPTIONS request: 204 with what is allowed; 403 for a page of another origin;
  /// 405 if it is not a preflight request.
  [[nodiscard]] net::http_response preflight(const net::http_request& request) const;
  /// Adds the headers that let the requesting page read the answer.
  void allow(const net::http_request& request, net::http_response& response) const;

 private:
  [[nodiscard]] bool is_allowed(const net::http_request& request) const;

  std::vector<std::string> origins_;
};

}  // namespace signpost
