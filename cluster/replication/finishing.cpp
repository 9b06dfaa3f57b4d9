// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of a message: outcomes, messages that they make, tombstones.
#include <algorithm>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {
namespace {

constexpr std::uint64_t bit_of(std::uint32_t recipient) {
  return recipient < 64 ? std::uint64_t{1} << recipient : 0;
}

}  // namespace

void machine::settle(const queue_id& id, const settlement& outcome, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end()) return;
  auto& row = at->second;
  if (outcome.recipient >= row.progress.size()) return;
  auto& progress = row.progress[outcome.recipient];
  const auto bit = bit_of(outcome.recipient);
  if (outcome.attempted) {
    ++progress.attempts;
    row.untried &= ~bit;
  } else if (outcome.end == recipient_end::expired && (row.untried & bit) != 0) {
    // Whoever takes a message over does not let it expire without one attempt of its own.
    return out_.deliver(id, true, written_);
  }
  ++row.revision;
  auto made = outcome.made;
  std::erase_if(made, [this](const queue_id& each) {
    const auto child = rows_.find(each);
    return child == rows_.end()
           || (ours(child->second)
               && rules_.made_is_safe(standing(child->second), child->second.required));
  });
  if (made.empty()) {
    progress = merged(progress, {progress.attempts, outcome.end});
  } else {
    // ◆ Closing: nobody is told, and nothing is forgotten, before what this made is safe.
    for (const auto& each : made) closing_by_[each].push_back(id);
    row.closing.push_back({outcome.recipient, outcome.end, std::move(made)});
  }
  store(id, row);
  if (row.phase == row_phase::owned) {
    wake(id, row.look, now + options_.progress_age_max);
    close_if_done(at, now);
  } else if (!ours(row) && known_.live(row.owner)) {
    inquire(id, false, true, now);
  }
}

void machine::made_safe(const queue_id& made, steady_time now) {
  const auto by = closing_by_.find(made);
  if (by == closing_by_.end()) return;
  const auto waiting = std::move(by->second);
  closing_by_.erase(by);
  for (const auto& id : waiting) {
    const auto at = rows_.find(id);
    if (at == rows_.end()) continue;
    auto& row = at->second;
    for (auto& c : row.closing) {
      std::erase(c.made, made);
      if (!c.made.empty()) continue;
      auto& progress = row.progress[c.recipient];
      progress = merged(progress, {progress.attempts, c.end});
      ++row.revision;
    }
    std::erase_if(row.closing, [](const closing_outcome& c) { return c.made.empty(); });
    store(id, row);
    if (row.phase == row_phase::owned) {
      wake(id, row.look, now);
      close_if_done(at, now);
    } else if (known_.live(row.owner)) {
      inquire(id, false, true, now);
    }
  }
}

// Its outcome was never told: as if it had not happened.
void machine::made_lost(row_place at, steady_time now) {
  const auto made = at->first;
  made_lost_links(made, now);
  finish(at, now);
}

void machine::made_lost_links(const queue_id& made, steady_time now) {
  const auto by = closing_by_.find(made);
  if (by == closing_by_.end()) return;
  const auto waiting = std::move(by->second);
  closing_by_.erase(by);
  for (const auto& id : waiting) {
    const auto maker = rows_.find(id);
    if (maker == rows_.end()) continue;
    std::erase_if(maker->second.closing, [&](const closing_outcome& c) {
      return std::ranges::find(c.made, made) != c.made.end();
    });
    store(id, maker->second);
    if (maker->second.phase != row_phase::owned) continue;
    out_.deliver(id, false, written_);
    close_if_done(maker, now);
  }
}

void machine::close_if_done(row_place at, steady_time now) {
  const auto& row = at->second;
  if (row.phase == row_phase::owned && row.all_final() && row.closing.empty()) finish(at, now);
}

void machine::finish(row_place at, steady_time now, std::uint64_t ticket) {
  const auto id = at->first;
  tombstone grave{.digest = at->second.digest, .ticket = ticket};
  grave.holders.reserve(at->second.holders.size());
  for (const auto& h : at->second.holders) grave.holders.push_back({.who = h.who});
  // ◆ Only the first owner knows for sure to whom it sent a copy.
  if (at->second.owner.version > 1) tell_all(grave);
  drop_row(at);
  auto& kept = graves_.insert_or_assign(id, std::move(grave)).first->second;
  bury(id, kept);
  pursue_grave(id, kept, now);
  made_safe(id, now);
}

