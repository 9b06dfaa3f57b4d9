// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/refusal_budget.hpp"

#include <algorithm>
#include <utility>

namespace signpost::api {
namespace {

constexpr double minutes_an_hour = 60;
constexpr double share_of_each = 0.1;

bucket_rate hourly(double count) {
  return {.per_minute = count / minutes_an_hour, .burst = std::max(count, 1.0)};
}

}  // namespace

refusal_budget::refusal_budget(std::uint64_t per_hour_max)
    : all_(hourly(static_cast<double>(per_hour_max))),
      each_(hourly(static_cast<double>(per_hour_max) * share_of_each)) {}

refusal_budget::verdict refusal_budget::take(std::string_view name, bool has_token,
                                             steady_time now) {
  if (all_.per_minute <= 0) return {};
  const std::lock_guard lock(mutex_);
  // Forgetting gives everyone a new share of their own, but not of the common share.
  if (names_.size() >= names_max) names_.clear();
  auto& own = names_[(has_token ? "token " : "client ") + std::string(name)];
  if (own.take(each_, now) && (has_token ? known_ : strangers_).take(all_, now)) {
    return {.write = true, .suppressed = std::exchange(suppressed_, 0)};
  }
  ++suppressed_;
  return {.write = false};
}

}  // namespace signpost::api
