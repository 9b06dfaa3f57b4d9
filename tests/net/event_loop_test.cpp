// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/event_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/loopback.hpp"

namespace signpost::net {
namespace {

using test::patience;
using test::run_on;

TEST(EventLoop, RunsTasksOfOneThreadInOrder) {
  event_loop_thread io;
  std::vector<int> seen;
  for (int i = 0; i < 1000; ++i) io.loop().post([&seen, i] { seen.push_back(i); });
  const auto all = run_on(io.loop(), [&] { return seen; });
  ASSERT_EQ(all.size(), 1000U);
  EXPECT_TRUE(std::ranges::is_sorted(all));
}

TEST(EventLoop, TakesTasksOfManyThreads) {
  event_loop_thread io;
  int count = 0;  // touched on the loop's thread only
  std::vector<std::thread> posters;
  for (int t = 0; t < 4; ++t) {
    posters.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) io.loop().post([&] { ++count; });
    });
  }
  for (auto& one : posters) one.join();
  EXPECT_EQ(run_on(io.loop(), [&] { return count; }), 20'000);
}

TEST(EventLoop, RunsWhatWasPostedBeforeTheStopAndDropsWhatComesLater) {
  event_loop loop;
  bool early = false;
  bool late = false;
  loop.post([&] { early = true; });
  loop.stop();
  loop.post([&] { late = true; });
  loop.run();
  EXPECT_TRUE(early);
  EXPECT_FALSE(late);
}

TEST(EventLoop, DestroysDroppedTasks) {
  const auto token = std::make_shared<int>(1);
  {
    event_loop loop;
    loop.post([token] {});
    loop.stop();
    loop.post([token] {});
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(EventLoop, ATaskMayPostWhileItIsBeingDestroyed) {
  event_loop loop;
  struct poster {
    event_loop& loop;
    ~poster() {
      loop.post([] {});
    }
  };
  loop.stop();
  loop.post([p = std::make_shared<poster>(loop)] {});
  loop.run();
}

TEST(EventLoop, TimersFireInOrderOfTheirDueTimesAndNeverEarly) {
  event_loop_thread io;
  std::promise<std::vector<int>> done;
  std::vector<int> order;
  std::vector<std::unique_ptr<timer>> timers;
  bool early = false;
  run_on(io.loop(), [&] {
    const auto start = io.loop().now();
    for (const int ms : {30, 10, 20}) {
      timers.push_back(io.loop().call_after(milliseconds{ms}, [&, ms, start] {
        early = early || io.loop().now() < start + milliseconds{ms};
        order.push_back(ms);
        if (order.size() == 3) done.set_value(order);
      }));
    }
  });
  auto future = done.get_future();
  ASSERT_EQ(future.wait_for(patience), std::future_status::ready);
  EXPECT_THAT(future.get(), testing::ElementsAre(10, 20, 30));
  EXPECT_FALSE(early);
  run_on(io.loop(), [&] { timers.clear(); });
}

TEST(EventLoop, ADestroyedTimerDoesNotFire) {
  event_loop_thread io;
  std::promise<bool> done;
  bool fired = false;
  std::unique_ptr<timer> last;
  run_on(io.loop(), [&] {
    auto cancelled = io.loop().call_after(milliseconds{1}, [&] { fired = true; });
    last = io.loop().call_after(milliseconds{10}, [&] { done.set_value(fired); });
  });
  EXPECT_FALSE(done.get_future().get());
  run_on(io.loop(), [&] { last.reset(); });
}

TEST(EventLoop, ATimerMayDestroyItselfAndArmAnother) {
  event_loop_thread io;
  std::promise<void> done;
  std::unique_ptr<timer> current;
  int rounds = 0;
  std::function<void()> again = [&] {
    if (++rounds == 5) return done.set_value();
    current = io.loop().call_after(milliseconds{0}, again);
  };
  run_on(io.loop(), [&] { current = io.loop().call_after(milliseconds{0}, again); });
  EXPECT_EQ(done.get_future().wait_for(patience), std::future_status::ready);
  run_on(io.loop(), [&] { current.reset(); });
}

}  // namespace
}  // namespace signpost::net
