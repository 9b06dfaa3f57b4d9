// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/loop.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

struct loop_case {
  std::string name;
  loop_signs signs;
  bool refused;
};

class Loops : public testing::TestWithParam<loop_case> {};

TEST_P(Loops, AreSeenByCounting) {
  const auto reply = check_loop(GetParam().signs, loop_policy{});
  EXPECT_EQ(reply.has_value(), GetParam().refused);
  const smtp::enhanced_status loop_status{5, 4, 6};
  EXPECT_EQ(reply.value_or(smtp::reply{.status = loop_status}).status, loop_status);
}

INSTANTIATE_TEST_SUITE_P(Table, Loops,
                         testing::Values(loop_case{"First", {0, 0}, false},
                                         loop_case{"AtTheLimit", {50, 0}, false},
                                         loop_case{"OverTheLimit", {51, 0}, true},
                                         loop_case{"OnceHere", {3, 1}, true},
                                         loop_case{"TwiceHere", {3, 2}, true},
                                         loop_case{"ForOthersMaybe", {9, 0, 2}, false},
                                         loop_case{"ForSeveralAgainAndAgain", {9, 0, 3}, true}),
                         [](const auto& one) { return one.param.name; });

TEST(LoopPolicy, IsSetByName) {
  loop_policy policy;
  settings_table table;
  declare_settings(table, policy);
  ASSERT_TRUE(table.set("loop.received_max", "20"));
  EXPECT_TRUE(check_loop({.received = 21}, policy));
  ASSERT_TRUE(table.set("loop.own_passes_max", "2"));
  EXPECT_FALSE(check_loop({.own_passes = 1}, policy));
  EXPECT_TRUE(check_loop({.own_passes = 2}, policy));
  EXPECT_EQ(table.set("loop.received_max", "5").error().code, errc::limit_exceeded);
}

}  // namespace
}  // namespace signpost::model
