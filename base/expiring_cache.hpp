// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Values that are kept by name until a given time; the least recently used one is removed first.
//
//     expiring_cache<int> sizes(1000);
//     sizes.keep("a.example", 17, now + minutes(5));
//     if (const auto* kept = sizes.find("a.example", now)) use(kept->value);
//
// Threads: not thread-safe. Limits: the given number of entries; constant time.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"

namespace signpost {

template <typename Value>
class expiring_cache {
 public:
  struct entry {
    std::string name;
    Value value;
    steady_time expires;
  };

  /// 0 = keeps nothing.
  explicit expiring_cache(std::size_t entries_max) : entries_max_(entries_max) {}

  /// nullptr if there is none or it has expired; valid until the next call of any function.
  [[nodiscard]] const entry* find(std::string_view name, steady_time now) {
    const auto at = by_name_.find(name);
    if (at == by_name_.end()) return nullptr;
    if (at->second->expires <= now) {
      forget(at->second);
      return nullptr;
    }
    by_use_.splice(by_use_.begin(), by_use_, at->second);
    return &by_use_.front();
  }

  /// Replaces what was kept under that name.
  void keep(std::string_view name, Value value, steady_time expires) {
    if (entries_max_ == 0) return;
    if (const auto old = by_name_.find(name); old != by_name_.end()) forget(old->second);
    by_use_.push_front({std::string(name), std::move(value), expires});
    by_name_.emplace(by_use_.front().name, by_use_.begin());
    if (by_use_.size() > entries_max_) forget(std::prev(by_use_.end()));
  }

  [[nodiscard]] std::size_t size() const { return by_use_.size(); }

 private:
  using place = typename std::list<entry>::iterator;

  void forget(place which) {
    by_name_.erase(which->name);
    by_use_.erase(which);
  }

  std::size_t entries_max_;
  std::list<entry> by_use_;  ///< last used first
  std::unordered_map<std::string_view, place> by_name_;
};

}  // namespace signpost
