// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A message whose owner is gone: its holders ask each other, and one takes it over.
#include <algorithm>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {

void machine::inquire(const queue_id& id, bool forced, bool telling, steady_time now) {
  const auto [at, fresh] = inquiries_.try_emplace(id);
  auto& i = at->second;
  if (fresh) {
    i.began = now;
    i.telling = telling;
  } else if (!telling && i.telling) {
    i = {.began = now};
  }
  i.forced = i.forced || forced;
  wake(id, i.look, now);
}

void machine::choose_asked(inquiry& i, const message_row& row) const {
  std::vector<asked_node> nodes;
  const auto add = [&](node_number node) {
    if (node == self_ || !known_.live(node)) return;
    if (std::ranges::find(nodes, node, &asked_node::node) != nodes.end()) return;
    const auto before = std::ranges::find(i.nodes, node, &asked_node::node);
    nodes.push_back(before == i.nodes.end() ? asked_node{.node = node} : *before);
  };
  add(row.owner.node);
  if (!i.telling) {
    for (const auto& h : row.holders) add(h.who.node);
    for (const auto node : i.extra) add(node);
    // Whoever was sent a copy last may not be in our list: the owner may have ended before it told
    // us. Those that are not listed are asked if they can be reached, and not waited for if not.
    if (known_.all().size() <= options_.all_asked_up_to) {
      for (const auto& m : known_.all()) {
        if (m.keeps_copies && m.up) add(m.node);
      }
    }
  }
  i.nodes = std::move(nodes);
}

void machine::pursue(const queue_id& id, steady_time now) {
  const auto found = inquiries_.find(id);
  if (found == inquiries_.end()) return;
  auto& i = found->second;
  const auto at = rows_.find(id);
  if (at == rows_.end() || ours(at->second) || at->second.quarantined
      || (known_.live(at->second.owner) && !i.telling && !i.forced)) {
    inquiries_.erase(found);
    return;
  }
  if (i.telling && !known_.live(at->second.owner)) i = {.began = now};
  choose_asked(i, at->second);
  for (auto& n : i.nodes) {
    if (!settled(i, n, now) && (n.sent == steady_time{} || now >= n.sent + options_.ask_again)) {
      ask(id, at->second, n, now);
    }
  }
  wake(id, i.look, now + options_.ask_again);
  decide(at, i, now);
}

void machine::ask(const queue_id& id, const message_row& row, asked_node& whom, steady_time now) {
  whom.sent = now;
  whom.revision = row.revision;
  send(whom.node,
       wire::ask{.id = id, .owner = row.owner, .disk = me().disk, .progress = row.progress}, true);
}

bool machine::settled(const inquiry& i, const asked_node& n, steady_time now) const {
  const auto* m = known_.find(n.node);
  // Alive, but not from here: it may be handling the message. It is waited for, not for ever.
  if (!n.answered) return !m->up && now >= i.began + options_.silence_believed;
  if (n.said == wire::answer_kind::no) return now < n.at + options_.answer_age_max;
  // WAIT is believed for a time: whoever comes before us may itself be waiting for a third one.
  return now >= n.waits_since + options_.wait_believed;
}

void machine::decide(row_place at, inquiry& i, steady_time now) {
  auto& [key, row] = *at;
  const auto id = key;
  if (!may_act() || leaving() || now < gave_way_until_) return;
  if (now > ticked_ + options_.tick_gap_max) return;
  if (!std::ranges::all_of(i.nodes, [&](const auto& n) { return settled(i, n, now); })) return;
  if (i.telling) {
    // The owner does not know of it.
    i = {.began = now, .look = i.look, .forced = true};
    return;
  }
  if (!row.readable) return out_.nowhere_readable(id);
  if (!rules_.trusts(row)) {
    // Nobody knows of it but a disk that was away: it may have been delivered long ago.
    row.quarantined = true;
    ++quarantined_;
    store(id, row);
    inquiries_.erase(id);
    return out_.quarantined(id);
  }
  if (!rules_.no_means_mine()) return drop_row(at);
  const bool all_said_no = std::ranges::all_of(
      i.nodes, [](const auto& n) { return n.answered && n.said == wire::answer_kind::no; });
  adopt(at, all_said_no ? adoption::owner_gone : adoption::unanswered, now);
}

