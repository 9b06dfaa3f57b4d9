// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/leases/lease_machine.hpp"

#include <algorithm>

namespace signpost::cluster::leases {

// ◆ No clock but our own, between two of our own questions; the statement compares once more.
bool fencing_rule::may_fence(const observation& seen, const lease_options& options) const {
  return seen.until - seen.since >= options.fence_after;
}

lease_machine::peer& lease_machine::at(node_number node) {
  const auto found =
      std::ranges::find_if(peers_, [node](const peer& p) { return p.row.node == node; });
  if (found != peers_.end()) return *found;
  peers_.push_back({.row = {.node = node}});
  return peers_.back();
}

const lease_machine::peer* lease_machine::find(node_number node) const {
  const auto found =
      std::ranges::find_if(peers_, [node](const peer& p) { return p.row.node == node; });
  return found == peers_.end() ? nullptr : &*found;
}

void lease_machine::restore(std::span<const member_row> rows, steady_time now) {
  started_ = proof_ = next_renewal_ = next_beat_ = now;
  for (const auto& row : rows) at(row.node).row = row;
  auto& mine = at(self_.node).row;
  mine.disk = self_.disk;
  mine.tenure = std::max(mine.tenure, self_.tenure);
  mine.starts = self_.starts;
}

bool lease_machine::live() const {
  const auto* mine = find(self_.node);
  return mine != nullptr && !mine->row.removed && self_.tenure > mine->row.ended;
}

steady_time lease_machine::lease_until() const {
  return ever_renewed_ ? renewed_sent_ + options_.own_validity : steady_time{};
}

std::size_t lease_machine::member_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(peers_, [](const peer& p) { return !p.row.removed; }));
}

bool lease_machine::up(const peer& p, steady_time now) const {
  return p.was_heard && p.hears_us && now < p.heard + options_.down_after;
}

std::size_t lease_machine::heard_both_ways(steady_time now) const {
  std::size_t count = 1;
  for (const auto& p : peers_) {
    if (p.row.node != self_.node && !p.row.removed && up(p, now)) ++count;
  }
  return count;
}

bool lease_machine::may_serve(steady_time now) const {
  if (left_ || !live()) return false;
  if (ever_renewed_ && now < lease_until()) return true;
  // Without the coordinator: useless nodes stop, and so does one that others could have fenced.
  if (now >= proof_ + options_.proof_age_max) return false;
  const auto mine = ever_renewed_ ? std::max(renewed_sent_, started_) : started_;
  if (others_renew_after(mine + options_.renewals_apart, now)) return false;
  return 2 * heard_both_ways(now) > member_count();
}

// Of those that are heard now, and what each of them said last: a heartbeat that was late is
// corrected by the next one.
bool lease_machine::others_renew_after(steady_time when, steady_time now) const {
  return std::ranges::any_of(peers_, [&](const peer& p) {
    if (p.row.node == self_.node || !p.was_heard || now >= p.heard + options_.down_after) {
      return false;
    }
    return (p.renewed && *p.renewed > when) || (p.others_renewed && *p.others_renewed > when);
  });
}

void lease_machine::tick(steady_time now) {
  if (left_) return;
  if (now >= next_beat_) {
    next_beat_ = now + options_.heartbeat_every;
    beat(now);
  }
  if (renewing_ && now >= renewal_sent_ + options_.renewal_deadline) not_renewed(now);
  if (now >= next_renewal_ && !renewing_) renew(now);
  if (!live() && now >= next_ask_ && !find(self_.node)->row.removed) {
    next_ask_ = now + options_.renew_every;
    out_.ask_for_tenure(std::max(find(self_.node)->row.ended, self_.tenure));
  }
}

void lease_machine::renew(steady_time now) {
  next_renewal_ = now + options_.renew_every;
  if (now >= proof_ + options_.proof_age_max) return;
  renewing_ = true;
  renewal_sent_ = now;
  // ◆ Never a number twice, which "one more" in the database would give after it went back.
  ++self_.renewals;
  std::vector<member_row> rows;
  rows.reserve(peers_.size());
  for (const auto& p : peers_) rows.push_back(p.row);
  out_.renew(self_, via_, rows);
}

void lease_machine::renewed(steady_time sent, std::uint64_t timeline,
                            std::span<const member_row> rows, steady_time now) {
  if (left_) return;
  if (renewing_ && sent == renewal_sent_) renewing_ = false;
  renewed_sent_ = ever_renewed_ ? std::max(renewed_sent_, sent) : sent;
  ever_renewed_ = true;
  bool learnt = false;
  for (const auto& row : rows) {
    learnt = learn(row) || learnt;
    auto& p = at(row.node);
    p.row.renewals = row.renewals;
    p.row.domain = row.domain;
    p.row.draining = row.draining;
    p.row.keeps_copies = row.keeps_copies;
    if (row.node != self_.node) observe(row, timeline, sent, now);
  }
  if (learnt) keep_rows();
  look_at_self();
  fence_the_silent(now);
}

