// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/address_pattern.hpp"

#include <gtest/gtest.h>

#include "proto/address/mailbox.hpp"

namespace signpost::model {
namespace {

struct pattern_case {
  std::string name;
  std::string pattern;
  std::string address;
  bool want;
};

std::string folded(const std::string& address) {
  return address::mailbox::parse(address).value().folded();
}

class GlobPattern : public testing::TestWithParam<pattern_case> {};
class RegexPattern : public testing::TestWithParam<pattern_case> {};

TEST_P(GlobPattern, MatchesAddresses) {
  const auto p = address_pattern::glob(GetParam().pattern);
  ASSERT_TRUE(p) << p.error().context;
  EXPECT_EQ(p->matches(folded(GetParam().address)), GetParam().want);
}

TEST_P(RegexPattern, MatchesAddresses) {
  const auto p = address_pattern::regex(GetParam().pattern);
  ASSERT_TRUE(p) << p.error().context;
  EXPECT_EQ(p->matches(folded(GetParam().address)), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobPattern,
    testing::Values(
        pattern_case{"Prefix", "Sales-*@Example.org", "sales-7@example.org", true},
        pattern_case{"OtherDomain", "sales-*@example.org", "sales-7@example.net", false},
        pattern_case{"AnyDomain", "info@*.example.org", "info@eu.example.org", true},
        pattern_case{"OneLetter", "room-?@example.org", "room-b@example.org", true},
        pattern_case{"LettersOfOthers", "müller-?@example.org", "müller-é@example.org", true},
        pattern_case{"NotComposed", "mu\xCC\x88ller*@example.org", "müller.x@example.org", true},
        pattern_case{"DomainInLetters", "*@bücher.example", "a@xn--bcher-kva.example", true},
        pattern_case{"DomainInLettersBelowAStar", "*@*.bücher.example", "a@x.xn--bcher-kva.example",
                     true}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Table, RegexPattern,
    testing::Values(
        pattern_case{"Whole", "sales-[0-9]+@example\\.org", "sales-42@example.org", true},
        pattern_case{"NotAPart", "sales", "sales@example.org", false},
        pattern_case{"NotAPartOfMore", "sales@example\\.org", "xsales@example.org", false},
        pattern_case{"WithoutCase", "SALES@Example\\.Org", "sales@example.org", true},
        pattern_case{"Letters", "\\pL+@example\\.org", "müller@example.org", true},
        pattern_case{"DomainIsEncoded", ".*@xn--bcher-kva\\.example", "a@bücher.example", true}),
    [](const auto& one) { return one.param.name; });

TEST(AddressPattern, SaysWhatIsWrong) {
  const auto glob_error = [](std::string_view text) { return address_pattern::glob(text).error(); };
  EXPECT_EQ(glob_error("").code, errc::malformed);
  EXPECT_EQ(glob_error("*").code, errc::malformed);
  EXPECT_EQ(glob_error("@example.org").code, errc::malformed);
  EXPECT_EQ(glob_error("a b@example.org").code, errc::malformed);
  EXPECT_EQ(glob_error("*@-bad-.example").code, errc::malformed);
  EXPECT_EQ(glob_error("*@ü*.example").code, errc::malformed);
  EXPECT_EQ(glob_error("*@" + std::string(300, 'x')).code, errc::limit_exceeded);
  EXPECT_EQ(address_pattern::regex("").error().code, errc::malformed);
  EXPECT_EQ(address_pattern::regex("\xFF").error().code, errc::malformed);
  const auto unclosed = address_pattern::regex("(sales").error();
  EXPECT_EQ(unclosed.code, errc::malformed);
  EXPECT_NE(unclosed.context.find("missing )"), std::string::npos) << unclosed.context;
  EXPECT_EQ(address_pattern::regex(std::string(257, 'x')).error().code, errc::limit_exceeded);
}

// RE2 refuses what would need much memory and never tries again: both ends are bounded.
TEST(AddressPattern, IsBoundedInMemoryAndTime) {
  EXPECT_EQ(address_pattern::regex("\\pL{1000}").error().code,
            errc::limit_exceeded);
  const auto many_steps = address_pattern::regex("(\\pL{2}@){3}").error();
  EXPECT_EQ(many_steps.code, errc::limit_exceeded);
  EXPECT_NE(many_steps.context.find("more than 6000 steps"), std::string::npos)
      << many_steps.context;
  const auto slow = address_pattern::regex("(?:a?){200}(?:a*)*b@x\\.example").value();
  EXPECT_FALSE(slow.matches(std::string(60, 'a') + "@x.example"));
  EXPECT_TRUE(slow.matches(std::string(60, 'a') + "b@x.example"));
}

TEST(AddressPattern, KnowsAtWhichDomainsItMayMatch) {
  const auto p = address_pattern::glob("*@*.example.org").value();
  EXPECT_TRUE(p.may_match_at("eu.example.org"));
  EXPECT_FALSE(p.may_match_at("example.org"));
  EXPECT_TRUE(address_pattern::regex("x").value().may_match_at("example.org"));
  EXPECT_FALSE(address_pattern().may_match_at("example.org"));
  EXPECT_FALSE(address_pattern().matches(""));
}

TEST(AddressPattern, EqualsOneOfTheSameText) {
  EXPECT_EQ(address_pattern::regex("a.*").value(), address_pattern::regex("a.*").value());
  EXPECT_NE(address_pattern::regex("a@b.example").value(),
            address_pattern::glob("a@b.example").value());
  EXPECT_NE(address_pattern::regex("a").value(), address_pattern::regex("b").value());
}

}  // namespace
}  // namespace signpost::model
