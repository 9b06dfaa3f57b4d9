// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/node/node_view.hpp"

#include "api/frame/node_state.hpp"

namespace signpost::api {
namespace {

json log_json(const storage::activity_log_state& log) {
  return {{"well", log.well},
          {"trouble", log.trouble},
          {"events_lost", log.lost},
          {"unreadable", log.damaged_rows},
          {"set_aside", log.set_aside}};
}

json spool_json(const node_state& node) {
  const auto& totals = node.totals;
  return {{"health", storage::to_string(node.spool)},
          {"messages", totals.messages},
          {"recipients", totals.envelopes},
          {"activity_log", log_json(node.activity_log)},
          {"oldest", totals.oldest ? json(to_rfc3339(*totals.oldest)) : json(nullptr)}};
}

json config_json(const node_state& node) {
  if (!node.routing) return nullptr;
  json out{{"revision", node.routing->revision},
           {"zones", node.routing->zones},
           {"rules", node.routing->rules}};
  if (node.routing->left_out) out["left_out"] = *node.routing->left_out;
  return out;
}

}  // namespace

json to_json(const node_state& node) {
  auto numbers = json::object();
  for (const auto& [name, value] : node.numbers) numbers[name] = value;
  return {{"host_name", node.host_name},
          {"version", node.version},
          {"started", to_rfc3339(node.started)},
          {"uptime_s", node.uptime.count()},
          {"live", node.live},
          {"ready", node.ready},
          {"reasons", node.reasons},
          {"remarks", node.remarks},
          {"spool", spool_json(node)},
          {"config", config_json(node)},
          {"numbers", std::move(numbers)}};
}

}  // namespace signpost::api
