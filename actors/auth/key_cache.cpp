// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/auth/key_cache.hpp"

#include <algorithm>

namespace signpost::actors {

std::optional<dkim::found_key> key_cache::find(std::string_view name) {
  const auto now = time_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto* kept = kept_.find(name, now);
  return kept == nullptr ? std::nullopt : std::optional(kept->value);
}

void key_cache::keep(std::string_view name, const dkim::found_key& key, seconds ttl) {
  if (ttl.count() <= 0) return;
  const auto expires = time_.steady_now() + std::min(ttl, kept_key_ttl_max);
  const std::lock_guard lock(mutex_);
  kept_.keep(name, key, expires);
}

std::size_t key_cache::size() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace signpost::actors
