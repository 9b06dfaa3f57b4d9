// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Owners and holders compare what there is with what is believed: hourly, and when a process began.
#include <algorithm>
#include <cstring>

#include "cluster/replication/machine.hpp"

namespace signpost::cluster::replication {
namespace {

queue_id last_id() {
  return *queue_id::from_octets(std::string(16, '\xFF'));
}

std::uint64_t part_of_hash(const queue_id& id, std::uint64_t version, std::uint32_t revision) {
  return mixed(takeover_place(id, 0) ^ mixed(version * 0x100000001ULL + revision));
}

}  // namespace

void machine::audit_peers(steady_time now) {
  for (const auto& peer : known_.all()) {
    if (peer.node == self_ || !peer.up || !known_.live(peer.node) || !peer.keeps_copies) continue;
    const auto found = std::ranges::find(audits_, peer.node, &audit::peer);
    const bool same_process =
        found != audits_.end() && found->disk == peer.disk && found->boot == peer.boot;
    if (!same_process || now >= found->next) begin_audit(peer, now);
  }
  std::erase_if(ranges_, [this](const open_range& r) {
    return !known_.live(r.peer) || !known_.has_disk({r.peer, r.disk});
  });
  for (auto& range : ranges_) {
    if (known_.find(range.peer)->up && now >= range.sent + options_.audit_again) {
      range.sent = now;
      send_range(range, now);
    }
  }
}

// Ranges cover all ids: a copy of which the owner knows nothing is in one of them, too.
void machine::begin_audit(const member& peer, steady_time now) {
  std::erase_if(audits_, [&](const audit& a) { return a.peer == peer.node; });
  std::erase_if(ranges_, [&](const open_range& r) { return r.peer == peer.node; });
  audits_.push_back({.peer = peer.node,
                     .disk = peer.disk,
                     .boot = peer.boot,
                     .next = now + options_.audit_every});
  open_range range{.peer = peer.node, .disk = peer.disk, .sent = now};
  std::size_t copies = 0;
  for (auto& [id, row] : rows_) {
    if (row.phase != row_phase::owned || row.holder_on(peer.node, peer.disk) == nullptr) continue;
    if (++copies < options_.range_copies) continue;
    range.last = id;
    ranges_.push_back(range);
    send_range(ranges_.back(), now);
    range.first = id;
    copies = 1;  // the bound is in both
  }
  range.last = last_id();
  ranges_.push_back(range);
  send_range(ranges_.back(), now);
}

void machine::send_range(open_range& range, steady_time) {
  send(range.peer, wire::digest_range{.first = range.first,
                                      .last = range.last,
                                      .tenure = tenure_,
                                      .hash = range_hash(range)});
}

std::uint64_t machine::range_hash(const open_range& range) const {
  std::uint64_t hash = 0;
  for (auto at = rows_.lower_bound(range.first); at != rows_.end() && at->first <= range.last;
       ++at) {
    const auto& row = at->second;
    const bool listed = std::ranges::any_of(row.holders, [&](const copy_holder& h) {
      return h.who == holder{range.peer, range.disk} && !h.released;
    });
    if (row.phase != row_phase::owned || !listed) continue;
    hash += part_of_hash(at->first, row.owner.version, row.revision);
  }
  return hash;
}

// Unreadable copies are not there.
void machine::on(node_number from, const wire::digest_range& m, steady_time) {
  wire::listing all{.first = m.first, .last = m.last, .disk = me().disk};
  for (auto at = rows_.lower_bound(m.first); at != rows_.end() && at->first <= m.last; ++at) {
    const auto& row = at->second;
    if (ours(row) || row.owner.node != from || row.owner.tenure != m.tenure) continue;
    if (!row.readable) {
      send(from, wire::unreadable{at->first, me().disk});
      continue;
    }
    all.hash += part_of_hash(at->first, row.owner.version, row.revision);
    if (all.copies.size() < wire::listed_max) {
      all.copies.push_back({at->first, row.owner.version, row.revision});
    }
  }
  all.same = all.hash == m.hash;
  if (all.same) all.copies.clear();
  if (all.copies.size() == wire::listed_max) all.last = all.copies.back().id;
  send(from, std::move(all), true);
}

void machine::on(node_number from, const wire::listing& m, steady_time now) {
  const auto found = std::ranges::find_if(ranges_, [&](const open_range& r) {
    return r.peer == from && r.disk == m.disk && r.first == m.first;
  });
  if (found == ranges_.end() || !known_.has_disk({from, m.disk})) return;
  const auto range = *found;
  if (m.same && m.hash != range_hash(range)) {
    // Something changed in between.
    if (++found->tries < 3) {
      found->sent = now;
      return send_range(*found, now);
    }
    ranges_.erase(found);
    return;
  }
  if (!m.same && m.last < range.last) {
    found->first = m.last;
    found->sent = now;
    send_range(*found, now);
  } else {
    ranges_.erase(found);
  }
  compare(range, m, now);
}

void machine::compare(const open_range& range, const wire::listing& m, steady_time now) {
  const auto last = std::min(range.last, m.last);
  auto there = m.copies.begin();
  std::vector<wire::listed_copy> unknown;
  for (auto at = rows_.lower_bound(range.first); at != rows_.end() && at->first <= last; ++at) {
    auto& [id, row] = *at;
    while (there != m.copies.end() && there->id < id) unknown.push_back(*there++);
    const bool listed_there = there != m.copies.end() && there->id == id;
    if (listed_there && row.phase != row_phase::owned) unknown.push_back(*there);
    auto* h = row.phase == row_phase::owned ? row.holder_on(range.peer, range.disk) : nullptr;
    if (listed_there && row.phase == row_phase::owned && h == nullptr) unknown.push_back(*there);
    // ◆ An answer may be older than what we have learnt since the question.
    if (h != nullptr && h->lacked != steady_time{} && range.sent <= h->lacked) h = nullptr;
    // Given back: not part of the digest, and not shown by one that is the same.
    if (h != nullptr && h->released) h = nullptr;
    if (h != nullptr && (m.same || (listed_there && there->version == row.owner.version))) {
      h->confirmed = true;
      h->lacks = h->denied = h->released = false;
      h->acked = m.same ? row.revision : std::max(h->acked, there->revision);
      if (h->acked < row.revision) wake(id, row.look, now);
      recount(at, now);
    } else if (h != nullptr && !h->released && !h->asked) {
      // ◆ It is believed to be there, and is not.
      h->confirmed = false;
      h->lacks = h->lacks || !listed_there;
      recount(at, now);
      wake(id, row.look, now);
    }
    if (listed_there) ++there;
  }
  unknown.insert(unknown.end(), there, m.copies.end());
  for (const auto& copy : unknown) listed(range.peer, range.disk, copy, now);
}

void machine::listed(node_number from, disk_id disk, const wire::listed_copy& copy,
                     steady_time now) {
  if (const auto g = graves_.find(copy.id); g != graves_.end()) {
    return send(from, del_of(copy.id, g->second), true);
  }
  const auto at = rows_.find(copy.id);
  if (at == rows_.end() || !ours(at->second)) return send(from, wire::stray{copy.id});
  auto& row = at->second;
  if (row.phase != row_phase::owned) return;
  row.holders.push_back({.who = {from, disk}});
  store(copy.id, row);
  wake(copy.id, row.look, now);
}

}  // namespace signpost::cluster::replication
