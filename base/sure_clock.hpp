// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The time of day, safe against a clock that is set ahead: no later than the time of construction
// plus what has passed since by the clock that never jumps. For actions that must not happen too
// early but may happen late, such as giving up mail.
//
// Threads: any.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace signpost {

class sure_clock final : public clock {
 public:
  /// `time` must outlive it.
  explicit sure_clock(const clock& time)
      : time_(time), began_(time.now()), began_steady_(time.steady_now()) {}

  [[nodiscard]] wall_time now() const override {
    const auto passed =
        std::chrono::duration_cast<milliseconds>(time_.steady_now() - began_steady_);
    return std::min(time_.now(), began_ + passed);
  }
  [[nodiscard]] steady_time steady_now() const override { return time_.steady_now(); }

 private:
  const clock& time_;
  const wall_time began_;
  const steady_time began_steady_;
};

}  // namespace signpost
