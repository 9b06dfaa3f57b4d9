// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A rate with a burst: a bucket that holds `burst` tokens and gets `per_minute` new ones per
// minute.
// It is 16 octets, so that a table of many clients stays small.
//
//     constexpr bucket_rate rate{.per_minute = 60, .burst = 60};
//     if (!bucket.take(rate, time.steady_now())) wait(bucket.wait(rate, time.steady_now()));
//
// Threads: a value.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.hpp"

namespace signpost {

struct bucket_rate {
  double per_minute = 0;  ///< 0 = no limit
  double burst = 0;       ///< at least 1
};

class token_bucket {
 public:
  /// Takes `count` tokens; false, and nothing is taken, if there are not enough.
  bool take(const bucket_rate& rate, steady_time now, double count = 1) {
    if (rate.per_minute <= 0) return true;
    if (tokens(rate, now) < count) return false;
    spent_ = spent(rate, now) + count;
    when_ = now;
    return true;
  }
  /// Takes them even if there are not enough, down to `debt_max` below zero.
  void charge(const bucket_rate& rate, steady_time now, double count, double debt_max = 0) {
    if (rate.per_minute <= 0) return;
    spent_ = std::min(spent(rate, now) + count, rate.burst + debt_max);
    when_ = now;
  }
  [[nodiscard]] double tokens(const bucket_rate& rate, steady_time now) const {
    return rate.burst - spent(rate, now);
  }
  /// The time until there are `count` tokens; zero if there are, or never will be more than now.
  [[nodiscard]] milliseconds wait(const bucket_rate& rate, steady_time now,
                                  double count = 1) const {
    const double missing = std::min(count, rate.burst) - tokens(rate, now);
    if (rate.per_minute <= 0 || missing <= 0) return milliseconds{0};
    return milliseconds(static_cast<std::int64_t>(std::ceil(missing / rate.per_minute * 60'000)));
  }
  /// True if it is full, as if nothing had ever been taken, so that it may be forgotten.
  [[nodiscard]] bool full(const bucket_rate& rate, steady_time now) const {
    return spent(rate, now) <= 0;
  }

 private:
  [[nodiscard]] double spent(const bucket_rate& rate, steady_time now) const {
    const std::chrono::duration<double> passed = now - when_;
    return std::max(0.0, spent_ - std::max(0.0, passed.count()) * rate.per_minute / 60);
  }

  double spent_ = 0;
  steady_time when_{};
};

}  // namespace signpost
