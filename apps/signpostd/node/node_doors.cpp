// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_doors.hpp"

#include <string>
#include <utility>

#include "actors/ingress/smtp_server.hpp"
#include "api/gateway.hpp"
#include "apps/signpostd/run_on.hpp"
#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

net::http_server_options control_options(const node_parts& parts) {
  const auto& api = parts.settings->api;
  net::http_server_options options{.unix_socket = control_socket_path(*parts.settings)};
  options.descriptors = &parts.descriptors->control;
  options.handler_timeout = api.answer_timeout;
  options.body_octets_max = static_cast<std::size_t>(api.body_octets_max.value);
  options.refusal_form = [](const net::http_request&, const net::http_response& refusal) {
    return api::in_envelope(refusal);
  };
  return options;
}

}  // namespace

node_doors::~node_doors() {
  close_smtp();
  close_http();
}

result<void> node_doors::open_control() {
  auto& loop = parts_.http_loop->loop();
  result<void> outcome;
  run_on(loop, [&] {
    auto server =
        net::http_server::start(loop, control_options(parts_),
                                [&set_up = *parts_.config](net::http_request request,
                                                           const net::http_responder& out) {
                                  set_up.handle(std::move(request), out);
                                });
    if (server) {
      control_ = std::move(*server);
    } else {
      outcome = tl::unexpected(std::move(server.error()));
    }
  });
  return outcome;
}

result<void> node_doors::open_monitoring(api::monitoring_dependencies pages) {
  const auto& where = parts_.settings->monitoring_listen;
  pages_ = std::make_unique<api::monitoring_api>(std::move(pages));
  if (where.empty()) return {};
  auto& loop = parts_.health_loop->loop();
  result<void> outcome;
  run_on(loop, [&] {
    auto server = net::http_server::start(
        loop,
        {.endpoints = {*endpoint::parse(where)}, .descriptors = &parts_.descriptors->monitoring},
        [this](const net::http_request& r, const net::http_responder& out) {
          pages_->handle(r, out);
        });
    if (server) {
      monitoring_ = std::move(*server);
    } else {
      outcome = fail(server.error().code, "monitoring.listen: " + server.error().context);
    }
  });
  return outcome;
}

result<void> node_doors::open_smtp(actors::node& node) {
  for (const auto& text : parts_.settings->mail.smtp.listen) {
    SP_TRY(const auto where, listen(node, *endpoint::parse(text)));
    log_.info("smtp.listening",
              {{"endpoint", where.to_string()}, {"loops", parts_.loops.size()}});
  }
  return {};
}

result<endpoint> node_doors::listen(actors::node& node, endpoint where) {
  const bool shared = parts_.loops.size() > 1;
  result<void> outcome;
  for (std::size_t i = 0; i < parts_.loops.size() && outcome; ++i) {
    auto& loop = parts_.loops[i]->loop();
    run_on(loop, [&] {
      auto& server = node.server(i);
      auto listener = net::listen(
          loop, where, {.reuse_port = shared, .descriptors = &parts_.descriptors->incoming},
          [&server](std::unique_ptr<net::connection> connection) {
            server.accept(std::move(connection));
          });
      if (!listener) {
        outcome = fail(listener.error().code, "smtp.listen: " + listener.error().context);
        return;
      }
      // The other loops share its port.
      where = (*listener)->bound();
      listeners_.push_back({&loop, std::move(*listener)});
    });
  }
  if (!outcome) return tl::unexpected(std::move(outcome.error()));
  return where;
}

void node_doors::close_smtp() {
  for (auto& placed : listeners_) {
    run_on(*placed.loop, [&] { placed.listener.reset(); });
  }
  listeners_.clear();
}

void node_doors::close_http() {
  if (control_) run_on(parts_.http_loop->loop(), [this] { control_.reset(); });
  if (monitoring_) run_on(parts_.health_loop->loop(), [this] { monitoring_.reset(); });
}

}  // namespace signpost