// After a takeover every member is told, whoever is away when it is back.
void machine::tell_all(tombstone& grave) const {
  if (grave.all_told || known_.all().size() > options_.all_asked_up_to) return;
  grave.all_told = true;
  for (const auto& m : known_.all()) {
    const holder who{m.node, m.disk};
    if (m.node == self_ || m.removed || !m.keeps_copies) continue;
    if (std::ranges::find(grave.holders, who, &tombstone::entry::who) != grave.holders.end()) {
      continue;
    }
    grave.holders.push_back({.who = who});
  }
}

void machine::remove(const queue_id& id, std::uint64_t ticket, steady_time now) {
  if (const auto at = rows_.find(id); at != rows_.end()) {
    out_.stop(id);
    // A report that nobody can read was never sent: whatever made it will make another one.
    if (!at->second.readable && closing_by_.contains(id)) made_lost_links(id, now);
    return finish(at, now, ticket);
  }
  const auto g = graves_.find(id);
  if (g == graves_.end() || g->second.complete) return out_.removal_done(ticket);
  g->second.ticket = ticket;
  pursue_grave(id, g->second, now);
}

bool machine::nobody_there(const wire::holder& h) const {
  const auto* m = known_.find(h.node);
  // A wiped disk forgot; a removed one never comes back.
  return m != nullptr && (m->removed || m->disk != h.disk);
}

wire::del machine::del_of(const queue_id& id, const tombstone& grave) const {
  wire::del d{.id = id, .digest = grave.digest};
  d.holders.reserve(grave.holders.size() + 1);
  d.holders.push_back({self_, me().disk});
  d.confirmed.push_back(d.holders.front());
  for (const auto& e : grave.holders) {
    d.holders.push_back(e.who);
    if (e.confirmed) d.confirmed.push_back(e.who);
  }
  return d;
}

// DELs are repeated until everyone has said that there is no copy any more: whoever was away is
// told when it is back.
void machine::pursue_grave(const queue_id& id, tombstone& grave, steady_time now) {
  if (grave.complete) {
    ++written_;
    out_.exhume(id);
    graves_.erase(id);
    return;
  }
  bool wait = false;
  bool live_ones_wait = false;
  // ◆ A holder whose disk is gone may have taken the message over, and sent it to others, before.
  const auto gone = [this](const auto& e) { return !e.confirmed && nobody_there(e.who); };
  if (!grave.all_told && std::ranges::any_of(grave.holders, gone)) {
    tell_all(grave);
    bury(id, grave);
  }
  for (auto& e : grave.holders) {
    if (gone(e)) e.confirmed = true;
    if (e.confirmed) continue;
    if (known_.live(e.who.node)) live_ones_wait = true;
    const auto* m = known_.find(e.who.node);
    if (m == nullptr || !m->up) continue;
    wait = true;
    if (e.sent != steady_time{} && now < e.sent + options_.del_again) continue;
    e.sent = now;
    send(e.who.node, del_of(id, grave), true);
  }
  if (grave.ticket != 0 && !live_ones_wait) {
    out_.removal_done(grave.ticket);
    grave.ticket = 0;
  }
  if (rules_.may_forget(grave)) return complete(id, grave, now);
  if (leaving()) hand_over(id, grave, now);
  if (wait || leaving()) wake(id, grave.look, now + options_.del_again);
}

void machine::complete(const queue_id& id, tombstone& grave, steady_time now) {
  grave.complete = true;
  const auto all = del_of(id, grave).holders;
  for (const auto& e : grave.holders) send(e.who.node, wire::forget{id, all});
  if (grave.ticket != 0) out_.removal_done(grave.ticket);
  grave.ticket = 0;
  grave.look = {};
  // A little longer: a PUT that is late must not bring the message back.
  wake(id, grave.look, now + options_.tombstone_kept);
}

