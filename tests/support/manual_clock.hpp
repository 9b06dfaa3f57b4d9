// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.hpp"

namespace signpost::test {

/// A clock that stands still until a test moves it. Not thread-safe while it is being moved.
class manual_clock final : public clock {
 public:
  explicit manual_clock(wall_time start = wall_time{seconds{1'790'000'000}}) : now_(start) {}
  [[nodiscard]] wall_time now() const override { return now_; }
  [[nodiscard]] steady_time steady_now() const override {
    return steady_time{std::chrono::microseconds{now_.time_since_epoch()}};
  }
  void advance(milliseconds by) { now_ += by; }

 private:
  wall_time now_;
};

}  // namespace signpost::test
