// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/monitoring_api.hpp"

namespace signpost::api {
namespace {

net::http_response health_page(bool good, const monitoring::health_state& health) {
  return {.status = good ? 200 : 503,
          .body = monitoring::health_text(good, health.reasons()),
          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace

net::http_response monitoring_api::answer(const net::http_request& request) const {
  const bool known =
      request.path == "/metrics" || request.path == "/livez" || request.path == "/readyz";
  if (!known) return {.status = 404, .body = "not found; known paths: /metrics, /livez, /readyz\n"};
  if (request.method != "GET" && request.method != "HEAD") {
    return {
        .status = 405, .body = "allowed methods: GET, HEAD\n", .headers = {{"Allow", "GET, HEAD"}}};
  }
  if (request.path != "/metrics" && world_.look) world_.look();
  if (request.path == "/livez") return health_page(world_.health.live(), world_.health);
  if (request.path == "/readyz") {
    auto page = health_page(world_.health.ready(), world_.health);
    for (const auto& remark : world_.health.remarks()) page.body += "remark: " + remark + "\n";
    return page;
  }
  if (world_.refresh) world_.refresh();
  return {.status = 200,
          .body = monitoring::exposition(world_.metrics),
          .content_type = std::string(monitoring::exposition_content_type)};
}

}  // namespace signpost::api
