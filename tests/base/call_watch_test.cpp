// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/call_watch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace signpost {
namespace {

void pass(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

TEST(CallWatch, KnowsTheOldestCallUnderWay) {
  call_watch watch;
  EXPECT_EQ(watch.oldest(), milliseconds(0));
  auto first = std::make_unique<call_watch::call>(watch.begin());
  pass(milliseconds(20));
  auto second = std::make_unique<call_watch::call>(watch.begin());
  EXPECT_GE(watch.oldest(), milliseconds(20));
  first.reset();
  EXPECT_LT(watch.oldest(), milliseconds(20)) << "only the younger one is left";
  pass(milliseconds(5));
  EXPECT_GE(watch.oldest(), milliseconds(4));
  second.reset();
  EXPECT_EQ(watch.oldest(), milliseconds(0));
}

TEST(CallWatch, MoreCallsThanItSeesDoNoHarm) {
  call_watch watch;
  {
    std::vector<call_watch::call> calls;
    for (std::size_t i = 0; i < call_watch::slots + 3; ++i) calls.push_back(watch.begin());
    pass(milliseconds(3));
    EXPECT_GE(watch.oldest(), milliseconds(2));
  }
  EXPECT_EQ(watch.oldest(), milliseconds(0));
}

}  // namespace
}  // namespace signpost
