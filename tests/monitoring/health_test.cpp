// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "monitoring/health.hpp"

#include <gtest/gtest.h>

namespace signpost::monitoring {
namespace {

using reasons = std::vector<std::string>;

TEST(Health, IsReadyWhenEveryExpectedComponentIs) {
  health_state h({"spool", "config"});
  EXPECT_TRUE(h.live());
  EXPECT_FALSE(h.ready());
  h.set_ready("spool");
  EXPECT_EQ(h.reasons(), reasons{"config: has not started yet"});
  h.set_ready("config");
  EXPECT_TRUE(h.ready());
  EXPECT_EQ(h.reasons(), reasons());
}

TEST(Health, ComesBackWhenTheCauseIsGone) {
  health_state h({});
  h.set_unready("spool", "the disk is full");
  EXPECT_FALSE(h.ready());
  EXPECT_EQ(health_text(h.ready(), h.reasons()), "spool: the disk is full\n");
  h.set_ready("spool");
  EXPECT_TRUE(h.ready());
  EXPECT_EQ(health_text(h.ready(), h.reasons()), "ok\n");
}

TEST(Health, ARemarkTakesNothingAway) {
  health_state h({});
  h.set_remark("config", "the file is empty");
  EXPECT_TRUE(h.ready());
  EXPECT_EQ(h.remarks(), reasons{"config: the file is empty"});
  EXPECT_EQ(h.reasons(), reasons());
  h.set_remark("config", "");
  EXPECT_EQ(h.remarks(), reasons());
}

TEST(Health, StaysDead) {
  health_state h({});
  h.set_dead("the store is corrupt");
  h.set_dead("later");
  h.set_ready("spool");
  EXPECT_FALSE(h.live());
  EXPECT_FALSE(h.ready());
  EXPECT_EQ(h.reasons(), reasons{"the store is corrupt"});
}

}  // namespace
}  // namespace signpost::monitoring
