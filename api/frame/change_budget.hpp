// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much an account may change, by all its tokens together. Each change is kept in the audit log
// for a year and a half, so a high rate today means a full disk in some months.
//
// Threads: any. Limits: one entry for each account that has changed something lately.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "api/frame/rest_call.hpp"
#include "base/clock.hpp"
#include "base/token_bucket.hpp"

namespace signpost::api {

class change_budget {
 public:
  /// 0 = no limit. A day's changes may all be made at once.
  explicit change_budget(std::uint64_t per_day_max);

  /// Counts the request if it may continue; otherwise returns the seconds to wait. Reading, and the
  /// actions of
  /// the node's own tokens, are not counted.
  [[nodiscard]] int wait_for(const rest_call& call, steady_time now);

 private:
  static constexpr std::size_t accounts_kept = 10'000;

  const bucket_rate rate_;
  std::mutex mutex_;
  std::map<std::string, token_bucket> accounts_;  // guarded by mutex_
};

}  // namespace signpost::api
