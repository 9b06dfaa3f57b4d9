// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A line of the log that many write, and that comes at most every few seconds however often it is
// wanted; it says how many it stands for.
//
//     const auto times = line.admit(now);
//     if (times > 0) log.warning("…", {…, {"times", times}});
//
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace signpost::actors {

class rare_line {
 public:
  explicit rare_line(milliseconds every) : every_(every) {}

  /// How many occurrences the line that is to be written now stands for; 0: write none.
  std::uint64_t admit(steady_time now) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (last_ && now - *last_ < every_) return 0;
    last_ = now;
    return std::exchange(count_, 0U);
  }

 private:
  const milliseconds every_;
  std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::optional<steady_time> last_;
};

}  // namespace signpost::actors