void lease_machine::told(std::span<const member_row> rows, steady_time now) {
  renewing_ = false;
  for (auto& p : peers_) p.observed = false;
  bool learnt = false;
  for (const auto& row : rows) learnt = learn(row) || learnt;
  if (learnt) keep_rows();
  look_at_self();
  next_ask_ = std::min(next_ask_, now);
}

void lease_machine::observe(const member_row& row, std::uint64_t timeline, steady_time sent,
                            steady_time now) {
  auto& p = at(row.node);
  // ◆ Looked at without a gap, on one timeline: a coordinator that went back has forgotten
  // renewals for which others still serve.
  const bool watched = sent - p.seen.until <= 2 * options_.renew_every;
  const bool same = p.observed && watched && p.seen.tenure == row.tenure
                    && p.seen.starts == row.starts && p.seen.renewals == row.renewals
                    && p.seen.timeline == timeline;
  if (!same) {
    p.seen = {.node = row.node,
              .tenure = row.tenure,
              .starts = row.starts,
              .renewals = row.renewals,
              .timeline = timeline,
              .since = now,
              .until = now};
  }
  p.observed = true;
  p.seen.until = std::max(p.seen.until, sent);
}

void lease_machine::not_renewed(steady_time now) {
  renewing_ = false;
  // ◆ While our own renewals fail we do not know who renews: the wait begins again.
  for (auto& p : peers_) p.observed = false;
  // Whoever can reach the coordinator does it for us: each peer once, then ourselves.
  std::vector<node_number> ways{0};
  for (const auto& p : peers_) {
    if (p.row.node != self_.node && !p.row.removed && up(p, now)) ways.push_back(p.row.node);
  }
  via_ = ways[++next_relay_ % ways.size()];
  next_renewal_ = std::min(next_renewal_, now + options_.renew_every / 4);
}

void lease_machine::fence_the_silent(steady_time now) {
  const bool half = 2 * heard_both_ways(now) >= member_count();
  for (auto& p : peers_) {
    if (p.row.node == self_.node || !p.observed || p.row.removed) continue;
    if (p.seen.tenure <= p.row.ended || !rule_.may_fence(p.seen, options_)) continue;
    // Too few of us: the others may be a cluster of their own, for a while.
    if (!half && p.seen.until - p.seen.since < options_.minority_patience) continue;
    if (p.fencing && now < p.fenced_at + options_.renew_every) continue;
    p.fencing = true;
    p.fenced_at = now;
    out_.fence(p.seen);
  }
}

// ◆ Ended tenures and removals are a set that only grows, on every disk: a database that forgot
// them learns them again.
bool lease_machine::learn(const member_row& row) {
  auto& known = at(row.node).row;
  bool durable_news = false;
  if (row.ended > known.ended) {
    known.ended = row.ended;
    durable_news = true;
  }
  if (row.removed && !known.removed) {
    known.removed = true;
    durable_news = true;
  }
  if (row.node == self_.node) return durable_news;
  if (row.tenure > known.tenure) {
    known.tenure = row.tenure;
    durable_news = true;
  }
  if (row.starts > known.starts || known.disk == 0) {
    durable_news = durable_news || known.disk != row.disk;
    known.starts = row.starts;
    known.disk = row.disk;
  }
  return durable_news;
}

void lease_machine::look_at_self() {
  const auto& mine = find(self_.node)->row;
  if (mine.removed && !left_) {
    left_ = true;
    out_.leave(leave_reason::removed, {.node = self_.node});
  }
}

void lease_machine::replaced() {
  if (left_) return;
  left_ = true;
  out_.leave(leave_reason::replaced, {.node = self_.node});
}

void lease_machine::granted(tenure_number tenure, steady_time now) {
  if (tenure <= self_.tenure) return;
  self_.tenure = tenure;
  at(self_.node).row.tenure = tenure;
  next_renewal_ = std::min(next_renewal_, now);
  keep_rows();
}

// A node of the cluster may be wrong, or not what it was: nobody is known by hearsay alone, and
// numbers that only grow do not jump.
bool lease_machine::believable(const wire::member_news& news) const {
  constexpr tenure_number tenure_max = (1U << 24) - 1;
  constexpr tenure_number tenures_at_once = 64;
  constexpr std::uint64_t starts_at_once = 1U << 16;
  const auto* known = find(news.node);
  if (known == nullptr) return false;
  const auto tenure = std::max(known->row.tenure, known->row.ended);
  const auto most = std::min(tenure_max, tenure + tenures_at_once);
  return news.tenure <= most && news.ended <= most
         && news.starts <= known->row.starts + starts_at_once;
}

