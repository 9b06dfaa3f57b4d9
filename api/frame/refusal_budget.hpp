// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many refused attempts are recorded per hour, so that pointless requests fill neither the log
// nor the audit log: a number for all strangers together, the same for all tokens together, and a
// tenth of that for each. Further ones are counted and reported as one number.
//
// Threads: any. Limits: `names_max` names are remembered.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/token_bucket.hpp"

namespace signpost::api {

class refusal_budget {
 public:
  static constexpr std::size_t names_max = 10'000;

  /// 0 = no limit.
  explicit refusal_budget(std::uint64_t per_hour_max);

  struct verdict {
    bool write = true;
    /// The number of attempts not recorded since the last one that was.
    std::uint64_t suppressed = 0;
  };
  /// `name`: the token's, or the client's network.
  [[nodiscard]] verdict take(std::string_view name, bool has_token, steady_time now);

 private:
  const bucket_rate all_;
  const bucket_rate each_;
  std::mutex mutex_;  ///< of everything below
  token_bucket strangers_;
  token_bucket known_;
  std::unordered_map<std::string, token_bucket> names_;
  std::uint64_t suppressed_ = 0;
};

}  // namespace signpost::api
