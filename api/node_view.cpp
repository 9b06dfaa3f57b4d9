// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node itself: its state, its rules, what it did last.
#include "api/json.hpp"
#include "api/node_view.hpp"
#include "api/request_target.hpp"
#include "proto/smtp/path.hpp"

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

json config_json(const control_dependencies& world) {
  const auto snapshot = world.config.current();
  if (!snapshot || !snapshot->table) return nullptr;
  json out{{"revision", snapshot->revision},
           {"zones", snapshot->table->zone_count()},
           {"rules", snapshot->table->rule_count()}};
  if (world.left_out) out["left_out"] = world.left_out();
  return out;
}

// `{"recipient": "info@example.org"}`; brackets may stand around it, as in RCPT TO.
answer<smtp::forward_path> recipient_in(const std::string& body) {
  const auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("recipient") || !parsed["recipient"].is_string()) {
    return refuse(problem_kind::bad_body, "write {\"recipient\": \"info@example.org\"}");
  }
  auto text = parsed["recipient"].get<std::string>();
  if (!text.starts_with('<')) text = "<" + text + ">";
  auto path = smtp::forward_path::parse(text);
  if (path) return std::move(*path);
  return refuse(problem_kind::bad_body, "'recipient' is no address: " + path.error().context);
}

answer<net::http_response> explanation(const resource_call& call) {
  SP_TRY(const auto recipient, recipient_in(call.request.body));
  const auto snapshot = call.world.config.current();
  if (!snapshot || !snapshot->table) {
    return refuse(problem_kind::unavailable, "no zones are loaded");
  }
  auto result = to_json(recipient.to_string(), snapshot->table->explain(recipient));
  result["revision"] = snapshot->revision;
  return success(std::move(result));
}

answer<net::http_response> newest_events(const resource_call& call) {
  SP_TRY(const auto zone, call.parameters.domain("zone"));
  SP_TRY(const auto max, call.parameters.number("max", events_default, events_max));
  const auto events = call.world.spool.recent_events(zone, max);
  if (!events) return tl::unexpected(to_problem(events.error()));
  auto rows = json::array();
  for (const auto& event : *events) rows.push_back(to_json(event));
  auto info = json::object({{"count", rows.size()}});
  return success(std::move(rows), std::move(info));
}

}  // namespace

json node_status(const control_dependencies& world) {
  auto numbers = json::object();
  for (const auto& [name, value] : world.status()) numbers[name] = value;
  const auto uptime = std::chrono::duration_cast<seconds>(world.time.now() - world.started);
  return {{"host_name", world.host_name},         {"version", world.version},
          {"started", to_rfc3339(world.started)}, {"uptime_s", uptime.count()},
          {"live", world.health.live()},          {"ready", world.health.ready()},
          {"reasons", world.health.reasons()},
          {"remarks", world.health.remarks()},    {"spool", spool_json(world.spool)},
          {"config", config_json(world)},         {"numbers", std::move(numbers)}};
}

void make_snapshot(const resource_call& call) {
  if (!call.world.make_snapshot) {
    return call.respond(failure({problem_kind::unavailable, "this node makes no copies"}));
  }
  call.world.make_snapshot([respond = call.respond](const result<snapshot_report>& made) {
    if (!made) return respond(failure(to_problem(made.error())));
    respond(success(json::object({{"path", made->path},
                                  {"messages", made->messages},
                                  {"recipients", made->recipients}})));
  });
}

void remove_snapshot(const resource_call& call) {
  if (!call.world.remove_snapshot) {
    return call.respond(failure({problem_kind::unavailable, "this node makes no copies"}));
  }
  const auto removed = call.world.remove_snapshot();
  if (!removed) return call.respond(failure(to_problem(removed.error())));
  call.respond(success(json::object({{"removed", true}})));
}

void show_status(const resource_call& call) {
  call.answer_with(success(node_status(call.world)));
}
void explain_rules(const resource_call& call) {
  call.answer_with(explanation(call));
}
void list_events(const resource_call& call) {
  call.answer_with(newest_events(call));
}

}  // namespace signpost::api