void machine::adopt(row_place at, adoption why, steady_time now) {
  auto& [key, row] = *at;
  const auto id = key;
  const auto before = row.owner;
  row.owner = {.version = before.version + 1, .node = self_, .tenure = tenure_};
  row.phase = row_phase::owned;
  ++row.revision;
  row.stale = false;
  row.leaving = row.offerable = false;
  for (std::uint32_t r = 0; r < row.progress.size() && r < 64; ++r) {
    if (row.progress[r].end == recipient_end::open) row.untried |= std::uint64_t{1} << r;
  }
  for (auto& h : row.holders) h = {.who = h.who};
  inquiries_.erase(id);
  // Metadata only: no body is written, so that a full disk can take over what it already has.
  store(id, row);
  out_.adopted(id, before, why);
  if (row.all_final() && row.closing.empty()) return finish(at, now);
  out_.deliver(id, row.untried != 0, written_);
  recount(at, now);
  tend(at, now);
}

void machine::yield_to(row_place at, const claim& owner, steady_time now) {
  auto& [key, row] = *at;
  const auto id = key;
  out_.stop(id);
  accepting_.erase(id);
  lacking_.erase(id);
  row.phase = row_phase::passive;
  row.leaving = row.offerable = false;
  row.owner = owner;
  store(id, row);
  // It has to hear what we have done for the message.
  inquire(id, false, true, now);
}

// Others may have taken over what we own: nothing is ours before they have been asked.
void machine::lose_tenure(steady_time now) {
  std::vector<queue_id> lost;
  for (const auto& [id, row] : rows_) {
    if (ours(row) && !known_.live(row.owner)) lost.push_back(id);
  }
  for (const auto& id : lost) {
    const auto at = rows_.find(id);
    if (at == rows_.end()) continue;
    auto& row = at->second;
    if (row.phase == row_phase::accepting && !row.own_message) {
      give_back(at, refusal::unavailable, now);
      continue;
    }
    out_.stop(id);
    accepting_.erase(id);
    lacking_.erase(id);
    row.phase = row_phase::passive;
    row.leaving = row.offerable = false;
    inquire(id, false, false, now);
  }
}

// Answered from memory: never behind the disk.
void machine::on(node_number from, const wire::ask& m, steady_time now) {
  if (const auto g = graves_.find(m.id); g != graves_.end()) {
    return send(from, del_of(m.id, g->second), true);  // DONE
  }
  const auto say = [&](wire::answer_kind kind, claim owner = {}) {
    send(from, wire::answer{m.id, kind, owner}, true);
  };
  const auto at = rows_.find(m.id);
  if (at == rows_.end()) return say(wire::answer_kind::no);
  auto& row = at->second;
  if (ours(row)) {
    // ◆ Final wins, also what a tenure did that has ended; and whoever has a copy is told the end.
    bool changed = merge(row, m.progress);
    if (changed) ++row.revision;
    if (known_.has_disk({from, m.disk}) && row.holder_on(from, m.disk) == nullptr) {
      row.holders.push_back({.who = {from, m.disk}});
      changed = true;
    }
    if (changed) store(m.id, row);
    say(wire::answer_kind::own, row.owner);
    wake(m.id, row.look, now + options_.progress_age_max);
    return close_if_done(at, now);
  }
  if (known_.live(row.owner) && m.owner != row.owner) {
    return say(wire::answer_kind::own, row.owner);
  }
  // Without an owner here, too. One order for all: whoever is later in it gives way. ◆ The asking
  // node has a copy: if it is not in our list, it has to be, or we would not ask it.
  bool changed = merge(row, m.progress);
  if (known_.has_disk({from, m.disk}) && row.holder_on(from, m.disk) == nullptr) {
    row.holders.push_back({.who = {from, m.disk}});
    changed = true;
  }
  if (changed) store(m.id, row);
  // An owner that we believe in may not know of it: whoever asks has found out.
  if (!row.quarantined) inquire(m.id, known_.live(row.owner), false, now);
  // A NO that it said some time ago may be of a time when it had no copy.
  if (const auto i = inquiries_.find(m.id); i != inquiries_.end()) {
    const auto n = std::ranges::find(i->second.nodes, from, &asked_node::node);
    if (n != i->second.nodes.end() && n->said == wire::answer_kind::no
        && now > n->at + options_.ask_again) {
      n->answered = false;
    }
  }
  const bool can = row.readable && !row.stale && !leaving();
  // Whoever may not act now is not given way to.
  const bool first = !known_.live(from) || rules_.before(m.id, self_, from);
  say(can && first ? wire::answer_kind::wait : wire::answer_kind::no);
}

