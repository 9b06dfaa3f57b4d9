// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/envelopes.hpp"

namespace signpost::actors {

std::string next_hop_of(const address::mailbox& destination) {
  return destination.literal() ? destination.literal()->to_literal() : destination.host().ascii();
}

std::vector<address::mailbox> destinations_of(const model::routing_table& table,
                                              const address::mailbox& to) {
  if (to.literal() || table.find_zone(to.host()) == nullptr) return {to};
  auto route = table.route(smtp::forward_path(to));
  const bool accepted =
      route.kind == model::route_kind::forward || route.kind == model::route_kind::postmaster;
  return accepted ? std::move(route.destinations) : std::vector<address::mailbox>{};
}

model::envelope make_envelope(const envelope_facts& facts, const model::retry_policy& policy) {
  model::envelope e;
  e.original = facts.original;
  e.destination = facts.destination.to_string();
  e.zone = facts.zone;
  e.rule = facts.rule;
  e.next_hop = next_hop_of(facts.destination);
  e.next_attempt = facts.accepted;
  e.expires = model::expiry_time(facts.accepted, facts.null_sender, policy);
  return e;
}

}  // namespace signpost::actors
