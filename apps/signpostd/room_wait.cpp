// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/room_wait.hpp"

#include <utility>
#include <vector>

#include "apps/signpostd/run_on.hpp"
#include "apps/signpostd/version.hpp"
#include "base/log.hpp"
#include "storage/space_reserve.hpp"
#include "storage/volume.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

std::string why_no_room(const daemon_settings& s) {
  const auto spool = spool_options_of(s);
  std::vector<std::string> stores{spool.path};
  if (s.api.from_store()) stores.push_back(control_store_options_of(s).path);
  auto why = storage::why_no_room_to_open(s.data_dir, stores);
  if (!why.empty() && storage::space_reserve::give_up(storage::reserve_path_of(spool))) {
    why = storage::why_no_room_to_open(s.data_dir, stores);
  }
  return why;
}

room_wait::room_wait(const daemon_settings& s, const std::string& why)
    : metrics_({.version = std::string(program_version), .compiler = __VERSION__}),
      health_({"spool", "config", "control", "smtp"}),
      pages_({.metrics = metrics_, .health = health_}),
      loop_(net::event_loop_options{.name = "http"}) {
  tell(why);
  log_.error("node.no_room",
             {{"reason", why}, {"hint", "no mail is taken; it goes on when there is room"}});
  metrics_.spool.state.show_state("full");
  if (s.monitoring_listen.empty()) return;
  run_on(loop_.loop(), [&] {
    auto server = net::http_server::start(
        loop_.loop(), {.endpoints = {*endpoint::parse(s.monitoring_listen)}},
        [this](const net::http_request& r, const net::http_responder& out) {
          pages_.handle(r, out);
        });
    if (server) {
      server_ = std::move(*server);
    } else {
      log_.error("node.no_health_page", {{"error", to_string(server.error())}});
    }
  });
}

room_wait::~room_wait() {
  run_on(loop_.loop(), [this] { server_.reset(); });
  loop_.join();
}

}  // namespace signpost
