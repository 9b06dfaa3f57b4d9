// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/health_only.hpp"

#include <utility>

#include "apps/signpostd/run_on.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

/// Of the few descriptors that there may be.
constexpr std::size_t connections_max = 16;

}  // namespace

health_only::health_only(const daemon_settings& settings, std::string component,
                         const std::string& reason)
    : component_(std::move(component)),
      metrics_({.version = std::string(program_version), .compiler = __VERSION__}),
      health_({}),
      pages_({.metrics = metrics_, .health = health_}),
      loop_(net::event_loop_options{.name = "health"}) {
  tell(reason);
  if (settings.monitoring_listen.empty()) return;
  run_on(loop_.loop(), [&] { listen(settings.monitoring_listen); });
}

health_only::~health_only() {
  run_on(loop_.loop(), [this] { server_.reset(); });
  loop_.join();
}

void health_only::listen(const std::string& where) {
  auto server = net::http_server::start(
      loop_.loop(), {.endpoints = {*endpoint::parse(where)}, .connections_max = connections_max},
      [this](const net::http_request& r, const net::http_responder& out) {
        pages_.handle(r, out);
      });
  if (server) {
    server_ = std::move(*server);
  } else {
    log_.error("node.no_health_page", {{"error", to_string(server.error())}});
  }
}

}  // namespace signpost
