// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The holder's side: PUT, and what an owner that leaves or cannot read asks.
#include <algorithm>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {

bool machine::merge(message_row& row, std::span<const recipient_progress> theirs) {
  bool changed = false;
  const auto count = std::min(row.progress.size(), theirs.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto both = merged(row.progress[i], theirs[i]);
    if (both == row.progress[i]) continue;
    row.progress[i] = both;
    changed = true;
  }
  return changed;
}

void machine::add_all(message_row& row, std::span<const wire::holder> listed, node_number self) {
  for (const auto& who : listed) {
    if (who.node == self || row.holder_on(who.node, who.disk) != nullptr) continue;
    row.holders.push_back({.who = who});
  }
}

void machine::acknowledge(node_number to, const queue_id& id, const message_row& row,
                          std::uint64_t version) {
  send(to,
       wire::put_ack{.id = id,
                     .version = version,
                     .revision = row.revision,
                     .disk = me().disk,
                     .seen = row.owner.version},
       true);
}

void machine::on(node_number from, const wire::put& m, steady_time now) {
  if (m.owner.node != from) return;
  const auto refuse = [&](wire::put_refusal why) {
    send(from, wire::put_nack{m.id, m.owner.version, why});
  };
  if (const auto g = graves_.find(m.id); g != graves_.end() && g->second.digest == m.digest) {
    return send(from, del_of(m.id, g->second), true);
  }
  // ◆ It is meant for the disk before this one: the owner would not know that it is here.
  if (std::ranges::find(m.holders, holder{self_, me().disk}) == m.holders.end()) {
    return refuse(wire::put_refusal::busy);
  }
  // ◆ Whoever was fenced changes nothing any more; what it has done it tells with an ASK.
  if (!known_.live(m.owner)) return refuse(wire::put_refusal::ended);
  auto at = rows_.find(m.id);
  if (at == rows_.end()) {
    if (!m.whole) return refuse(wire::put_refusal::missing);
    // Nothing to deliver would be a message that is done.
    if (m.progress.empty()) return refuse(wire::put_refusal::conflict);
    // Full disks: copies for others are refused while there is still room for our own.
    if (me().full || leaving()) return refuse(wire::put_refusal::full);
    at = rows_.try_emplace(m.id).first;
    at->second.digest = m.digest;
    at->second.progress.resize(m.progress.size());
    at->second.owner = m.owner;
    take_copy(at, m, now);
    return acknowledge(from, m.id, at->second, m.owner.version);
  }
  auto& row = at->second;
  if (row.digest != m.digest) return refuse(wire::put_refusal::conflict);
  if (ours(row)) return put_on_ours(from, at, m, now);
  if (!row.readable && !m.whole) return refuse(wire::put_refusal::missing);
  if (known_.live(row.owner) && row.owner.node != from
      && !rules_.yields(m.id, row.owner, m.owner)) {
    // Another live owner has the better claim: they settle it between them.
    return send(from, wire::answer{m.id, wire::answer_kind::own, row.owner});
  }
  // A later owner that is gone: the sender takes the version after it.
  const auto seen = known_.live(row.owner) ? m.owner.version
                                           : std::max(row.owner.version, m.owner.version);
  take_copy(at, m, now);
  send(from,
       wire::put_ack{.id = m.id,
                     .version = m.owner.version,
                     .revision = m.revision,
                     .disk = me().disk,
                     .seen = seen},
       true);
}

void machine::put_on_ours(node_number from, row_place at, const wire::put& m, steady_time now) {
  auto& row = at->second;
  if (!rules_.yields(m.id, row.owner, m.owner)) {
    return send(from, wire::answer{m.id, wire::answer_kind::own, row.owner}, true);
  }
  yield_to(at, m.owner, now);
  take_copy(at, m, now);
  acknowledge(from, m.id, row, m.owner.version);
}

void machine::take_copy(row_place at, const wire::put& m, steady_time now) {
  auto& [id, row] = *at;
  const bool fresh = row.stored_by == 0 && !row.durable;
  const auto holders_before = row.holders.size();
  bool changed = fresh || row.owner != m.owner || m.revision > row.revision
                 || row.required < m.required || row.stale || row.quarantined;
  row.owner = m.owner;
  row.revision = std::max(row.revision, m.revision);
  row.required = std::max(row.required, m.required);
  changed = merge(row, m.progress) || changed;
  add_all(row, m.holders, self_);
  changed = changed || row.holders.size() != holders_before;
  if (m.whole && !row.readable) {
    row.readable = true;
    --unreadable_;
    changed = true;
    const auto restored = id;
    out_.restored(restored);
  }
  if (row.quarantined) --quarantined_;
  row.stale = row.quarantined = false;
  row.untried = 0;
  if (const auto i = inquiries_.find(id); i != inquiries_.end() && !i->second.telling) {
    inquiries_.erase(i);
  }
  if (changed) store(id, row);
  // ◆ What only we know has to be told: final wins, also from a tenure that has ended.
  if (!fresh && row.progress != m.progress) inquire(id, false, true, now);
}

void machine::on(node_number from, const wire::release& m, steady_time) {
  const auto at = rows_.find(m.id);
  if (at != rows_.end()) {
    const auto& row = at->second;
    if (ours(row) || row.owner.node != from || inquiries_.contains(m.id)) return;
    drop_row(at);
  }
  send(from, wire::released{m.id, me().disk}, true);
}

void machine::on(node_number from, const wire::offer& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end()) {
    return send(from, wire::put_nack{m.id, m.owner.version, wire::put_refusal::missing});
  }
  auto& row = at->second;
  if (ours(row)) {
    return send(from, wire::answer{m.id, wire::answer_kind::own, row.owner}, true);
  }
  if (row.owner != m.owner || m.owner.node != from || !may_act() || leaving() || !row.readable) {
    return;
  }
  adopt(at, adoption::offered, now);
}

void machine::on(node_number from, const wire::fetch& m, steady_time) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end() || !at->second.readable) {
    return send(from, wire::put_nack{m.id, m.version, wire::put_refusal::missing});
  }
  send(from, wire::found{m.id, at->second.digest});
}

void machine::on(node_number, const wire::found& m, steady_time now) {
  const auto at = rows_.find(m.id);
  if (at == rows_.end() || at->second.readable || at->second.digest != m.digest) return;
  auto& row = at->second;
  row.readable = true;
  --unreadable_;
  out_.restored(m.id);
  store(m.id, row);
  if (!ours(row)) return;
  recount(at, now);
  wake(m.id, row.look, now);
}

}  // namespace signpost::cluster::replication
