// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/admission.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

struct admission_case {
  std::string name;
  verdict dmarc;
  bool enforce;
  std::uint16_t code;  // 0 = taken
};

class Admission : public testing::TestWithParam<admission_case> {};

TEST_P(Admission, DecidesByVerdictAndPolicy) {
  const auto& c = GetParam();
  const auto refused = admit({.dmarc = c.dmarc}, {.enforce_dmarc = c.enforce});
  EXPECT_EQ(refused ? refused->code : 0, c.code);
}

INSTANTIATE_TEST_SUITE_P(Table, Admission,
                         testing::Values(admission_case{"NothingKnown", verdict::none, true, 0},
                                         admission_case{"Pass", verdict::pass, true, 0},
                                         admission_case{"Fail", verdict::fail, true, 550},
                                         admission_case{"FailNotEnforced", verdict::fail, false, 0},
                                         admission_case{"Later", verdict::temperror, true, 451},
                                         admission_case{"Broken", verdict::permerror, true, 0}),
                         [](const auto& one) { return one.param.name; });

TEST(Verdict, HasTheWordsOfTheStandard) {
  EXPECT_EQ(to_string(verdict::none), "none");
  EXPECT_EQ(to_string(verdict::softfail), "softfail");
  EXPECT_EQ(to_string(verdict::permerror), "permerror");
}

}  // namespace
}  // namespace signpost::model
