// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A log line that many callers want to write, written at most every few seconds, with the number of
// occurrences that it represents.
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

  /// How many occurrences a line written now represents; 0: write none.
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
