// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits what strangers can make us record: each source may cause a number of records per second,
// and all together another number; further ones are counted and reported later, so that
// nothing is missing from the sums.
//
//     if (const auto n = gate.admit("recipient.refused", "192.0.2.0/24", now); n > 0) {
//       log.info("recipient.refused", {…});   // it stands for n: itself and n - 1 before it
//     }
//     // about once a second:
//     for (const auto& s : gate.due(now)) log.info("log.suppressed", {{"event", s.event}, …});
//
// Threads: any. Limits: `flood_limits`; linear in the length of the names.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/token_bucket.hpp"

namespace signpost {

struct flood_limits {
  /// Records of one kind from one source: this many at once, then this many per second. 0: no
  /// limit.
  std::int64_t burst = 20;
  std::int64_t per_second = 2;
  /// Records of all kinds and sources together, per second. 0: no limit.
  std::int64_t total_per_second = 500;
  /// How many sources are distinguished; further ones share one account.
  std::size_t sources_max = 4096;
  /// How many floods due() reports one by one; the rest is added up for each kind.
  std::size_t told_max = 50;
  /// How often the number for a lasting flood is reported.
  milliseconds told_every = std::chrono::seconds(10);
};

class flood_gate {
 public:
  /// What was not recorded.
  struct suppressed {
    std::string event;
    std::string source;  ///< `others`: those beyond `sources_max` or `told_max`
    std::uint64_t count = 0;
  };

  explicit flood_gate(const flood_limits& limits);

  /// How many occurrences a record written now represents; 0: write none. With `carries` false,
  /// occurrences not recorded before are left to due().
  std::uint64_t admit(std::string_view event, std::string_view source, steady_time now,
                      bool carries = false);
  /// What must be reported: floods that have ended, and those that continue.
  std::vector<suppressed> due(steady_time now);
  /// Everything that has not been reported yet; at shutdown.
  std::vector<suppressed> rest();

  /// The number of occurrences not recorded so far.
  [[nodiscard]] std::uint64_t suppressed_total() const;
  [[nodiscard]] std::size_t sources() const;

 private:
  struct account {
    std::string event;
    std::string source;
    token_bucket budget;
    steady_time told_at;
    std::uint64_t count = 0;  ///< not written and not reported
  };

  account& account_of(std::string_view event, std::string_view source, steady_time now);
  [[nodiscard]] bool spend(account& of, steady_time now);
  void forget_idle(steady_time now);
  void tell(std::vector<suppressed>& out, account& of) const;

  flood_limits limits_;
  bucket_rate of_one_;
  bucket_rate of_all_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, account> accounts_;
  std::string key_;  ///< kept for its memory
  token_bucket total_;
  steady_time swept_at_;
  std::uint64_t suppressed_total_ = 0;
};

}  // namespace signpost
