// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/rate_limiter.hpp"

namespace signpost::api {

rate_count rate_limiter::count(std::string_view name, wall_time now) {
  rate_count out{.per_minute_max = per_minute_max_};
  if (per_minute_max_ == 0) return out;
  const auto second = std::chrono::floor<seconds>(now.time_since_epoch()).count();
  const std::lock_guard lock(mutex_);
  if (second / 60 != minute_) {
    minute_ = second / 60;
    counts_.clear();
  }
  const bool known = counts_.size() < names_max || counts_.contains(std::string(name));
  auto& count = counts_[known ? std::string(name) : std::string()];
  out.next_minute_s = static_cast<int>(60 - second % 60);
  if (count >= per_minute_max_) {
    out.wait_s = out.next_minute_s;
  } else {
    out.left = per_minute_max_ - ++count;
  }
  return out;
}

}  // namespace signpost::api
