// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of the node, and what it, or one zone, did last.
#include <array>

#include "api/frame/change.hpp"
#include "api/frame/node_state.hpp"
#include "api/frame/v1_support.hpp"
#include "api/node/endpoints.hpp"
#include "api/node/node_view.hpp"
#include "base/text.hpp"
#include "proto/smtp/path.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::api {
namespace {

/// How long a request waits for the node's state.
constexpr seconds status_wait_max{5};

rest_result list_of(const std::vector<model::activity_event>& events) {
  auto rows = json::array();
  for (const auto& event : events) rows.push_back(to_json(event));
  auto info = json::object({{"count", rows.size()}});
  return rest_result{.result = std::move(rows), .result_info = std::move(info)};
}

// Of a zone that is no more there may still be events: only who gets none asks.
answer<void> check_zone_known(const rest_call& call, const std::string& zone) {
  if (call.now != nullptr) {
    const auto known = call.now->zone_by_name(zone);
    if (known || known.error().code != errc::not_found) return {};
  }
  const auto path = smtp::forward_path::parse("<postmaster@" + zone + ">");
  const auto in_force = call.world.routing.current();
  if (path && in_force
      && in_force->table->route(*path).kind != model::route_kind::not_ours) {
    return {};
  }
  return refuse(not_found("zone " + printable(zone, 255)));
}

answer<rest_result> events_of_node(rest_call& call) {
  SP_CHECK(only_parameters(call, {"zone", "max"}));
  SP_TRY(const auto zone, domain_parameter(call, "zone"));
  SP_TRY(const auto max, number_parameter(call, "max", events_default, events_max));
  SP_TRY(auto* const spool, spool_of(call));
  SP_TRY(const auto events, ask(spool->recent_events(zone, max), "event"));
  if (events.empty() && !zone.empty()) SP_CHECK(check_zone_known(call, zone));
  return list_of(events);
}

answer<rest_result> events_of_zone(rest_call& call) {
  SP_CHECK(only_parameters(call, {"max"}));
  SP_TRY(const auto max, number_parameter(call, "max", events_default, events_max));
  SP_TRY(auto* const spool, spool_of(call));
  const auto owner = model::zone_scope::of(*call.zone);
  SP_TRY(const auto events, ask(spool->recent_events_of(owner, max), "event"));
  return list_of(events);
}

answer<rest_result> node_status(rest_call& call) {
  SP_CHECK(only_parameters(call, {}));
  SP_TRY(auto* const node, node_of(call));
  const auto told = wait_for<node_state>([&](auto done) { node->status(std::move(done)); },
                                         status_wait_max);
  if (!told) return refuse(unavailable("the node has not answered"));
  SP_TRY(const auto state, ask(*told, "state"));
  return rest_result{.result = to_json(state)};
}

using enum permission;

constexpr std::array<endpoint, 3> node_rows{{
    on_every_node({"GET", "/events", queue_read, events_of_node, "Recent events, newest first", "",
                   "ActivityEvent[]"}),
    {"GET", "/zones/{zone_id}/events", queue_read, events_of_zone,
     "Recent events of a zone's mail, newest first", "", "ActivityEvent[]"},
    on_every_node(
        {"GET", "/status", queue_read, node_status, "The state of the node", "", "NodeStatus"}),
}};

}  // namespace

std::span<const endpoint> v1_node_endpoints() {
  return node_rows;
}

}  // namespace signpost::api
