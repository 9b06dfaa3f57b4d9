// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/replication/machine.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.hpp"

namespace signpost::cluster::replication {
namespace {

/// A change that concerns copies, and not only who can be reached.
bool concerns_copies(const member& before, const member& now) {
  return before.disk != now.disk || before.tenure != now.tenure || before.ended != now.ended
         || before.boot != now.boot || before.draining != now.draining
         || before.removed != now.removed || before.full != now.full || (now.up && !before.up);
}

bool concerns_copies(const members& before, const members& now) {
  if (before.all().size() != now.all().size()) return true;
  return !std::ranges::equal(before.all(), now.all(), [](const member& a, const member& b) {
    return a.node == b.node && !concerns_copies(a, b);
  });
}

}  // namespace

void machine::restore(const queue_id& id, message_row row, bool old_disk) {
  SP_ASSERT(!begun_);
  row.phase = row_phase::passive;
  row.durable = true;
  if (old_disk && !row.stale) found_old_.push_back(id);
  row.stale = row.stale || old_disk;
  row.leaving = row.offerable = false;
  row.look = {};
  for (auto& h : row.holders) h = {.who = h.who};
  if (row.quarantined) ++quarantined_;
  if (!row.readable) ++unreadable_;
  rows_.insert_or_assign(id, std::move(row));
}

void machine::restore(const queue_id& id, tombstone grave) {
  SP_ASSERT(!begun_);
  grave.complete = grave.handed_over = false;
  grave.ticket = 0;
  grave.look = {};
  for (auto& h : grave.holders) h.sent = {};
  graves_.insert_or_assign(id, std::move(grave));
}

void machine::set_members(std::vector<member> now_known, steady_time now) {
  const auto before = known_;
  const bool was_leaving = begun_ && leaving();
  known_.replace(std::move(now_known));
  SP_ASSERT(known_.find(self_) != nullptr);
  if (!begun_) return begin(now);
  if (was_leaving && !leaving()) gave_way_until_ = now + options_.answer_age_max;
  const bool tenure_over = !known_.live(claim{0, self_, tenure_});
  if (tenure_ != me().tenure) {
    // What was said to a node without a tenure is not said to this one.
    for (auto& [id, i] : inquiries_) i.nodes.clear();
  }
  tenure_ = me().tenure;
  if (tenure_over) lose_tenure(now);
  if (concerns_copies(before, known_)) look_at_all(now);
}

void machine::begin(steady_time now) {
  begun_ = true;
  tenure_ = me().tenure;
  const bool alive = known_.live(self_);
  for (auto at = rows_.begin(); at != rows_.end(); ++at) {
    auto& [id, row] = *at;
    for (const auto& c : row.closing) {
      for (const auto& made : c.made) closing_by_[made].push_back(id);
    }
    // A restart moves nothing: what this tenure owns it goes on to own.
    if (alive && row.owner.node == self_ && row.owner.tenure == tenure_) {
      row.phase = row_phase::owned;
      out_.deliver(id, row.untried != 0, 0);
      recount(at, now);
      // Comparing digests shows most copies without a question about each.
      wake(id, row.look, now + 3 * options_.audit_again);
    } else if (!known_.live(row.owner) && !row.quarantined) {
      inquire(id, false, false, now);
    }
  }
  // ◆ The next process would take them for what it has always had.
  for (const auto& id : std::exchange(found_old_, {})) store(id, rows_.at(id));
  for (auto& [id, grave] : graves_) wake(id, grave.look, now);
  // Messages that were made and are gone are done.
  std::vector<queue_id> gone;
  for (const auto& [made, waiting] : closing_by_) {
    if (!rows_.contains(made)) gone.push_back(made);
  }
  for (const auto& made : gone) made_safe(made, now);
}

void machine::set_serving(bool serving, steady_time now) {
  const bool begins = serving && !serving_;
  serving_ = serving;
  if (!begins) return;
  for (auto& [id, i] : inquiries_) wake(id, i.look, now);
}

bool machine::may_act() const {
  return begun_ && serving_ && known_.live(claim{0, self_, tenure_});
}

void machine::look_at_all(steady_time now) {
  for (auto at = rows_.begin(); at != rows_.end(); ++at) {
    auto& [id, row] = *at;
    if (ours(row)) {
      if (row.leaving && !leaving()) {
        row.leaving = row.offerable = false;
        out_.deliver(id, row.untried != 0, 0);
      }
      for (auto& h : row.holders) {
        if (const auto* m = known_.find(h.who.node); m != nullptr && !m->draining) {
          h.released = false;
        }
      }
      recount(at, now);
      wake(id, row.look, now);
    } else if (!known_.live(row.owner) && !row.quarantined) {
      inquire(id, false, false, now);
    }
  }
  for (auto& [id, i] : inquiries_) wake(id, i.look, now);
  for (auto& [id, grave] : graves_) {
    if (!grave.complete) wake(id, grave.look, now);
  }
}

void machine::durable(std::uint64_t write, steady_time now) {
  synced_ = std::max(synced_, write);
  // Acceptance ends here or with an acknowledgement, whichever comes last.
  for (auto next = accepting_.begin(); next != accepting_.end();) {
    const auto id = *next++;
    check_accepting(rows_.find(id), now);
  }
}

void machine::tick(steady_time now) {
  if (!begun_) return;
  // ◆ After a pause, what waited to be read is of unknown age, and others may have acted.
  if (now > ticked_ + options_.tick_gap_max) {
    for (auto& [id, i] : inquiries_) i.nodes.clear();
  }
  ticked_ = now;
  repairs_left_ = options_.repairs_at_once;
  for (auto next = accepting_.begin(); next != accepting_.end();) {
    const auto id = *next++;
    check_accepting(rows_.find(id), now);
  }
  for (std::size_t looks = 0; looks < options_.looks_at_once && !due_.empty(); ++looks) {
    if (due_.front().first > now) break;
    std::ranges::pop_heap(due_, std::greater<>());
    const auto id = due_.back().second;
    due_.pop_back();
    look(id, now);
  }
  audit_peers(now);
}

void machine::look(const queue_id& id, steady_time now) {
  const auto is_due = [now](steady_time& slot) {
    if (slot == steady_time{} || slot > now) return false;
    slot = {};
    return true;
  };
  if (const auto at = rows_.find(id); at != rows_.end() && is_due(at->second.look)) {
    if (ours(at->second)) tend(at, now);
  }
  if (const auto i = inquiries_.find(id); i != inquiries_.end() && is_due(i->second.look)) {
    pursue(id, now);
  }
  if (const auto g = graves_.find(id); g != graves_.end() && is_due(g->second.look)) {
    pursue_grave(id, g->second, now);
  }
}

void machine::wake(const queue_id& id, steady_time& slot, steady_time when) {
  if (slot != steady_time{} && slot <= when) return;
  slot = when;
  due_.emplace_back(when, id);
  std::ranges::push_heap(due_, std::greater<>());
}

void machine::store(const queue_id& id, message_row& row) {
  ++written_;
  if (row.stored_by == 0) row.stored_by = written_;
  out_.store(id, row);
}

void machine::bury(const queue_id& id, const tombstone& grave) {
  ++written_;
  out_.bury(id, grave);
}

void machine::send(node_number to, wire::copies_message message, bool after_writes) {
  const auto* m = known_.find(to);
  if (m == nullptr || !m->up) return;
  out_.send(to, std::move(message), after_writes ? written_ : 0);
}

void machine::drop_row(row_place at) {
  const auto id = at->first;
  if (at->second.quarantined) --quarantined_;
  if (!at->second.readable) --unreadable_;
  for (const auto& c : at->second.closing) {
    for (const auto& made : c.made) {
      if (const auto by = closing_by_.find(made); by != closing_by_.end()) {
        std::erase(by->second, id);
        if (by->second.empty()) closing_by_.erase(by);
      }
    }
  }
  accepting_.erase(id);
  lacking_.erase(id);
  inquiries_.erase(id);
  ++written_;
  out_.erase(id);
  rows_.erase(at);
}

machine_counts machine::counts() const {
  const auto undecided = std::ranges::count_if(
      inquiries_, [](const auto& each) { return !each.second.telling; });
  return {.rows = rows_.size(),
          .tombstones = graves_.size(),
          .under_replicated = lacking_.size(),
          .undecided = static_cast<std::size_t>(undecided),
          .audits = ranges_.size(),
          .quarantined = quarantined_,
          .unreadable = unreadable_};
}

const message_row* machine::row(const queue_id& id) const {
  const auto at = rows_.find(id);
  return at == rows_.end() ? nullptr : &at->second;
}

const tombstone* machine::grave(const queue_id& id) const {
  const auto at = graves_.find(id);
  return at == graves_.end() ? nullptr : &at->second;
}

bool machine::owns(const queue_id& id) const {
  const auto* found = row(id);
  return found != nullptr && found->phase == row_phase::owned && !found->leaving;
}

bool machine::drained() const {
  return begun_ && leaving() && rows_.empty()
         && std::ranges::all_of(graves_, [](const auto& each) {
              return each.second.complete || each.second.handed_over;
            });
}

void machine::received(node_number from, const wire::copies_message& message, steady_time now) {
  if (!begun_ || from == self_ || known_.find(from) == nullptr) return;
  std::visit([&](const auto& m) { on(from, m, now); }, message);
}

}  // namespace signpost::cluster::replication
