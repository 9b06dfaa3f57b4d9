// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many requests a caller may make per minute. Minutes are those of the clock: simple, and at
// worst twice the number in any sixty seconds.
//
// Threads: any. Limits: `names_max` names are counted per minute; any others share one count.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace signpost::api {

/// How much of a minute's allowance is used.
struct rate_count {
  int wait_s = 0;  ///< 0 = may continue, otherwise the seconds to wait
  std::uint64_t per_minute_max = 0;
  std::uint64_t left = 0;
  int next_minute_s = 0;
};

class rate_limiter {
 public:
  static constexpr std::size_t names_max = 100'000;

  /// 0 = no limit.
  explicit rate_limiter(std::uint64_t per_minute_max) : per_minute_max_(per_minute_max) {}

  /// Counts one request, if it may continue.
  [[nodiscard]] rate_count count(std::string_view name, wall_time now);

 private:
  std::uint64_t per_minute_max_;
  std::mutex mutex_;
  std::int64_t minute_ = 0;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace signpost::api
