// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/answer_cache.hpp"

#include <gtest/gtest.h>

namespace signpost::dns {
namespace {

constexpr steady_time start{seconds{1000}};

answer with(status how, seconds ttl) {
  return {.status = how, .ttl = ttl};
}

TEST(QuestionKey, IgnoresCaseAndTheFinalDot) {
  EXPECT_EQ(question_key({"Example.ORG.", record_type::mx}),
            question_key({"example.org", record_type::mx}));
  EXPECT_NE(question_key({"example.org", record_type::a}),
            question_key({"example.org", record_type::mx}));
}

TEST(AnswerCache, GivesAnAnswerUntilItsTtlHasPassed) {
  answer_cache cache(10);
  cache.keep("k", with(status::records, seconds(60)), start);
  EXPECT_EQ(cache.find("k", start)->ttl, seconds(60));
  EXPECT_EQ(cache.find("k", start + seconds(59))->ttl, seconds(1));
  EXPECT_FALSE(cache.find("k", start + seconds(60)));
  EXPECT_EQ(cache.size(), 0U);
}

TEST(AnswerCache, KeepsNegativeAnswersButNoFailures) {
  answer_cache cache(10);
  for (const auto how : {status::nxdomain, status::nodata}) {
    cache.keep("k", with(how, seconds(5)), start);
    EXPECT_EQ(cache.find("k", start)->status, how);
  }
  cache.keep("f", with(status::servfail, seconds(5)), start);
  cache.keep("t", with(status::timeout, seconds(5)), start);
  cache.keep("z", with(status::records, seconds(0)), start);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(AnswerCache, TheOneNotAskedForLongestGivesWay) {
  answer_cache cache(2);
  cache.keep("a", with(status::records, seconds(60)), start);
  cache.keep("b", with(status::records, seconds(60)), start);
  EXPECT_TRUE(cache.find("a", start));
  cache.keep("c", with(status::records, seconds(60)), start);
  EXPECT_TRUE(cache.find("a", start));
  EXPECT_FALSE(cache.find("b", start));
  EXPECT_EQ(cache.size(), 2U);
}

TEST(AnswerCache, ANewAnswerReplacesTheOld) {
  answer_cache cache(2);
  cache.keep("a", with(status::records, seconds(60)), start);
  cache.keep("a", with(status::nodata, seconds(60)), start);
  EXPECT_EQ(cache.find("a", start)->status, status::nodata);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(AnswerCache, KeepsNothingLongerThanADay) {
  answer_cache cache(2);
  cache.keep("a", with(status::records, seconds(1'000'000)), start);
  EXPECT_FALSE(cache.find("a", start + cached_ttl_s_max));
}

TEST(AnswerCache, MayBeSwitchedOff) {
  answer_cache cache(0);
  cache.keep("a", with(status::records, seconds(60)), start);
  EXPECT_FALSE(cache.find("a", start));
}

}  // namespace
}  // namespace signpost::dns
