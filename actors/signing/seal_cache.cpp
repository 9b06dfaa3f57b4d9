// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/seal_cache.hpp"

#include "base/assert.hpp"

namespace signpost::actors {

std::optional<std::string> seal_cache::find(const std::string& name, const keys_ptr& keys,
                                            steady_time now) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(name);
  if (at == entries_.end() || at->second.keys != keys || now - at->second.made > age_max) {
    return std::nullopt;
  }
  return at->second.prefix;
}

void seal_cache::put(const std::string& name, std::string prefix, keys_ptr keys, steady_time now) {
  if (prefix.size() > octets_max) return;
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(name);
  if (is_new) order_.push_back(name);
  octets_ += prefix.size() - at->second.prefix.size();
  at->second = {.prefix = std::move(prefix), .keys = std::move(keys), .made = now};
  while (order_.size() > entries_max || octets_ > octets_together_max) forget_oldest();
  SP_ASSERT(order_.size() == entries_.size());
}

void seal_cache::forget_oldest() {
  const auto at = entries_.find(order_.front());
  octets_ -= at->second.prefix.size();
  entries_.erase(at);
  order_.pop_front();
}

std::size_t seal_cache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t seal_cache::octets() const {
  const std::lock_guard lock(mutex_);
  return octets_;
}

}  // namespace signpost::actors
