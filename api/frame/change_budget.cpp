// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/change_budget.hpp"

#include <algorithm>

namespace signpost::api {
namespace {

constexpr double minutes_of_a_day = 24 * 60;

}  // namespace

change_budget::change_budget(std::uint64_t per_day_max)
    : rate_{.per_minute = static_cast<double>(per_day_max) / minutes_of_a_day,
            .burst = static_cast<double>(per_day_max)} {}

int change_budget::wait_for(const rest_call& call, steady_time now) {
  const auto& method = call.request.method;
  const auto& account = call.who.token.account;
  const bool reads = method == "GET" || method == "HEAD" || method == "OPTIONS";
  if (rate_.per_minute <= 0 || reads || call.who.is_operator || account.empty()) return 0;
  const std::lock_guard lock(mutex_);
  if (accounts_.size() >= accounts_kept) {
    std::erase_if(accounts_, [&](const auto& one) { return one.second.full(rate_, now); });
  }
  auto& its = accounts_[account];
  if (its.take(rate_, now)) return 0;
  const auto wait = std::chrono::ceil<seconds>(its.wait(rate_, now)).count();
  return static_cast<int>(std::max<std::int64_t>(wait, 1));
}

}  // namespace signpost::api
