// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/coordination/single_coordinator.hpp"

#include <algorithm>

#include "cluster/coordination/node_name.hpp"

namespace signpost::cluster {

bool single_coordinator::has_ended(const tenure_name& t) const {
  const auto known = members_.find(t.number);
  return fences_.contains(t) || known == members_.end() || known->second.removed
         || known->second.lease.tenure != t.tenure;
}

void single_coordinator::end(const tenure_name& t) {
  if (t.tenure == 0) return;
  fences_.insert(t);
  const auto known = members_.find(t.number);
  if (known == members_.end()) return;
  auto& lease = known->second.lease;
  lease.fenced = lease.fenced || lease.tenure == t.tenure;
}

result<member> single_coordinator::enroll(std::string_view node) {
  SP_CHECK(check_node_name(node, "node"));
  const std::lock_guard lock(mutex_);
  for (const auto& [number, m] : members_) {
    if (m.node != node) continue;
    if (m.removed) return fail(errc::denied, "the node was removed from the cluster");
    return m;
  }
  if (members_.size() == UINT16_MAX) return fail(errc::limit_exceeded, "numbers of nodes");
  const auto number = static_cast<std::uint16_t>(members_.size() + 1);
  return members_.emplace(number, member{.number = number, .node = std::string(node)})
      .first->second;
}

result<node_lease> single_coordinator::begin(const beginning& b) {
  SP_CHECK(check_node_name(b.boot, "boot"));
  SP_CHECK(check_node_name(b.disk, "disk"));
  const std::lock_guard lock(mutex_);
  const auto known = members_.find(b.number);
  if (known == members_.end()) return fail(errc::not_found, "node");
  if (known->second.removed) return fail(errc::denied, "the node was removed from the cluster");
  auto& lease = known->second.lease;
  if (lease != b.seen) {
    // The answer to the same question was lost.
    const bool mine = lease.boot == b.boot && lease.disk == b.disk && !lease.fenced;
    if (mine && lease.starts == b.seen.starts + 1) return lease;
    return fail(errc::conflict, "another process works for this node");
  }
  const bool other_disk = lease.tenure > 0 && lease.disk != b.disk;
  if (other_disk) end({.number = b.number, .tenure = lease.tenure});
  if (lease.tenure == 0 || lease.fenced) {
    // Behind every fence, also one that was restored before the tenure began.
    auto last = lease.tenure;
    for (const auto& f : fences_) {
      if (f.number == b.number) last = std::max(last, f.tenure);
    }
    if (last >= tenure_max) return fail(errc::limit_exceeded, "tenures of a node");
    lease.tenure = last + 1;
    lease.fenced = false;
  }
  lease.boot = b.boot;
  lease.disk = b.disk;
  ++lease.starts;
  ++lease.renewals;
  return lease;
}

result<std::uint64_t> single_coordinator::renew(const holder& who, const node_facts& facts) {
  const std::lock_guard lock(mutex_);
  const auto known = members_.find(who.name.number);
  if (has_ended(who.name) || known->second.lease.boot != who.boot) {
    return fail(errc::conflict, "the node was fenced, removed, or replaced by another process");
  }
  known->second.facts = facts;
  return ++known->second.lease.renewals;
}

result<bool> single_coordinator::fence(const tenure_name& whose, std::uint64_t renewals_seen) {
  const std::lock_guard lock(mutex_);
  if (fences_.contains(whose)) return true;
  const auto known = members_.find(whose.number);
  if (known == members_.end()) return false;
  const auto& lease = known->second.lease;
  if (whose.tenure == 0 || lease.tenure != whose.tenure || lease.renewals != renewals_seen) {
    return false;
  }
  end(whose);
  return true;
}

result<void> single_coordinator::restore_fences(const std::vector<tenure_name>& fences) {
  const std::lock_guard lock(mutex_);
  for (const auto& one : fences) {
    if (one.tenure <= tenure_max) end(one);
  }
  return {};
}

result<std::vector<tenure_name>> single_coordinator::fences() {
  const std::lock_guard lock(mutex_);
  return std::vector(fences_.begin(), fences_.end());
}

result<void> single_coordinator::remove(std::uint16_t number) {
  const std::lock_guard lock(mutex_);
  const auto known = members_.find(number);
  if (known == members_.end()) return fail(errc::not_found, "node");
  end({.number = number, .tenure = known->second.lease.tenure});
  known->second.removed = true;
  return {};
}

result<std::vector<member>> single_coordinator::members() {
  const std::lock_guard lock(mutex_);
  std::vector<member> all;
  for (const auto& [number, m] : members_) all.push_back(m);
  return all;
}

result<leadership> single_coordinator::lead(std::string_view task, const tenure_name& who) {
  const std::lock_guard lock(mutex_);
  if (has_ended(who)) return fail(errc::conflict, "the tenure has ended");
  auto& known = leaders_.try_emplace(std::string(task), leadership{.task = std::string(task)})
                    .first->second;
  if (known.leader != who && (known.leader.number == 0 || has_ended(known.leader))) {
    known.leader = who;
    ++known.term;
  }
  return known;
}

result<void> single_coordinator::resign(std::string_view task, const tenure_name& who) {
  const std::lock_guard lock(mutex_);
  const auto known = leaders_.find(task);
  if (known != leaders_.end() && known->second.leader == who) known->second.leader = {};
  return {};
}

}  // namespace signpost::cluster
