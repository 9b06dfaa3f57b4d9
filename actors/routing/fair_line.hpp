// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks of many owners that wait for a few workers. Each group of owners gets the same share of the
// work, and each owner the same share of its group's, however many owners a group has, however many
// tasks they have and however long these take.
//
//     line.add({.group = "account", .name = "example.org"}, task);  // false: too many are waiting
//     if (auto next = line.take()) { …do it…; line.done(next->owner, cost); }
//
// How it works: each group has a clock of its own, and each owner within its group; they advance by
// the cost of the tasks, and the one whose clock is behind all others is next (start-time fair
// queueing, Goyal, Vin and Cheng 1996). A new one begins at the clock of the one taken last:
// idle time is not saved up. One task of an owner runs at a time; of a group, as many as no group
// with fewer running tasks needs.
//
// Threads: one at a time. Limits: `per_owner_max`; `waiting_max`, of which a group may have as many
// as it leaves for the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace signpost::actors {

template <typename Task>
class fair_line {
 public:
  struct owner_id {
    std::string group;
    std::string name;  ///< within the group
  };
  struct taken {
    owner_id owner;
    Task task;
  };

  fair_line(std::size_t per_owner_max, std::size_t waiting_max)
      : per_owner_max_(per_owner_max), waiting_max_(waiting_max) {}

  /// False if the owner, or its group, already has as many waiting as allowed; the task is then not
  /// taken.
  [[nodiscard]] bool add(const owner_id& owner, Task& task) {
    if (!has_room(owner)) return false;
    const auto [at, fresh] = groups_.try_emplace(owner.group);
    auto& group = at->second;
    if (fresh || (group.is_idle() && group.clock < now_)) group.clock = now_;
    const auto [lane_at, fresh_lane] = group.lanes.try_emplace(owner.name);
    auto& lane = lane_at->second;
    if (fresh_lane || (lane.is_idle() && lane.clock < group.now)) lane.clock = group.now;
    unlist(*at);
    lane.tasks.push_back(std::move(task));
    ++group.waiting;
    ++waiting_;
    if (lane.tasks.size() == 1 && !lane.busy) group.ready.emplace(lane.clock, owner.name);
    list(*at);
    return true;
  }

  std::optional<taken> take() {
    if (ready_.empty()) return std::nullopt;
    auto& entry = *groups_.find(std::get<std::string>(*ready_.begin()));
    auto& group = entry.second;
    unlist(entry);
    now_ = group.clock;
    auto next = group.ready.extract(group.ready.begin());
    auto& lane = group.lanes.at(next.value().second);
    group.now = lane.clock;
    lane.busy = true;
    taken out{.owner = {.group = entry.first, .name = std::move(next.value().second)},
              .task = std::move(lane.tasks.front())};
    lane.tasks.pop_front();
    --group.waiting;
    --waiting_;
    ++group.busy;
    ++busy_;
    list(entry);
    return out;
  }

  /// Reports the cost of the owner's task that was taken.
  void done(const owner_id& owner, std::uint64_t cost) {
    auto& entry = *groups_.find(owner.group);
    auto& group = entry.second;
    unlist(entry);
    auto& lane = group.lanes.at(owner.name);
    lane.busy = false;
    lane.clock += cost;
    group.clock += cost;
    --group.busy;
    --busy_;
    if (!lane.tasks.empty()) group.ready.emplace(lane.clock, owner.name);
    forget_idle(group.lanes, group.is_idle(), group.now);
    list(entry);
    forget_idle(groups_, waiting_ == 0 && busy_ == 0, now_);
  }

  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  /// Owners that are remembered, because of waiting tasks or past use.
  [[nodiscard]] std::size_t owners() const {
    std::size_t sum = 0;
    for (const auto& [name, group] : groups_) sum += group.lanes.size();
    return sum;
  }

 private:
  static constexpr std::size_t idle_kept = 1024;

  struct owner_lane {
    std::uint64_t clock = 0;
    std::deque<Task> tasks = {};
    bool busy = false;
    [[nodiscard]] bool is_idle() const { return tasks.empty() && !busy; }
  };
  struct owner_group {
    std::uint64_t clock = 0;
    std::uint64_t now = 0;  ///< the clock of the owner taken last
    std::size_t waiting = 0;
    std::size_t busy = 0;
    std::map<std::string, owner_lane> lanes = {};
    std::set<std::pair<std::uint64_t, std::string>> ready = {};  ///< waiting and not busy
    [[nodiscard]] bool is_idle() const { return waiting == 0 && busy == 0; }
  };
  using group_entry = std::pair<const std::string, owner_group>;

  [[nodiscard]] bool has_room(const owner_id& owner) const {
    const auto at = groups_.find(owner.group);
    const auto has = at == groups_.end() ? 0 : at->second.waiting;
    if (has >= waiting_max_ - waiting_) return false;
    if (has == 0) return true;
    const auto lane = at->second.lanes.find(owner.name);
    return lane == at->second.lanes.end() || lane->second.tasks.size() < per_owner_max_;
  }

  static auto turn_of(const group_entry& entry) {
    return std::tuple(entry.second.busy, entry.second.clock, entry.first);
  }
  // Around every change that affects a group's turn.
  void unlist(const group_entry& entry) { ready_.erase(turn_of(entry)); }
  void list(const group_entry& entry) {
    if (!entry.second.ready.empty()) ready_.insert(turn_of(entry));
  }

  // Without competition nobody has used too much, and an idle one that is not ahead counts as new.
  template <typename Places>
  static void forget_idle(Places& places, bool all, std::uint64_t now) {
    if (all) {
      places.clear();
    } else if (places.size() > idle_kept) {
      std::erase_if(places, [now](const auto& one) {
        return one.second.is_idle() && one.second.clock <= now;
      });
    }
  }

  std::size_t per_owner_max_;
  std::size_t waiting_max_;
  std::size_t waiting_ = 0;
  std::size_t busy_ = 0;
  std::uint64_t now_ = 0;  ///< the clock of the group taken last
  std::map<std::string, owner_group> groups_;
  /// Groups with an owner whose turn it can be: how many are at work, the clock, the name.
  std::set<std::tuple<std::size_t, std::uint64_t, std::string>> ready_;
};

}  // namespace signpost::actors
