// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Accepting a message: on R disks before anyone is told.
#include <algorithm>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {

// ◆ Copies are sent before the local write, so that the syncs overlap; the 250 and the announcement
// to the schedule come after R confirmations, of which the local one is only one.
void machine::accept(const new_copy& message, steady_time now) {
  if (rows_.contains(message.id) || graves_.contains(message.id)) {
    return out_.refused(message.id, refusal::conflict);
  }
  const auto wanted = static_cast<std::size_t>(std::max<int>(options_.copies, 1)) - 1;
  const auto set = holder_set(known_, self_, wanted, message.group);
  const auto possible = set.size() + (leaving() ? 0 : 1);
  if (!message.own_message
      && (!may_act() || leaving() || possible < std::max<std::size_t>(options_.copies_min, 1))) {
    return out_.refused(message.id, refusal::unavailable);
  }
  const auto at = rows_.try_emplace(message.id).first;
  auto& row = at->second;
  row.owner = {.version = 1, .node = self_, .tenure = tenure_};
  row.required = std::max<std::uint8_t>(options_.copies, 1);
  row.digest = message.digest;
  row.own_message = message.own_message;
  row.progress.resize(std::max<std::uint32_t>(message.recipients, 1));
  row.deadline = now + options_.accept_deadline;
  row.phase = row_phase::accepting;
  for (const auto node : set) {
    row.holders.push_back({.who = {node, known_.find(node)->disk}, .lacks = true});
  }
  store(message.id, row);
  if (!known_.live(row.owner)) {
    // Our report, under a tenure that has just ended: it is taken over like the others.
    row.phase = row_phase::passive;
    return inquire(message.id, false, false, now);
  }
  accepting_.insert(message.id);
  for (auto& h : row.holders) put_to(message.id, row, h, true, now);
  wake(message.id, row.look, now + options_.put_again);
}

// What was required, or what there is if an operator allows that: copies_min.
unsigned machine::needed_now(const message_row& row) const {
  unsigned possible = leaving() ? 0 : 1;
  for (const auto& m : known_.all()) {
    if (m.node == self_) continue;
    const bool counted = std::ranges::any_of(row.holders, [&](const copy_holder& h) {
      return h.who.node == m.node && rules_.counts(h, known_);
    });
    if (counted || members::takes_copies(m)) ++possible;
  }
  return std::max<unsigned>(options_.copies_min, std::min<unsigned>(row.required, possible));
}

void machine::check_accepting(row_place at, steady_time now) {
  auto& [id, row] = *at;
  if (!row.durable && row.stored_by <= synced_) row.durable = true;
  const auto disks = standing(row);
  const bool late = now >= row.deadline;
  // Late, as many as must be are enough, whoever else could be given one.
  const auto needed = late ? std::max<unsigned>(options_.copies_min, 1) : needed_now(row);
  if (rules_.enough_to_accept(row.durable, disks, needed)) {
    const auto accepted = id;
    row.phase = row_phase::owned;
    accepting_.erase(accepted);
    out_.accepted(accepted);
    recount(at, now);
    return;
  }
  // Own messages are never withdrawn: nobody else has them; tend() looks for other holders.
  if (late && !row.own_message) give_back(at, refusal::unavailable, now);
}

void machine::withdraw(const queue_id& id, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end() || at->second.phase != row_phase::accepting) return;
  give_back(at, refusal::unavailable, now);
}

void machine::give_back(row_place at, refusal why, steady_time now) {
  out_.refused(at->first, why);
  finish(at, now);
}

}  // namespace signpost::cluster::replication
