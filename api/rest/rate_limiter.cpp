// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/rate_limiter.hpp"

namespace signpost::api::rest {

int rate_limiter::wait_s(std::string_view name, wall_time now) {
  if (per_minute_max_ == 0) return 0;
  const auto second = std::chrono::floor<seconds>(now.time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  if (second / 60 != minute_) {
    minute_ = second / 60;
    counts_.clear();
  }
  const bool known = counts_.size() < names_max || counts_.contains(std::string(name));
  auto& count = counts_[known ? std::string(name) : std::string()];
  if (count >= per_minute_max_) return static_cast<int>(60 - second % 60);
  ++count;
  return 0;
}

}  // namespace signpost::api::rest
