// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The owner's side of copies: PUT until R disks have confirmed, progress, repair, leaving.
#include <algorithm>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {
namespace {

constexpr std::uint8_t tries_max = 2;
constexpr auto conflict_avoided = std::chrono::hours(1);

}  // namespace

unsigned machine::standing(const message_row& row) const {
  // An unreadable copy counts as absent, also our own; so does one that is about to leave.
  const bool here = row.readable && !leaving() && (row.durable || row.stored_by <= synced_);
  const auto others = std::ranges::count_if(
      row.holders, [this](const copy_holder& h) { return rules_.counts(h, known_); });
  return static_cast<unsigned>(others) + (here ? 1 : 0);
}

void machine::recount(row_place at, steady_time now) {
  const auto& [id, row] = *at;
  if (row.phase != row_phase::owned) return;
  if (standing(row) < row.required) {
    lacking_.insert(id);
    return;
  }
  if (!lacking_.empty()) lacking_.erase(id);
  if (!closing_by_.empty() && closing_by_.contains(id)) {
    const auto safe = id;
    made_safe(safe, now);
  }
}

void machine::put_to(const queue_id& id, message_row& row, copy_holder& to, bool whole,
                     steady_time now) {
  wire::put p{.id = id,
              .owner = row.owner,
              .revision = row.revision,
              .whole = whole,
              .required = row.required,
              .digest = row.digest,
              .progress = row.progress};
  p.holders.reserve(row.holders.size() + 1);
  p.holders.push_back({self_, me().disk});
  for (const auto& h : row.holders) p.holders.push_back(h.who);
  to.asked = true;
  to.sent = now;
  to.sent_revision = row.revision;
  if (to.tries < 100) ++to.tries;
  // Before the local write: the syncs overlap. Only the holder list must not be lost: whoever was
  // sent a copy is told when it is done.
  send(to.who.node, std::move(p), row.phase != row_phase::accepting);
}

// Every holder gets what it does not know; if fewer than R have confirmed, others are asked, too.
void machine::tend(row_place at, steady_time now) {
  const auto id = at->first;
  if (at->second.phase == row_phase::accepting) {
    check_accepting(at, now);
    at = rows_.find(id);
    if (at == rows_.end() || !ours(at->second)) return;
  }
  auto& row = at->second;
  if (!row.readable) {
    fetch_from_holders(at, now);
    if (!rows_.contains(id)) return;
  }
  auto again = steady_time::max();
  unsigned under_way = 0;
  for (auto& h : row.holders) {
    const auto* m = known_.find(h.who.node);
    if (!known_.has_disk(h.who) || !known_.live(h.who.node) || !m->up || h.released) continue;
    if (h.confirmed && h.acked >= row.revision) continue;
    if (now < h.avoid) {
      again = std::min(again, h.avoid);
      continue;
    }
    if (!h.asked || now >= h.sent + options_.put_again) {
      const bool whole = h.lacks && !h.confirmed && row.readable;
      if (!row.readable && h.denied) continue;
      if (whole && row.phase == row_phase::owned) {
        if (repairs_left_ == 0) {
          again = std::min(again, now + std::chrono::microseconds(1));
          continue;
        }
        --repairs_left_;
      }
      put_to(id, row, h, whole, now);
    }
    again = std::min(again, h.sent + options_.put_again);
    // A slow holder is replaced, and keeps what it has.
    if (!h.confirmed && h.tries <= tries_max && !m->draining) ++under_way;
  }
  const auto disks = standing(row);
  if (disks + under_way < row.required) {
    add_holders(at, disks + under_way, now);
    again = std::min(again, now + options_.put_again);
  }
  release_leavers(at, disks, now);
  if (leaving()) {
    offer_away(at, now);
    again = std::min(again, now + options_.put_again);
  }
  if (again != steady_time::max()) wake(id, row.look, again);
}

void machine::add_holders(row_place at, unsigned standing_now, steady_time now) {
  auto& [id, row] = *at;
  if (!row.readable) return;
  std::size_t missing = row.required - standing_now;
  std::vector<std::size_t> added;
  for (const auto node : holder_set(known_, self_, known_.all().size(), 0)) {
    if (missing == 0) break;
    const holder who{node, known_.find(node)->disk};
    if (row.holder_on(who.node, who.disk) != nullptr) continue;
    if (row.phase == row_phase::owned) {
      if (repairs_left_ == 0) break;
      --repairs_left_;
    }
    added.push_back(row.holders.size());
    row.holders.push_back({.who = who, .lacks = true});
    --missing;
  }
  if (added.empty()) return;
  ++row.revision;  // the others learn the list
  store(id, row);
  for (const auto index : added) put_to(id, row, row.holders[index], true, now);
}

// Drain: a copy on a node that leaves does not count, and is given back when there are R others.
void machine::release_leavers(row_place at, unsigned disks, steady_time now) {
  auto& [id, row] = *at;
  if (row.phase != row_phase::owned || disks < row.required) return;
  for (const auto& h : row.holders) {
    const auto* m = known_.find(h.who.node);
    if (m != nullptr && m->draining && !h.released && known_.has_disk(h.who)) {
      send(h.who.node, wire::release{id});
      wake(id, row.look, now + options_.put_again);
    }
  }
}