void lease_machine::heard(node_number from, const wire::heartbeat& beat, steady_time now) {
  if (left_ || from == self_.node || find(from) == nullptr) return;
  const auto of = [&](node_number node) {
    return std::ranges::find(beat.members, node, &wire::member_news::node);
  };
  const auto sender = of(from);
  // Of an earlier process.
  if (sender == beat.members.end() || sender->starts < at(from).row.starts) return;
  bool learnt = false;
  for (const auto& m : beat.members) {
    if (!believable(m)) continue;
    learnt = learn({.node = m.node,
                    .disk = m.disk,
                    .tenure = m.tenure,
                    .ended = m.ended,
                    .starts = m.starts,
                    .removed = m.removed})
             || learnt;
  }
  if (learnt) keep_rows();
  const auto mine = of(self_.node);
  auto& p = at(from);
  p.boot = beat.boot;
  p.full = beat.full;
  p.hears_us = mine != beat.members.end() && mine->heard;
  p.was_heard = true;
  p.heard = now;
  const auto when = [now](std::optional<std::uint64_t> ago) -> std::optional<steady_time> {
    constexpr std::uint64_t ages_max = 1'000ULL * 3'600 * 24 * 365;
    if (!ago || *ago > ages_max) return std::nullopt;
    return now - milliseconds(*ago);
  };
  p.renewed = when(beat.renewed_ms_ago);
  p.others_renewed = when(beat.others_renewed_ms_ago);
  look_at_self();
  // A later process of this node was seen, or another disk: there is one, or there was one and
  // coordinator and disk have forgotten it. If there is one, the next start is refused.
  if (left_ || mine == beat.members.end() || !believable(*mine)) return;
  const bool other_disk =
      mine->starts == self_.starts && mine->disk != 0 && mine->disk != self_.disk;
  if (mine->starts > self_.starts || other_disk || mine->tenure > self_.tenure) {
    left_ = true;
    out_.leave(leave_reason::behind, *mine);
  }
}

void lease_machine::beat(steady_time now) {
  wire::heartbeat b{.boot = self_.boot,
                    .draining = find(self_.node)->row.draining,
                    .full = full_};
  const auto ago = [now](steady_time when) {
    const auto ms = std::chrono::duration_cast<milliseconds>(now - when).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
  };
  if (ever_renewed_) b.renewed_ms_ago = ago(renewed_sent_);
  b.members.reserve(peers_.size());
  for (const auto& p : peers_) {
    const bool heard_now = p.was_heard && now < p.heard + options_.down_after;
    if (heard_now && p.renewed) {
      b.others_renewed_ms_ago =
          std::min(b.others_renewed_ms_ago.value_or(UINT64_MAX), ago(*p.renewed));
    }
    b.members.push_back({.node = p.row.node,
                         .disk = p.row.disk,
                         .tenure = p.row.tenure,
                         .ended = p.row.ended,
                         .starts = p.row.starts,
                         .heard = heard_now,
                         .removed = p.row.removed});
  }
  out_.beat(b);
}

void lease_machine::keep_rows() {
  std::vector<member_row> rows;
  rows.reserve(peers_.size());
  for (const auto& p : peers_) rows.push_back(p.row);
  out_.keep(rows);
}

std::vector<member> lease_machine::view(steady_time now) const {
  std::vector<member> all;
  all.reserve(peers_.size());
  for (const auto& p : peers_) {
    const bool self = p.row.node == self_.node;
    all.push_back({.node = p.row.node,
                   .disk = self ? self_.disk : p.row.disk,
                   .tenure = self ? self_.tenure : p.row.tenure,
                   .ended = p.row.ended,
                   .boot = self ? self_.boot : p.boot,
                   .domain = p.row.domain,
                   .up = self || (!p.row.removed && up(p, now)),
                   .draining = p.row.draining,
                   .full = self ? full_ : p.full,
                   .keeps_copies = p.row.keeps_copies,
                   .removed = p.row.removed});
  }
  return all;
}

join_decision decide_join(const disk_memory& disk, const member_row& first,
                          const member_row& second) {
  if (second.renewals != first.renewals) return join_decision::refused;
  const bool behind = disk.starts < second.starts || disk.tenure < second.tenure
                      || disk.renewals + 2 * renewals_noted_every < second.renewals;
  return behind ? join_decision::old_disk : join_decision::same_disk;
}

}  // namespace signpost::cluster::leases
