// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/cors.hpp"

#include <algorithm>

#include "api/frame/rest_problem.hpp"

namespace signpost {
namespace {

constexpr const char* methods = "GET, POST, PUT, PATCH, DELETE";

}  // namespace

// Browsers write an origin in lower case, without a default port.
bool cors_policy::is_allowed(const net::http_request& request) const {
  const auto origin = request.header("Origin");
  return !origin.empty() && std::ranges::find(origins_, origin) != origins_.end();
}

net::http_response cors_policy::preflight(const net::http_request& request) const {
  if (!is_allowed(request)) {
    auto refused = api::to_response(api::method_not_allowed(methods));
    if (!request.header("Origin").empty()) refused.status = 403;
    return refused;
  }
  net::http_response response{.status = 204, .body = {}, .content_type = {}, .headers = {}};
  allow(request, response);
  response.headers.push_back({"Access-Control-Allow-Methods", methods});
  response.headers.push_back({"Access-Control-Allow-Headers", "Authorization, Content-Type"});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
  return response;
}

void cors_policy::allow(const net::http_request& request, net::http_response& response) const {
  if (origins_.empty()) return;
  // RFC 9110 §12.5.5: a cache must not give one origin the answer that was for another.
  response.headers.push_back({"Vary", "Origin"});
  if (!is_allowed(request)) return;
  response.headers.push_back(
      {"Access-Control-Allow-Origin", std::string(request.header("Origin"))});
  response.headers.push_back({"Access-Control-Expose-Headers", "Retry-After"});
}

}  // namespace signpost
