// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/envelopes.hpp"

namespace signpost::actors {
namespace {

constexpr model::message_facts nothing_known;

// Where accounts are kept apart, a zone is reached as by strangers, but never under our own name:
// its look-up would find this node and report a loop.
bool is_foreign(const model::routing_table& table, const address::mailbox& to) {
  const bool is_zone = !table.keeps_apart() && table.find_zone(to.host()) != nullptr;
  return to.literal() || !(is_zone || to.host() == table.node().host_name);
}

model::route_decision asked(const model::routing_table& table, const address::mailbox& to) {
  return table.route(smtp::forward_path(to), &nothing_known);
}

std::vector<model::destination> taken(model::route_decision route) {
  const bool accepted =
      route.kind == model::route_kind::forward || route.kind == model::route_kind::postmaster;
  return accepted ? std::move(route.destinations) : std::vector<model::destination>{};
}

}  // namespace

std::vector<model::destination> destinations_of(const model::routing_table& table,
                                                const address::mailbox& to) {
  if (is_foreign(table, to)) return {{.mailbox = to}};
  auto route = asked(table, to);
  if (route.kind == model::route_kind::costly || route.kind == model::route_kind::unavailable) {
    route = asked(table, address::mailbox::make("postmaster", to.host()));
  }
  return taken(std::move(route));
}

std::vector<model::destination> destinations_of(const model::routing_table& table,
                                                const address::mailbox& to,
                                                model::pattern_supply& supply) {
  if (is_foreign(table, to)) return {{.mailbox = to}};
  return taken(table.route(smtp::forward_path(to), &nothing_known, supply));
}

model::envelope make_envelope(const envelope_facts& facts, const model::retry_policy& policy) {
  const auto& to = facts.destination;
  model::envelope e;
  e.original = facts.original;
  e.destination = to.to_string();
  e.zone = to.rule.empty() ? facts.zone : to.zone;
  e.zone_id = to.rule.empty() ? facts.zone_id : to.zone_id;
  e.rule = to.rule.empty() ? facts.rule : to.rule;
  e.next_hop = model::next_hop::of(to, e.zone);
  for (const auto& next : to.fallbacks) e.fallbacks.push_back(next.to_string());
  e.next_attempt = facts.accepted;
  e.expires = model::expiry_time(facts.accepted, facts.null_sender, policy);
  return e;
}

}  // namespace signpost::actors
