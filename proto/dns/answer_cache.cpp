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
  const auto* kept = kept_.find(key, now);
  if (kept == nullptr) return std::nullopt;
  answer left = kept->value;
  left.ttl = std::chrono::ceil<std::chrono::seconds>(kept->expires - now);
  return left;
}

void answer_cache::keep(const std::string& key, const answer& what, steady_time now) {
  const bool lasts = what.status == status::records || what.status == status::nxdomain
                     || what.status == status::nodata;
  if (!lasts || what.ttl.count() <= 0) return;
  kept_.keep(key, what, now + std::min(what.ttl, cached_ttl_s_max));
}

}  // namespace signpost::dns
