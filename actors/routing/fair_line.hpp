// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks of many owners that wait for a few workers, so that each owner has the same share of the
// work however many tasks it has and however long they take.
//
//     line.add("example.org", task);         // false: the owner has too many waiting
//     if (auto next = line.take()) { …do it…; line.done(next->owner, cost); }
//
// How it works: each owner has a clock of its own, which goes on by what its tasks cost; the owner
// whose clock is behind all others is next (start-time fair queueing, Goyal, Vin and Cheng 1996).
// Who comes anew begins at the clock of the one taken last: idle time is not saved up. One task of
// an owner is done at a time.
//
// Threads: one at a time. Limits: `per_owner_max`, `waiting_max`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace signpost::actors {

template <typename Task>
class fair_line {
 public:
  struct taken {
    std::string owner;
    Task task;
  };

  fair_line(std::size_t per_owner_max, std::size_t waiting_max)
      : per_owner_max_(per_owner_max), waiting_max_(waiting_max) {}

  /// False if the owner, or all together, have as many waiting as they may: then it is not taken.
  [[nodiscard]] bool add(const std::string& owner, Task& task) {
    if (waiting_ >= waiting_max_) return false;
    const auto [at, fresh] = owners_.try_emplace(owner);
    auto& lane = at->second;
    if (lane.tasks.size() >= per_owner_max_) return false;
    if (fresh || (lane.is_idle() && lane.clock < now_)) lane.clock = now_;
    lane.tasks.push_back(std::move(task));
    ++waiting_;
    if (lane.tasks.size() == 1 && !lane.busy) ready_.emplace(lane.clock, owner);
    return true;
  }

  std::optional<taken> take() {
    if (ready_.empty()) return std::nullopt;
    auto next = ready_.extract(ready_.begin());
    auto& lane = owners_.at(next.value().second);
    now_ = lane.clock;
    lane.busy = true;
    taken out{.owner = std::move(next.value().second), .task = std::move(lane.tasks.front())};
    lane.tasks.pop_front();
    --waiting_;
    ++busy_;
    return out;
  }

  /// What the owner's task that was taken has cost.
  void done(const std::string& owner, std::uint64_t cost) {
    auto& lane = owners_.at(owner);
    lane.busy = false;
    lane.clock += cost;
    --busy_;
    if (!lane.tasks.empty()) ready_.emplace(lane.clock, owner);
    forget();
  }

  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  /// Owners that are remembered, for what they wait for or for what they have had.
  [[nodiscard]] std::size_t owners() const { return owners_.size(); }

 private:
  static constexpr std::size_t owners_kept = 1024;

  struct owner_lane {
    std::uint64_t clock = 0;
    std::deque<Task> tasks = {};
    bool busy = false;
    [[nodiscard]] bool is_idle() const { return tasks.empty() && !busy; }
  };

  // Where nobody competes nobody has had too much; and who is idle and not ahead is as one anew.
  void forget() {
    if (waiting_ == 0 && busy_ == 0) {
      owners_.clear();
    } else if (owners_.size() > owners_kept) {
      std::erase_if(owners_, [this](const auto& one) {
        return one.second.is_idle() && one.second.clock <= now_;
      });
    }
  }

  std::size_t per_owner_max_;
  std::size_t waiting_max_;
  std::size_t waiting_ = 0;
  std::size_t busy_ = 0;
  std::uint64_t now_ = 0;  ///< the clock of the owner that was taken last
  std::map<std::string, owner_lane> owners_;
  std::set<std::pair<std::uint64_t, std::string>> ready_;  ///< that wait and are not busy
};

}  // namespace signpost::actors