void machine::on(node_number from, const wire::answer& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end()) return;
  const auto found = inquiries_.find(m.id);
  const bool own = m.kind == wire::answer_kind::own && known_.live(m.owner);
  const bool denied = found != inquiries_.end() && own && m.owner.node != from
                      && does_not_own(found->second, m.owner.node);
  if (own && !denied) return owned_elsewhere(from, at, m.owner, now);
  if (found == inquiries_.end()) return;
  auto& i = found->second;
  const auto n = std::ranges::find(i.nodes, from, &asked_node::node);
  if (n == i.nodes.end()) return;
  const bool waited = n->answered && n->said == wire::answer_kind::wait;
  // An owner that has ended is one that the other node still believes in.
  const bool no = denied ? !rules_.before(m.id, from, self_) : m.kind == wire::answer_kind::no;
  n->said = no ? wire::answer_kind::no : wire::answer_kind::wait;
  if (n->said == wire::answer_kind::wait && !waited) n->waits_since = now;
  n->answered = true;
  n->at = now;
  decide(at, i, now);
}

// Whom others take for the owner has said itself that it is not, or is this node.
bool machine::does_not_own(const inquiry& i, node_number node) const {
  if (node == self_) return true;
  const auto n = std::ranges::find(i.nodes, node, &asked_node::node);
  return n != i.nodes.end() && n->answered && n->said == wire::answer_kind::no;
}

void machine::owned_elsewhere(node_number from, row_place at, const claim& owner,
                              steady_time now) {
  auto& [key, row] = *at;
  const auto id = key;
  if (owner.node == self_) return;
  if (owner.node != from) {
    // Hearsay: the owner itself is asked.
    if (ours(row)) {
      send(owner.node,
           wire::ask{.id = id, .owner = row.owner, .disk = me().disk, .progress = row.progress});
    } else if (const auto i = inquiries_.find(id); i != inquiries_.end()) {
      auto& extra = i->second.extra;
      if (std::ranges::find(extra, owner.node) == extra.end()) extra.push_back(owner.node);
      wake(id, i->second.look, now);
    }
    return;
  }
  if (ours(row)) {
    if (rules_.yields(id, row.owner, owner)) return yield_to(at, owner, now);
    // It learns of our claim from our PUT.
    const auto* m = known_.find(from);
    auto* h = row.holder_on(from, m->disk);
    if (h == nullptr) {
      row.holders.push_back({.who = {from, m->disk}});
      store(id, row);
      h = &row.holders.back();
    }
    h->confirmed = false;
    wake(id, row.look, now);
    return;
  }
  const bool changed = row.owner != owner || row.stale || row.quarantined;
  if (row.quarantined) --quarantined_;
  row.stale = row.quarantined = false;
  row.owner = owner;
  row.untried = 0;
  if (const auto found = inquiries_.find(id); found != inquiries_.end()) {
    const auto n = std::ranges::find(found->second.nodes, from, &asked_node::node);
    const bool told = n != found->second.nodes.end() && n->revision == row.revision;
    inquiries_.erase(found);
    // An attempt has ended since it was asked.
    if (!told) inquire(id, false, true, now);
  }
  if (changed) store(id, row);
}

void machine::on(node_number from, const wire::stray& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end() || ours(at->second) || at->second.owner.node != from) return;
  inquire(m.id, true, false, now);
}

void machine::release(const queue_id& id, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end() || !at->second.quarantined || !may_act()) return;
  at->second.quarantined = false;
  --quarantined_;
  adopt(at, adoption::released, now);
}

void machine::discard(const queue_id& id, steady_time now) {
  const auto at = rows_.find(id);
  if (at == rows_.end() || !at->second.quarantined) return;
  finish(at, now);
}

}  // namespace signpost::cluster::replication
