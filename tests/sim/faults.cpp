// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong in a run.
#include <algorithm>
#include <array>

#include "tests/sim/world.hpp"

namespace signpost::sim {
namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000'000;
/// A disk's memory of renewals tells an older copy of it after that time.
constexpr std::int64_t backup_age_min = 140 * second;

}  // namespace

node_number world::some_node() {
  return static_cast<node_number>(1 + random_.below(nodes_.size()));
}

/// 0: none is.
node_number world::some_running_node() {
  for (int i = 0; i < 8; ++i) {
    const auto n = some_node();
    if (node(n).running() && node(n).paused_until <= now_) return n;
  }
  return 0;
}

void world::fault() {
  if (over_) return;
  post(random_.between(2 * second, 12 * second), {.kind = event_kind::fault});
  ++result_.faults;
  if (calm_) {
    // A rolling restart: one node after another.
    const bool all_up =
        std::ranges::all_of(nodes_, [](const auto& n) { return n->running() && !n->starting; });
    if (all_up) crash(some_node(), random_.between(100 * ms, 4 * second));
    return;
  }
  using kind = void (world::*)();
  static constexpr std::array<std::pair<kind, unsigned>, 15> kinds{{
      {&world::fault_crash, 16},
      {&world::fault_pause, 10},
      {&world::fault_partition, 14},
      {&world::fault_coordinator, 8},
      {&world::fault_cut_from_coordinator, 5},
      {&world::fault_wipe, 14},
      {&world::fault_long_absence, 2},
      {&world::fault_old_disk, 3},
      {&world::fault_unreadable, 5},
      {&world::fault_drain, 5},
      {&world::fault_full, 4},
      {&world::fault_useless, 3},
      {&world::fault_network, 7},
      {&world::fault_remove_message, 4},
  }};
  unsigned all = 0;
  for (const auto& k : kinds) all += k.second;
  auto left = random_.below(all);
  for (const auto& [what, weight] : kinds) {
    if (left < weight) return (this->*what)();
    left -= weight;
  }
}

void world::crash(node_number n, std::int64_t away_us) {
  trace("node %u crashes for %.1f s", n, static_cast<double>(away_us) / 1e6);
  node(n).crash();
  if (!node(n).gone) post(away_us, {.kind = event_kind::start, .node = n});
}

void world::fault_crash() {
  if (const auto n = some_running_node(); n != 0) {
    crash(n, random_.in(3) ? random_.between(20 * second, 50 * second)
                           : random_.between(100 * ms, 6 * second));
  }
}

void world::fault_long_absence() {
  if (const auto n = some_running_node(); n != 0) crash(n, 100 * second);
}

void world::fault_pause() {
  const auto n = some_running_node();
  if (n == 0) return;
  const auto length = random_.in(2) ? random_.between(20 * second, 45 * second)
                                    : random_.between(500 * ms, 10 * second);
  trace("node %u is paused for %.1f s", n, static_cast<double>(length) / 1e6);
  node(n).paused_until = now_ + length;
}

void world::fault_partition() {
  const auto width = options_.nodes + 1;
  const auto until = now_ + (random_.in(2) ? random_.between(1 * second, 8 * second)
                                           : random_.between(15 * second, 50 * second));
  const auto cut = [&](std::size_t from, std::size_t to) { cut_until_[from * width + to] = until; };
  switch (random_.below(4)) {
    case 0: {  // one way
      const auto a = some_node();
      const auto b = some_node();
      trace("node %u does not reach node %u", a, b);
      return cut(a, b);
    }
    case 1: {  // not transitive
      const auto a = some_node();
      const auto b = some_node();
      trace("nodes %u and %u do not reach each other", a, b);
      cut(a, b);
      return cut(b, a);
    }
    default: {
      const auto side = random_.next();
      trace("a partition: %llx", static_cast<unsigned long long>(side & 0xFF));
      for (std::size_t a = 1; a < width; ++a) {
        for (std::size_t b = 1; b < width; ++b) {
          if ((side >> a & 1U) != (side >> b & 1U)) cut(a, b);
        }
      }
    }
  }
}

void world::fault_coordinator() {
  switch (random_.below(3)) {
    case 0:
      coordinator_away_until_ = now_ + random_.between(5 * second, 60 * second);
      trace("the coordinator is away");
      return;
    case 1:
      coordinator_away_until_ = now_ + random_.between(100 * ms, 5 * second);
      shared_.go_back(1 + random_.below(10));
      went_back_at_ = now_;
      trace("the coordinator goes back in time");
      return;
    default:
      shared_.jump(random_.between(-60'000, 60'000));
      trace("the coordinator's clock jumps");
  }
}

void world::fault_cut_from_coordinator() {
  const auto n = some_node();
  node(n).cut_from_coordinator_until = now_ + random_.between(5 * second, 50 * second);
  trace("node %u does not reach the coordinator", n);
}

/// So many disks as may fail at once, and after that only when all is believed repaired.
bool world::may_lose_a_disk(node_number n) {
  if (node(n).gone || node(n).starting) return false;
  if (disks_to_lose_ == 0) {
    if (!believes_repaired(0)) return false;
    disks_to_lose_ = options_.copies - 1;
  }
  --disks_to_lose_;
  return true;
}

