// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the monitoring listener answers: `/metrics` for Prometheus, `/livez` and `/readyz` for
// Kubernetes and load balancers. It reveals no address and accepts no commands.
//
//     monitoring_api pages({.metrics = metrics, .health = health, .refresh = …});
//     http_server::start(loop, {.endpoints = {where}},
//                        [&](auto request, auto out) { pages.handle(request, out); });
//
// Threads: any.
#pragma once

#include <functional>

#include "monitoring/families.hpp"
#include "monitoring/health.hpp"
#include "net/http/http_server.hpp"

namespace signpost::api {

/// All must outlive the api object.
struct monitoring_dependencies {
  const monitoring::metrics& metrics;
  const monitoring::health_state& health;
  /// Updates gauges before they are shown; may be empty.
  std::function<void()> refresh = {};
  /// Called before health is reported: checks components that cannot report their own hanging; may
  /// be empty.
  std::function<void()> look = {};
};

class monitoring_api {
 public:
  explicit monitoring_api(monitoring_dependencies world) : world_(std::move(world)) {}

  /// The handler of an http_server.
  void handle(const net::http_request& request, const net::http_responder& out) const {
    out.respond(answer(request));
  }
  /// 200 or 503 with reasons, for /readyz with remarks as well; 404 for other paths, 405 for
  /// methods other than GET and HEAD.
  [[nodiscard]] net::http_response answer(const net::http_request& request) const;

 private:
  monitoring_dependencies world_;
};

}  // namespace signpost::api
