// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/v1_support.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/frame/change.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/queue/next_hop.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::api {
namespace {

const logger log_("api.gateway");

}  // namespace

answer<void> only_parameters(const rest_call& call, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : call.query) {
    if (std::ranges::find(known, name) == known.end()) {
      return refuse(invalid_input(fmt::format("the parameter '{}' is not known", name)));
    }
    if (call.query.count(name) > 1) {
      return refuse(invalid_input(fmt::format("the parameter '{}' is given more than once", name)));
    }
  }
  return {};
}

answer<std::size_t> number_parameter(const rest_call& call, std::string_view name,
                                     std::size_t fallback, std::size_t max) {
  const auto text = call.parameter(name);
  if (!text) return fallback;
  const auto value = parse_uint(*text);
  if (value && *value >= 1 && *value <= max) return static_cast<std::size_t>(*value);
  return refuse(invalid_input(fmt::format("{} must be a number from 1 to {}", name, max)));
}

answer<std::string> domain_parameter(const rest_call& call, std::string_view name) {
  const auto text = call.parameter(name).value_or("");
  if (text.empty()) return text;
  const auto hop = model::next_hop::parse(text);
  if (hop) return hop->text();
  const auto& why = hop.error().context;
  if (model::is_webhook_url(text)) return refuse(invalid_input(fmt::format("{}: {}", name, why)));
  return refuse(invalid_input(fmt::format("{} is not a domain name: {}", name, why)));
}

void note_done(const rest_call& call, std::string_view action, std::string_view resource_type,
               std::string_view resource_id, const json& after) {
  if (call.world.store == nullptr) {
    log_.info("api.command", {{"method", call.request.method},
                              {"path", call.request.path},
                              {"query", call.request.query},
                              {"client", call.request.peer}});
    return;
  }
  const auto entry = call.audit(action, resource_type, resource_id, nullptr, after);
  const auto written = commit_change<void>(call.world, "audit entry",
                                           [&](model::control_transaction& t) -> answer<void> {
                                             t.audit(entry);
                                             return {};
                                           });
  if (written) return;
  log_.error("api.not_audited", {{"action", action},
                                 {"resource", resource_id},
                                 {"token", call.who.token.id},
                                 {"error", written.error().message}});
}

answer<storage::spool*> spool_of(const rest_call& call) {
  if (call.world.spool != nullptr) return call.world.spool;
  return refuse(unavailable("this node has no queue"));
}

answer<node_operations*> node_of(const rest_call& call) {
  if (call.world.node != nullptr) return call.world.node;
  return refuse(unavailable("no node is running behind this API"));
}

}  // namespace signpost::api
