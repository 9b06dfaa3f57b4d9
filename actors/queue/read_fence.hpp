// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Shows whether a page read from the spool is older than what has since happened to an entry: a
// read that began before the change may show the entry as it was.
//
//     const auto ticket = fence.begin();  … read …  fence.changed(key);
//     fence.stale(key, ticket);           // true: this page must not be believed about it
//     fence.end(ticket);
//
// Threads: one at a time. Limits: remembers what changed since the oldest read under way began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

namespace signpost::actors {

template <typename Key, typename Hash>
class read_fence {
 public:
  using ticket = std::uint64_t;
  /// The ticket for knowledge at first hand: never stale.
  static constexpr ticket always = UINT64_MAX;

  [[nodiscard]] ticket begin() {
    under_way_.insert(++last_);
    return last_;
  }
  void end(ticket t) {
    under_way_.erase(t);
    while (!order_.empty() && (under_way_.empty() || order_.front().first < *under_way_.begin())) {
      const auto it = changed_.find(order_.front().second);
      if (it != changed_.end() && it->second == order_.front().first) changed_.erase(it);
      order_.pop_front();
    }
  }
  void changed(const Key& key) {
    if (under_way_.empty()) return;
    changed_[key] = last_;
    order_.emplace_back(last_, key);
  }

  [[nodiscard]] bool stale(const Key& key, ticket t) const {
    const auto it = changed_.find(key);
    return it != changed_.end() && it->second >= t;
  }
  [[nodiscard]] std::size_t reads() const { return under_way_.size(); }
  [[nodiscard]] std::size_t remembered() const { return changed_.size(); }

 private:
  ticket last_ = 0;
  std::set<ticket> under_way_;
  std::unordered_map<Key, ticket, Hash> changed_;
  std::deque<std::pair<ticket, Key>> order_;
};

}  // namespace signpost::actors
