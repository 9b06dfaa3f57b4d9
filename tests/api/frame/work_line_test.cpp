// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/work_line.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace signpost::api {
namespace {

using namespace std::chrono_literals;
using outcome = work_line::outcome;

constexpr auto patience = 20s;

/// Something that tasks wait for until the test lets them go.
class gate {
 public:
  ~gate() { open(); }
  void open() {
    if (!std::exchange(opened_, true)) promise_.set_value();
  }
  std::function<void()> task(std::atomic<int>* started = nullptr) {
    return [future = future_, started] {
      if (started != nullptr) ++*started;
      future.wait();
    };
  }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
  bool opened_ = false;
};

bool runs(work_line& line, const work_owner& owner) {
  const auto ran = std::make_shared<std::promise<void>>();
  auto future = ran->get_future();
  if (line.add(owner, [ran] { ran->set_value(); }) != outcome::taken) return false;
  return future.wait_for(patience) == std::future_status::ready;
}

TEST(WorkLine, OneOwnerNeverHoldsAllThreads) {
  gate slow;
  std::atomic<int> started{0};
  work_line line({.threads = 4});
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(line.add({.name = "greedy", .group = "a"}, slow.task(&started)), outcome::taken);
  }
  EXPECT_TRUE(runs(line, {.name = "modest", .group = "b"}));
  EXPECT_TRUE(runs(line, {.name = "modest", .group = "b"}));
  EXPECT_LE(started, 3);
  slow.open();
}

TEST(WorkLine, NorDoManyOwnersOfOneGroup) {
  gate slow;
  std::atomic<int> started{0};
  work_line line({.threads = 4});
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(line.add({.name = "token " + std::to_string(i), .group = "a"}, slow.task(&started)),
              outcome::taken);
  }
  EXPECT_TRUE(runs(line, {.name = "other", .group = "b"}));
  EXPECT_LE(started, 3);
  slow.open();
}

TEST(WorkLine, OwnersTakeTurns) {
  gate slow;
  std::vector<std::string> order;
  std::mutex mutex;
  std::promise<void> all;
  {
    work_line line({.threads = 1});
    std::atomic<int> started{0};
    ASSERT_EQ(line.add({.name = "first", .group = "first"}, slow.task(&started)), outcome::taken);
    while (started == 0) std::this_thread::yield();
    const auto add = [&](const std::string& name, bool last) {
      EXPECT_EQ(line.add({.name = name, .group = name},
                         [&, name, last] {
                           const std::lock_guard lock(mutex);
                           order.push_back(name);
                           if (last) all.set_value();
                         }),
                outcome::taken);
    };
    for (int i = 0; i < 50; ++i) add("a", i == 49);
    add("b", false);
    add("c", false);
    slow.open();
    ASSERT_EQ(all.get_future().wait_for(patience), std::future_status::ready);
  }
  ASSERT_EQ(order.size(), 52U);
  EXPECT_EQ(std::vector<std::string>(order.begin(), order.begin() + 4),
            (std::vector<std::string>{"a", "b", "c", "a"}));
}

TEST(WorkLine, SharesAreBounded) {
  gate slow;
  std::promise<void> last;
  work_line line({.threads = 1, .waiting_max = 10, .waiting_each_max = 3});
  std::atomic<int> started{0};
  ASSERT_EQ(line.add({.name = "x", .group = "x"}, slow.task(&started)), outcome::taken);
  while (started == 0) std::this_thread::yield();
  const auto add = [&](const char* name, const char* group) {
    return line.add({.name = name, .group = group}, [] {});
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add("a", "g"), outcome::taken);
  EXPECT_EQ(add("a", "g"), outcome::share_full);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add("b", "g"), outcome::taken);
  EXPECT_EQ(add("c", "g"), outcome::share_full) << "a group has twice the share of one";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(add("d", "h"), outcome::taken);
  EXPECT_EQ(add("e", "i"), outcome::taken);
  EXPECT_EQ(add("f", "j"), outcome::line_full);
  slow.open();
  while (line.add({.name = "z", .group = "z"}, [&] { last.set_value(); }) != outcome::taken) {
    std::this_thread::yield();
  }
  EXPECT_EQ(last.get_future().wait_for(patience), std::future_status::ready);
}

TEST(WorkLine, EverythingTakenIsDone) {
  std::atomic<int> done{0};
  std::latch all(900);
  work_line line({.threads = 4, .waiting_max = 1000, .waiting_each_max = 1000});
  for (int i = 0; i < 900; ++i) {
    EXPECT_EQ(line.add({.name = std::to_string(i % 7), .group = std::to_string(i % 3)},
                       [&] {
                         ++done;
                         all.count_down();
                       }),
              outcome::taken);
  }
  all.wait();
  EXPECT_EQ(done, 900);
}

}  // namespace
}  // namespace signpost::api
