// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Time is passed to the constructor: a `clock` is the only source of the time.
#pragma once

#include <chrono>
#include <string>

namespace signpost {

using milliseconds = std::chrono::milliseconds;
using seconds = std::chrono::seconds;

/// Wall-clock time (UTC), for what is recorded: Date, Received, due times, logs.
using wall_time = std::chrono::sys_time<milliseconds>;

/// Time that never jumps, for deadlines and latencies.
using steady_time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

/// Threads: every method may be called from any thread.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual wall_time now() const = 0;
  [[nodiscard]] virtual steady_time steady_now() const = 0;
};

/// The machine's own clocks.
class system_clock final : public clock {
 public:
  [[nodiscard]] wall_time now() const override;
  [[nodiscard]] steady_time steady_now() const override;
};

/// `"Mon, 23 Nov 2026 20:46:00 +0000"`, the date-time of RFC 5322 §3.3, always in UTC.
std::string to_rfc5322_date(wall_time t);

/// `"Mon, 23 Nov 2026 20:46:00 GMT"`, the IMF-fixdate of RFC 9110 §5.6.7.
std::string to_http_date(wall_time t);

/// `"2026-11-23T20:46:00.123Z"`, RFC 3339.
std::string to_rfc3339(wall_time t);

}  // namespace signpost