// Drain: somebody who stays must know whom to tell.
void machine::hand_over(const queue_id& id, tombstone& grave, steady_time now) {
  const auto knows = [this](const tombstone::entry& e) {
    const auto* m = known_.find(e.who.node);
    return e.confirmed && known_.live(e.who.node) && known_.has_disk(e.who) && !m->draining;
  };
  grave.handed_over = std::ranges::any_of(grave.holders, knows);
  if (grave.handed_over) return;
  for (const auto node : holder_set(known_, self_, known_.all().size(), 0)) {
    const holder who{node, known_.find(node)->disk};
    const auto listed = std::ranges::find(grave.holders, who, &tombstone::entry::who);
    if (listed != grave.holders.end()) return;  // it was sent a DEL; its answer is awaited
    grave.holders.push_back({.who = who, .sent = now});
    bury(id, grave);
    return send(node, del_of(id, grave), true);
  }
}

void machine::on(node_number from, const wire::del& m, steady_time now) {
  auto at = rows_.find(m.id);
  if (at != rows_.end() && at->second.digest != m.digest) at = rows_.end();
  std::vector<wire::holder> listed_here;
  bool was_ours = false;
  if (at != rows_.end()) {
    // ◆ Whom we know to have a copy, the sender may not know: another owner may have chosen them.
    for (const auto& h : at->second.holders) listed_here.push_back(h.who);
    was_ours = ours(at->second);
    // Done is done, whoever says so: all recipients are final, and what that made is safe.
    if (at->second.phase == row_phase::accepting) out_.refused(m.id, refusal::conflict);
    if (ours(at->second)) out_.stop(m.id);
    drop_row(at);
  }
  auto [g, fresh] = graves_.try_emplace(m.id);
  auto& grave = g->second;
  if (fresh) grave.digest = m.digest;
  bool listed_more = fresh;
  const auto list = [&](const wire::holder& who) {
    if (who.node == self_) return;
    if (std::ranges::find(grave.holders, who, &tombstone::entry::who) == grave.holders.end()) {
      grave.holders.push_back({.who = who});
      listed_more = true;
    }
  };
  std::ranges::for_each(m.holders, list);
  std::ranges::for_each(listed_here, list);
  for (auto& e : grave.holders) {
    if (std::ranges::find(m.confirmed, e.who) != m.confirmed.end()) e.confirmed = true;
  }
  if (listed_more) bury(m.id, grave);
  wire::del_ack ack{.id = m.id, .disk = me().disk};
  for (const auto& e : grave.holders) {
    if (std::ranges::find(m.holders, e.who) == m.holders.end()) ack.also.push_back(e.who);
  }
  send(from, std::move(ack), true);
  if (grave.complete) return made_safe(m.id, now);
  if (grave.all_confirmed()) {
    grave.complete = true;
    grave.look = {};
    wake(m.id, grave.look, now + options_.tombstone_kept);
  } else if (fresh) {
    wake(m.id, grave.look, was_ours ? now : now + options_.del_by_holders);
  }
  made_safe(m.id, now);
}

void machine::on(node_number from, const wire::del_ack& m, steady_time now) {
  const auto g = graves_.find(m.id);
  if (g == graves_.end() || g->second.complete) return;
  auto& grave = g->second;
  bool listed_more = false;
  for (const auto& who : m.also) {
    if (who.node == self_) continue;
    if (std::ranges::find(grave.holders, who, &tombstone::entry::who) != grave.holders.end()) {
      continue;
    }
    grave.holders.push_back({.who = who});
    listed_more = true;
  }
  for (auto& e : grave.holders) {
    if (e.who == holder{from, m.disk}) e.confirmed = true;
  }
  if (listed_more) {
    bury(m.id, grave);
    wake(m.id, grave.look, now);
  }
  if (rules_.may_forget(grave) || grave.ticket != 0 || leaving()) pursue_grave(m.id, grave, now);
}

void machine::on(node_number, const wire::forget& m, steady_time now) {
  const auto g = graves_.find(m.id);
  if (g == graves_.end() || g->second.complete) return;
  auto& grave = g->second;
  // ◆ Not whom it did not know: another owner may have chosen them.
  for (auto& e : grave.holders) {
    if (std::ranges::find(m.holders, e.who) != m.holders.end()) e.confirmed = true;
  }
  if (!grave.all_confirmed()) return;
  grave.complete = true;
  grave.look = {};
  wake(m.id, grave.look, now + options_.tombstone_kept);
}

}  // namespace signpost::cluster::replication
