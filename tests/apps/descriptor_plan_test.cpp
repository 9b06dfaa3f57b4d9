// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/descriptor_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "apps/signpostd/daemon_settings.hpp"

namespace signpost {
namespace {

std::uint64_t shared(const descriptor_plan& p) {
  return p.incoming + p.deliveries + p.control + p.monitoring + p.api + p.spool_files
         + p.control_files + p.dns_sockets + p.webhooks;
}

TEST(DescriptorPlan, GivesEverybodyAllWhereThereIsEnough) {
  const daemon_settings settings;
  const auto plan = plan_descriptors(1'000'000, settings, 4);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->sessions, 20'000U);
  EXPECT_GE(plan->incoming, 21'000U);
  EXPECT_EQ(plan->spool_files, 512U);
  EXPECT_EQ(plan->control_files, 0U);
  EXPECT_EQ(plan->dns_sockets, 576U);
  EXPECT_EQ(plan->webhooks, 320U);
  EXPECT_LT(plan->wanted, 65'536U);
}

TEST(DescriptorPlan, FitsSessionsToASmallLimitAndLeavesTheOthersTheirs) {
  daemon_settings settings;
  settings.api.config_source = "store";
  for (const std::uint64_t limit : {700U, 1024U, 4096U, 20'000U}) {
    const auto plan = plan_descriptors(limit, settings, 2);
    ASSERT_TRUE(plan) << limit;
    EXPECT_LT(shared(*plan), limit);
    // Room for those that are turned away, too.
    EXPECT_GE(plan->incoming, plan->sessions + std::min<std::size_t>(plan->sessions / 8, 1024));
    EXPECT_GE(plan->sessions, 10U);
    EXPECT_GE(plan->deliveries, 16U);
    EXPECT_GE(plan->monitoring, 16U);
    EXPECT_GE(plan->control, 16U);
    EXPECT_GE(plan->spool_files, 48U);
    EXPECT_GE(plan->control_files, 48U);
    EXPECT_GE(plan->dns_sockets, 24U);
    EXPECT_GE(plan->webhooks, 16U);
    EXPECT_GT(plan->wanted, limit);
  }
}

TEST(DescriptorPlan, SharesOutAllThatIsWanted) {
  const daemon_settings settings;
  const auto small = plan_descriptors(1024, settings, 2);
  const auto large = plan_descriptors(8192, settings, 2);
  ASSERT_TRUE(small && large);
  EXPECT_GT(large->sessions, 4 * small->sessions);
  EXPECT_EQ(large->spool_files, 512U);
}

TEST(DescriptorPlan, SaysHowManyItNeeds) {
  const daemon_settings settings;
  const auto plan = plan_descriptors(64, settings, 2);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, errc::limit_exceeded);
  EXPECT_NE(plan.error().context.find("64"), std::string::npos);
  EXPECT_NE(plan.error().context.find("LimitNOFILE"), std::string::npos);
}

TEST(DescriptorPlan, NeverRaisesWhatTheSettingsSay) {
  daemon_settings settings;
  settings.mail.smtp.sessions_max = 100;
  EXPECT_EQ(plan_descriptors(1'000'000, settings, 1)->sessions, 100U);
}

}  // namespace
}  // namespace signpost
