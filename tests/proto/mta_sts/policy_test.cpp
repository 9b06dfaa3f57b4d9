// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::mta_sts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string enforced = "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n";

TEST(StsPolicy, HasHostsAndPatterns) {
  const auto p = parse_policy(enforced + "mx: MX1.shop.example\r\nmx:\t*.Backup.example \r\n");
  ASSERT_TRUE(p) << p.error().context;
  EXPECT_EQ(p->mode, policy_mode::enforce);
  EXPECT_EQ(p->max_age, std::chrono::hours(7 * 24));
  EXPECT_THAT(p->mx, ElementsAre("mx1.shop.example", "*.backup.example"));
}

TEST(StsPolicy, MayNameNobodyIfItIsNone) {
  const auto p = parse_policy("version:STSv1\nmode:none\nmax_age:86400");
  ASSERT_TRUE(p) << p.error().context;
  EXPECT_THAT(p->mx, IsEmpty());
  EXPECT_TRUE(allows(*p, "mx.anywhere.example"));
  EXPECT_FALSE(parse_policy(enforced));
  EXPECT_FALSE(parse_policy("version:STSv1\nmode:testing\nmax_age:86400"));
}

TEST(StsPolicy, TakesTheFirstOfAFieldGivenTwice) {
  const auto p = parse_policy(enforced + "mx: a.example\nmode: none\nmax_age: never\nversion: 2\n");
  ASSERT_TRUE(p) << p.error().context;
  EXPECT_EQ(p->mode, policy_mode::enforce);
  EXPECT_EQ(p->max_age, std::chrono::seconds(604800));
}

TEST(StsPolicy, IsKeptForAYearAtMost) {
  const auto age_of = [](std::string digits) {
    return parse_policy("version:STSv1\nmode:none\nmax_age:" + digits).value().max_age;
  };
  EXPECT_EQ(age_of("31557600"), max_age_max);
  EXPECT_EQ(age_of("31557601"), max_age_max);
  EXPECT_EQ(age_of("9999999999"), max_age_max);
  EXPECT_EQ(age_of("0"), std::chrono::seconds(0));
}

TEST(StsPolicy, RefusesWhatTheGrammarDoes) {
  const auto good = enforced + "mx: a.example\n";
  ASSERT_TRUE(parse_policy(good));
  for (const char* line :
       {"mx: *\n", "mx: *.\n", "mx: a.*.example\n", "mx: *a.example\n", "mx: a..example\n", "mx:\n",
        "mx: a.example.\n", "mx: b\xc3\xbc.example\n", "mx: -a.example\n", "mx: 'a.example'\n",
        "mx a.example\n", "\n\n", "ext: \n", "_e: x\n", "e x: y\n", "ext: \xff\n", "ext: a\x01\n",
        "ext: a\rb\n", " mx: b.example\n", "ext : a\n"}) {
    EXPECT_FALSE(parse_policy(good + line)) << line;
    EXPECT_FALSE(parse_policy(line + good)) << line;
  }
  EXPECT_TRUE(parse_policy(good + "ext: a b: \xc3\xbc\n"));
}

TEST(StsPolicy, BoundsItsSizeAndItsHosts) {
  const auto good = enforced + "mx: a.example\n";
  EXPECT_TRUE(parse_policy(good + "e: " + std::string(policy_octets_max - good.size() - 3, 'x')));
  EXPECT_EQ(parse_policy(good + "e: " + std::string(policy_octets_max - good.size() - 2, 'x'))
                .error()
                .code,
            errc::limit_exceeded);
  std::string many = enforced;
  for (std::size_t i = 0; i < mx_patterns_max; ++i) many += "mx: a.example\n";
  EXPECT_TRUE(parse_policy(many));
  EXPECT_EQ(parse_policy(many + "mx: a.example\n").error().code, errc::limit_exceeded);
}

TEST(StsPolicy, AllowsItsHostsAndOneLabelForAStar) {
  for (const char* mode : {"enforce", "testing"}) {
    const auto p = parse_policy("version:STSv1\nmax_age:1\nmode:" + std::string(mode)
                                + "\nmx:mx.shop.example\nmx:*.backup.example\n");
    ASSERT_TRUE(p) << p.error().context;
    for (const char* host : {"mx.shop.example", "MX.Shop.example.", "a.backup.example"}) {
      EXPECT_TRUE(allows(*p, host)) << host;
    }
    for (const char* host :
         {"", ".", "shop.example", "a.mx.shop.example", "backup.example", ".backup.example",
          "a.b.backup.example", "abackup.example", "*.backup.example.evil.example",
          "mx.shop.example.."}) {
      EXPECT_FALSE(allows(*p, host)) << host;
    }
  }
}

TEST(StsPolicy, ComesAsPlainTextFromTheHostItself) {
  const auto body = enforced + "mx: a.example\n";
  const auto code = [&](int status, std::string_view type) {
    const auto p = read_response({.status = status, .content_type = type, .body = body});
    return p ? errc{} : p.error().code;
  };
  EXPECT_TRUE(read_response(
      {.status = 200, .content_type = "Text/Plain ;charset=utf-8", .body = body}));
  EXPECT_EQ(code(200, "text/html"), errc::malformed);
  EXPECT_EQ(code(200, "text/plainer"), errc::malformed);
  EXPECT_EQ(code(200, ""), errc::malformed);
  EXPECT_EQ(code(301, "text/plain"), errc::unavailable);
  EXPECT_EQ(code(204, "text/plain"), errc::unavailable);
  EXPECT_EQ(code(503, "text/plain"), errc::unavailable);
  EXPECT_EQ(code(404, "text/plain"), errc::not_found);
  EXPECT_EQ(code(410, "text/plain"), errc::not_found);
}

}  // namespace
}  // namespace signpost::mta_sts