void world::fault_wipe() {
  const auto n = some_node();
  if (!node(n).draining && may_lose_a_disk(n)) wipe(n);
}

void world::wipe(node_number n) {
  ++result_.wiped;
  trace("node %u loses its disk", n);
  node(n).crash();
  node(n).disk = sim_disk{.tenure = 0};
  post(random_.in(2) ? random_.between(100 * ms, 4 * second)
                     : random_.between(15 * second, 40 * second),
       {.kind = event_kind::start, .node = n});
}

void world::backups() {
  for (const auto& n : nodes_) {
    if (n->running() && (!n->backup || random_.in(150))) {
      n->backup = n->disk;
      n->backup_at = now_;
    }
  }
}

// A clone, or a backup: rows of the past, and without what came since.
void world::fault_old_disk() {
  const auto n = some_node();
  auto& old = node(n);
  if (!old.backup || now_ - old.backup_at < backup_age_min || old.draining) return;
  if (now_ - went_back_at_ < 60 * second || !may_lose_a_disk(n)) return;
  trace("node %u begins on a backup of %.0f s ago", n,
        static_cast<double>(now_ - old.backup_at) / 1e6);
  ++result_.wiped;
  old.crash();
  old.disk = *old.backup;
  post(2 * second, {.kind = event_kind::start, .node = n});
}

void world::fault_unreadable() {
  const auto n = some_running_node();
  if (n == 0 || node(n).disk.rows.empty() || !may_lose_a_disk(n)) return;
  auto at = node(n).disk.rows.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(node(n).disk.rows.size())));
  trace("node %u cannot read %s", n, name(at->first).c_str());
  node(n).machine().found_unreadable(queue_id(at->first), now());
}

void world::fault_drain() {
  const auto n = some_running_node();
  if (n == 0 || node(n).draining || now_ < coordinator_away_until_) return;
  const auto leaving = std::ranges::count_if(nodes_, [](const auto& each) {
    return each->draining && !each->gone;
  });
  const auto left = nodes_.size() - removed_ - static_cast<std::size_t>(leaving) - 1;
  if (left < options_.copies) return;
  ++result_.drains;
  node(n).draining = true;
  node(n).drain_until = now_ + 80 * second;
  trace("node %u is drained", n);
}

void world::watch_drains() {
  if (now_ < coordinator_away_until_) return;
  for (const auto& n : nodes_) {
    auto& row = shared_.of(n->number);
    if (n->gone) {
      // Nobody may have learnt it before the coordinator forgot it.
      row.is.removed = true;
      continue;
    }
    row.is.draining = n->draining;
    if (!n->draining) continue;
    if (now_ > n->drain_until) {
      n->draining = row.is.draining = false;
      trace("the drain of node %u is given up", n->number);
    } else if (n->running() && n->paused_until <= now_ && n->machine().drained()) {
      ++result_.drained;
      n->draining = false;
      if (nodes_.size() - removed_ - 1 <= options_.copies || random_.in(2)) {
        row.is.draining = false;
        trace("node %u is drained, and stays after all", n->number);
        continue;
      }
      trace("node %u is drained and removed", n->number);
      ++removed_;
      row.is.removed = true;
      row.is.ended = row.is.tenure;
      n->crash();
      n->gone = true;
      // Whoever is drained is not missed: another disk may fail right now.
      const auto other = some_node();
      if (random_.in(2)) post(1, {.kind = event_kind::disk_fails, .node = other});
    }
  }
}

void world::fault_full() {
  const auto n = some_node();
  node(n).full_until = now_ + random_.between(5 * second, 40 * second);
  trace("the disk of node %u is full", n);
}

void world::fault_useless() {
  const auto n = some_node();
  node(n).useless_until = now_ + random_.between(10 * second, 45 * second);
  trace("node %u is alive and useless", n);
}

void world::fault_network() {
  bad_network_until_ = now_ + random_.between(3 * second, 20 * second);
  loss_percent_ = 15;
  twice_percent_ = 15;
  delay_max_us_ = 2 * second;
  trace("messages are lost, late, and come twice");
}

void world::fault_remove_message() {
  const auto n = some_running_node();
  if (n == 0) return;
  for (const auto& [id, row] : node(n).disk.rows) {
    if (!node(n).machine().owns(id) || !books_.of(id).acknowledged) continue;
    for (auto& r : books_.of(id).recipients) r.removed = true;
    trace("an operator removes %s", name(id).c_str());
    return node(n).machine().remove(queue_id(id), 1, now());
  }
}

void world::heal_all() {
  over_ = true;
  trace("everything is well again");
  std::ranges::fill(cut_until_, 0);
  coordinator_away_until_ = 0;
  loss_percent_ = twice_percent_ = 0;
  delay_max_us_ = 4 * ms;
  for (const auto& n : nodes_) {
    if (n->gone) continue;
    n->useless_until = n->full_until = n->cut_from_coordinator_until = 0;
    n->draining = shared_.of(n->number).is.draining = false;
    // A pause ends when it would have: what has waited for its end does so, too.
    post(1 * second, {.kind = event_kind::start, .node = n->number});
  }
}

}  // namespace signpost::sim
