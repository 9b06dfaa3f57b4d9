// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

using V1Verification = v1_api;

TEST_F(V1Verification, MailsAreCountedAcrossDeletions) {
  for (int i = 0; i < 7; ++i) {
    const auto id = address("victim@else.example", false);
    EXPECT_EQ(call("DELETE", addresses() + "/" + id).status, 200);
  }
  EXPECT_EQ(mails.size(), 3U) << "an address made again is still the same reader";
  const auto late = call("POST", addresses(), {{"email", "Victim@else.example"}});
  EXPECT_EQ(late.status, 200) << "it can be made all the same";
  EXPECT_EQ(late.body["messages"][0]["code"], 9429);
  time.advance(std::chrono::hours(24));
  const auto again = "/" + late.result()["id"].get<std::string>() + "/resend";
  EXPECT_EQ(call("POST", addresses() + again).status, 200);
  EXPECT_EQ(mails.size(), 4U);
}

}  // namespace
}  // namespace signpost::test
