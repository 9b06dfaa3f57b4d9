// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/sure_clock.hpp"

#include <gtest/gtest.h>

namespace signpost {
namespace {

class two_clocks final : public clock {
 public:
  [[nodiscard]] wall_time now() const override { return wall; }
  [[nodiscard]] steady_time steady_now() const override { return steady; }
  void pass(milliseconds time) {
    wall += time;
    steady += time;
  }
  wall_time wall{seconds{1'790'000'000}};
  steady_time steady{seconds{1000}};
};

TEST(SureClock, CannotBePassedByAClockThatIsSetAhead) {
  two_clocks time;
  const auto began = time.wall;
  const sure_clock sure(time);
  time.pass(seconds(60));
  EXPECT_EQ(sure.now(), began + seconds(60));
  time.wall += std::chrono::hours(240);
  EXPECT_EQ(sure.now(), began + seconds(60));
  time.pass(seconds(60));
  EXPECT_EQ(sure.now(), began + seconds(120));
  time.wall = began + seconds(30);
  EXPECT_EQ(sure.now(), began + seconds(30)) << "one that is set back is followed";
}

}  // namespace
}  // namespace signpost
