// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/node/node_view.hpp"

#include "storage/spool/spool.hpp"

namespace signpost::api {
namespace {

json log_json(const storage::activity_log_state& log) {
  return {{"well", log.well},
          {"trouble", log.trouble},
          {"events_lost", log.lost},
          {"unreadable", log.damaged_rows},
          {"set_aside", log.set_aside}};
}

json spool_json(const storage::spool& spool) {
  const auto totals = spool.totals();
  return {{"health", storage::to_string(spool.health())},
          {"messages", totals.messages},
          {"recipients", totals.envelopes},
          {"activity_log", log_json(spool.log_state())},
          {"oldest", totals.oldest ? json(to_rfc3339(*totals.oldest)) : json(nullptr)}};
}

json config_json(const node_facts& node) {
  const auto snapshot = node.routing.current();
  if (!snapshot || !snapshot->table) return nullptr;
  json out{{"revision", snapshot->revision},
           {"zones", snapshot->table->zone_count()},
           {"rules", snapshot->table->rule_count()}};
  if (node.left_out) out["left_out"] = node.left_out();
  return out;
}

}  // namespace

json node_status(const node_facts& node) {
  auto numbers = json::object();
  for (const auto& [name, value] : node.numbers()) numbers[name] = value;
  const auto uptime = std::chrono::duration_cast<seconds>(node.time.now() - node.started);
  return {{"host_name", node.host_name},         {"version", node.version},
          {"started", to_rfc3339(node.started)}, {"uptime_s", uptime.count()},
          {"live", node.health.live()},          {"ready", node.health.ready()},
          {"reasons", node.health.reasons()},
          {"remarks", node.health.remarks()},    {"spool", spool_json(node.spool)},
          {"config", config_json(node)},         {"numbers", std::move(numbers)}};
}

}  // namespace signpost::api
