// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/auth/key_cache.hpp"

#include <algorithm>

namespace signpost::actors {

std::optional<dkim::found_key> key_cache::find(std::string_view name) {
  const auto now = time_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto at = by_name_.find(name);
  if (at == by_name_.end()) return std::nullopt;
  if (at->second->expires <= now) {
    forget(at->second);
    return std::nullopt;
  }
  by_use_.splice(by_use_.begin(), by_use_, at->second);
  return at->second->key;
}

void key_cache::keep(std::string_view name, const dkim::found_key& key, seconds ttl) {
  if (ttl.count() <= 0 || entries_max_ == 0) return;
  const auto expires = time_.steady_now() + std::min(ttl, kept_key_ttl_max);
  const std::lock_guard lock(mutex_);
  if (const auto old = by_name_.find(name); old != by_name_.end()) forget(old->second);
  by_use_.push_front({std::string(name), key, expires});
  by_name_.emplace(by_use_.front().name, by_use_.begin());
  if (by_use_.size() > entries_max_) forget(std::prev(by_use_.end()));
}

std::size_t key_cache::size() const {
  const std::lock_guard lock(mutex_);
  return by_use_.size();
}

void key_cache::forget(std::list<entry>::iterator which) {
  by_name_.erase(which->name);
  by_use_.erase(which);
}

}  // namespace signpost::actors
