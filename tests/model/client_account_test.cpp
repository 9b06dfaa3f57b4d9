// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/client_account.hpp"

#include <gtest/gtest.h>

#include <random>

namespace signpost::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class ClientAccount : public testing::Test {
 protected:
  ClientAccount() {
    limits_.rate(client_charge::error) = 10;
    limits_.rate(client_charge::message) = 60;
  }
  bool charge(client_charge what, std::int64_t amount = 1, std::int64_t factor = 1) {
    return account_.charge(what, amount, limits_, factor, now_);
  }
  // Makes errors until it is enough; how long the pause is then.
  milliseconds provoke() {
    while (charge(client_charge::error)) {
    }
    return std::chrono::duration_cast<milliseconds>(account_.paused_until() - now_);
  }

  client_limits limits_;
  client_account account_;
  steady_time now_{hours(100)};
};

TEST_F(ClientAccount, ABudgetRefillsEvenly) {
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(charge(client_charge::message)) << i;
  EXPECT_FALSE(charge(client_charge::message));
  EXPECT_FALSE(account_.affordable(client_charge::message, limits_, 1, now_));
  now_ += seconds(1);
  EXPECT_TRUE(charge(client_charge::message));
  EXPECT_FALSE(charge(client_charge::message));
  now_ += minutes(1);
  EXPECT_TRUE(account_.clean(limits_, 1, now_));
  EXPECT_TRUE(charge(client_charge::message, 60));
}

TEST_F(ClientAccount, VolumeAloneIsNoReasonForAPause) {
  while (charge(client_charge::message)) {
  }
  EXPECT_FALSE(account_.paused(now_));
}

TEST_F(ClientAccount, ANetworkMayDoSoManyTimesAsMuch) {
  EXPECT_TRUE(charge(client_charge::message, 600, 10));
  EXPECT_FALSE(charge(client_charge::message, 1, 10));
}

TEST_F(ClientAccount, ZeroIsNoLimit) {
  limits_.rate(client_charge::error) = 0;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(charge(client_charge::error));
  EXPECT_EQ(account_.reply_delay(limits_, 1, now_), milliseconds(0));
}

TEST_F(ClientAccount, RepliesComeLaterAndLater) {
  milliseconds before{0};
  for (int i = 0; i < 5; ++i) charge(client_charge::error);
  EXPECT_EQ(account_.reply_delay(limits_, 1, now_), before);
  for (int i = 0; i < 5; ++i) {
    charge(client_charge::error);
    const auto delay = account_.reply_delay(limits_, 1, now_);
    EXPECT_GT(delay, before);
    before = delay;
  }
  EXPECT_EQ(before, limits_.reply_delay_max);
}

TEST_F(ClientAccount, PausesGrowAndAreForgiven) {
  EXPECT_EQ(provoke(), minutes(1));
  EXPECT_TRUE(account_.paused(now_));
  now_ += minutes(1);
  EXPECT_FALSE(account_.paused(now_));
  EXPECT_EQ(provoke(), minutes(2));
  now_ += minutes(2);
  EXPECT_EQ(provoke(), minutes(4));
  for (int i = 0; i < 10; ++i) {
    now_ = account_.paused_until();
    EXPECT_LE(provoke(), limits_.pause_max);
  }
  now_ = account_.paused_until() + 2 * limits_.pause_max;
  EXPECT_TRUE(account_.clean(limits_, 1, now_));
  EXPECT_EQ(provoke(), minutes(1));
}

TEST_F(ClientAccount, ErrorsDuringAPauseDoNotProlongIt) {
  provoke();
  const auto until = account_.paused_until();
  now_ += seconds(59);
  for (int i = 0; i < 100; ++i) charge(client_charge::error);
  EXPECT_EQ(account_.paused_until(), until);
}

TEST_F(ClientAccount, WhoMisbehavesIsNotForgottenEasily) {
  EXPECT_FALSE(account_.burdened(limits_, 1, now_));
  charge(client_charge::message, 60);
  EXPECT_FALSE(account_.burdened(limits_, 1, now_));
  charge(client_charge::error, 4);
  EXPECT_TRUE(account_.burdened(limits_, 1, now_));
}

// However charges fall: in no window does anybody get more than two budgets, in the long run not
// more than the rate.
TEST_F(ClientAccount, NobodyGetsMoreThanTheRate) {
  std::mt19937 random(11);
  for (int round = 0; round < 30; ++round) {
    account_ = {};
    limits_.rate(client_charge::message) = 1 + static_cast<int>(random() % 200);
    const auto begin = now_;
    std::int64_t granted = 0;
    for (int i = 0; i < 5000; ++i) {
      if (charge(client_charge::message)) ++granted;
      now_ += milliseconds(static_cast<int>(random() % 50));
    }
    const std::chrono::duration<double, std::ratio<60>> took = now_ - begin;
    const auto amount = static_cast<double>(limits_.rate(client_charge::message));
    EXPECT_LE(static_cast<double>(granted), amount * (took.count() + 1) + 1);
    EXPECT_GE(static_cast<double>(granted), std::min(5000.0, amount * took.count() - 1));
  }
}

}  // namespace
}  // namespace signpost::model
