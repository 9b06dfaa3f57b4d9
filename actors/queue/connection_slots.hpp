// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many attempts all sites together may have under way, shared so that sites that never answer,
// however many, leave places for those that do.
//
//     auto place = slots.take({.held = mine, .proven = true}, leash, now);
//     if (!place) { … again in a moment … }
//
// A site gets another place as long as it has fewer than are free, and so does a tenant with all
// its sites. The last quarter is for sites that have answered lately. A request in vain cuts the
// attempt that has waited longest for a first answer, once it has waited for `patience`.
//
// Threads: any. The slots must outlive the places.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "actors/delivery/attempt_leash.hpp"
#include "base/clock.hpp"

namespace signpost::actors {

class connection_slots {
 public:
  explicit connection_slots(std::size_t max, milliseconds patience = std::chrono::seconds(15),
                            milliseconds patience_with_answered = std::chrono::seconds(30))
      : max_(max), patience_(patience), patience_with_answered_(patience_with_answered) {}
  connection_slots(const connection_slots&) = delete;
  connection_slots& operator=(const connection_slots&) = delete;

  struct asker {
    std::size_t held = 0;  ///< places that the site already has
    bool proven = false;   ///< its last attempts were answered
    std::string_view tenant = {};  ///< whose site it is; empty: not one tenant's alone
  };

 private:
  struct occupant {
    std::shared_ptr<attempt_leash> leash;
    steady_time since;
    std::string tenant;
  };
  using occupants = std::list<occupant>;

 public:
  /// Given back when destroyed.
  class place {
   public:
    place() = default;
    place(connection_slots& slots, occupants::iterator at) : slots_(&slots), at_(at) {}
    place(place&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)), at_(other.at_) {}
    place& operator=(place&& other) noexcept {
      if (this != &other) {
        give_back();
        slots_ = std::exchange(other.slots_, nullptr);
        at_ = other.at_;
      }
      return *this;
    }
    ~place() { give_back(); }
    void give_back() {
      if (auto* const slots = std::exchange(slots_, nullptr)) slots->remove(at_);
    }
    explicit operator bool() const { return slots_ != nullptr; }

   private:
    connection_slots* slots_ = nullptr;
    occupants::iterator at_;
  };

  /// No place: ask again later.
  [[nodiscard]] place take(const asker& who, std::shared_ptr<attempt_leash> leash,
                           steady_time now) {
    const std::lock_guard lock(mutex_);
    const auto most = who.proven ? max_ : max_ - max_ / 4;
    // The last part is for sites that have no place yet.
    const auto taken = running_.size() + (who.held > 0 ? most / 16 : 0);
    const auto free = most > taken ? most - taken : 0;
    if (free == 0 || who.held >= free || held_by(who.tenant) >= free) {
      if (!cut_silent(now) && who.held == 0) cut_oldest(now);
      return {};
    }
    running_.push_back({std::move(leash), now, std::string(who.tenant)});
    if (!who.tenant.empty()) ++of_tenants_[running_.back().tenant];
    return {*this, std::prev(running_.end())};
  }
  [[nodiscard]] std::size_t used() const {
    const std::lock_guard lock(mutex_);
    return running_.size();
  }

 private:
  void remove(occupants::iterator at) {
    const std::lock_guard lock(mutex_);
    const auto its = of_tenants_.find(at->tenant);
    if (its != of_tenants_.end() && --its->second == 0) of_tenants_.erase(its);
    running_.erase(at);
  }
  [[nodiscard]] std::size_t held_by(std::string_view tenant) const {
    const auto its = of_tenants_.find(tenant);
    return its == of_tenants_.end() ? 0 : its->second;
  }
  bool cut_silent(steady_time now) {
    for (const auto& one : running_) {
      if (now - one.since < patience_) return false;
      if (!one.leash->answered() && one.leash->cut(cut_reason::others_wait)) return true;
    }
    return false;
  }
  void cut_oldest(steady_time now) {
    for (const auto& one : running_) {
      if (now - one.since < patience_with_answered_) return;
      if (one.leash->cut(cut_reason::others_wait)) return;
    }
  }

  const std::size_t max_;
  const milliseconds patience_;
  const milliseconds patience_with_answered_;
  mutable std::mutex mutex_;
  occupants running_;  // guarded by mutex_; in the order in which they began
  std::map<std::string, std::size_t, std::less<>> of_tenants_;  // guarded by mutex_
};

}  // namespace signpost::actors
