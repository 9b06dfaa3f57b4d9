// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/answer_cache.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::dns {

std::string question_key(const question& q) {
  std::string key = to_lower(q.name);
  if (key.ends_with('.')) key.pop_back();
  key.push_back('/');
  key += std::to_string(static_cast<unsigned>(q.type));
  return key;
}

std::optional<answer> answer_cache::find(const std::string& key, steady_time now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const auto kept = found->second;
  if (kept->expires <= now) {
    by_key_.erase(found);
    by_use_.erase(kept);
    return std::nullopt;
  }
  by_use_.splice(by_use_.begin(), by_use_, kept);
  answer left = kept->what;
  left.ttl = std::chrono::ceil<std::chrono::seconds>(kept->expires - now);
  return left;
}

void answer_cache::keep(const std::string& key, const answer& what, steady_time now) {
  const bool lasts = what.status == status::records || what.status == status::nxdomain
                     || what.status == status::nodata;
  if (!lasts || what.ttl.count() <= 0 || entries_max_ == 0) return;
  if (const auto old = by_key_.find(key); old != by_key_.end()) {
    const auto kept = old->second;
    by_key_.erase(old);
    by_use_.erase(kept);
  }
  by_use_.push_front({key, what, now + std::min(what.ttl, cached_ttl_s_max)});
  by_key_.emplace(by_use_.front().key, by_use_.begin());
  if (by_key_.size() > entries_max_) {
    by_key_.erase(by_use_.back().key);
    by_use_.pop_back();
  }
}

}  // namespace signpost::dns