// What a leaving node owns goes to a holder, once nothing of it is under way and R others have it.
void machine::offer_away(row_place at, steady_time) {
  auto& [id, row] = *at;
  if (row.phase != row_phase::owned || !row.closing.empty()) return;
  if (standing(row) < row.required) return;
  if (!row.leaving) {
    row.leaving = true;
    const auto stopping = id;
    return out_.stop(stopping);
  }
  if (!row.offerable) return;
  const copy_holder* best = nullptr;
  for (const auto& h : row.holders) {
    if (!rules_.counts(h, known_) || !known_.find(h.who.node)->up) continue;
    if (best == nullptr || rules_.before(id, h.who.node, best->who.node)) best = &h;
  }
  if (best != nullptr) send(best->who.node, wire::offer{id, row.owner});
}

void machine::stopped(const queue_id& id, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end() || !ours(at->second) || !at->second.leaving) return;
  at->second.offerable = true;
  offer_away(at, now);
}

void machine::fetch_from_holders(row_place at, steady_time now) {
  auto& [id, row] = *at;
  bool somebody = false;
  for (const auto& h : row.holders) {
    if (!known_.has_disk(h.who) || h.denied) continue;
    somebody = true;
    send(h.who.node, wire::fetch{id, row.owner.version});
  }
  wake(id, row.look, now + options_.put_again);
  if (somebody) return;
  // A report that was never safe: what made it is open again, and will make another one.
  const bool never_safe = row.own_message && row.phase == row_phase::accepting;
  if (never_safe || closing_by_.contains(id)) return made_lost(at, now);
  out_.nowhere_readable(id);
}

void machine::found_unreadable(const queue_id& id, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end() || !at->second.readable) return;
  auto& row = at->second;
  row.readable = false;
  ++unreadable_;
  store(id, row);
  if (ours(row)) {
    recount(at, now);
    wake(id, row.look, now);
  } else if (known_.live(row.owner)) {
    // If this is lost, the next comparison of digests says the same.
    send(row.owner.node, wire::unreadable{id, me().disk});
  }
}

void machine::on(node_number from, const wire::put_ack& m, steady_time now) {
  const auto at = rows_.find(m.id);
  // ◆ Only the node's present disk confirms: an acknowledgement may be of the one before.
  if (at == rows_.end() || !ours(at->second) || !known_.has_disk({from, m.disk})) return;
  auto& row = at->second;
  if (m.version != row.owner.version) return;
  auto* h = row.holder_on(from, m.disk);
  if (h == nullptr) {
    row.holders.push_back({.who = {from, m.disk}});
    store(m.id, row);
    h = &row.holders.back();
  }
  // ◆ Of a PUT that was sent before it said that it has none: it may have been dropped since.
  if (h->lacked != steady_time{} && h->sent <= h->lacked) return;
  h->confirmed = true;
  h->acked = std::max(h->acked, m.revision);
  h->lacks = h->denied = h->released = false;
  h->tries = 0;
  if (m.revision >= h->sent_revision) h->asked = false;
  if (m.seen > row.owner.version) {
    // There was a later owner, who is gone: ours is the next one.
    row.owner.version = m.seen + 1;
    ++row.revision;
    store(m.id, row);
    wake(m.id, row.look, now);
  }
  if (row.phase == row_phase::accepting) {
    check_accepting(at, now);
  } else {
    recount(at, now);
  }
  if (known_.find(from)->draining || leaving()) {
    const auto still = rows_.find(m.id);
    if (still != rows_.end()) wake(m.id, still->second.look, now);
  }
}

void machine::on(node_number from, const wire::put_nack& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end() || !ours(at->second)) return;
  auto& row = at->second;
  const auto* member_now = known_.find(from);
  auto* h = row.holder_on(from, member_now->disk);
  if (h == nullptr || m.version != row.owner.version) return;
  h->asked = false;
  switch (m.why) {
    case wire::put_refusal::missing:
      // ◆ What it was sent once is not there: it does not count, whatever the list says.
      h->confirmed = false;
      h->lacks = h->denied = true;
      h->lacked = now;
      break;
    case wire::put_refusal::conflict:
      if (row.phase == row_phase::accepting && !row.own_message) {
        std::erase_if(row.holders, [&](const copy_holder& each) { return &each == h; });
        return give_back(at, refusal::conflict, now);
      }
      h->avoid = now + conflict_avoided;
      break;
    case wire::put_refusal::busy:
    case wire::put_refusal::full:
    case wire::put_refusal::ended:
      h->avoid = now + options_.holder_avoided;
      break;
  }
  recount(at, now);
  wake(m.id, row.look, now);
}

void machine::on(node_number from, const wire::unreadable& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (const auto g = graves_.find(m.id); g != graves_.end()) {
    return send(from, del_of(m.id, g->second), true);
  }
  if (at == rows_.end() || !ours(at->second)) return send(from, wire::stray{m.id});
  auto* h = at->second.holder_on(from, m.disk);
  if (h == nullptr) return;
  h->confirmed = h->asked = false;
  h->lacks = true;
  h->lacked = now;
  recount(at, now);
  wake(m.id, at->second.look, now);
}

void machine::on(node_number from, const wire::released& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end() || !ours(at->second)) return;
  auto* h = at->second.holder_on(from, m.disk);
  if (h == nullptr) return;
  // If it stays after all, it gets a copy again.
  h->released = known_.find(from)->draining;
  h->confirmed = h->asked = false;
  h->lacks = true;
  h->lacked = now;
  recount(at, now);
  wake(m.id, at->second.look, now);
}

}  // namespace signpost::cluster::replication
