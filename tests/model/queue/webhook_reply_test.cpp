// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/webhook_reply.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signpost::model {
namespace {

// Mon, 23 Nov 2026 20:46:40 GMT
constexpr wall_time now{seconds{1'795'466'800}};

struct status_case {
  int status;
  disposition want;
  std::uint16_t klass;
};

TEST(WebhookReply, IsClassifiedByItsStatus) {
  for (const auto& c :
       std::vector<status_case>{{200, disposition::delivered, 2}, {202, disposition::delivered, 2},
                                {204, disposition::delivered, 2}, {299, disposition::delivered, 2},
                                {301, disposition::bounce, 5},    {302, disposition::bounce, 5},
                                {308, disposition::bounce, 5},    {400, disposition::bounce, 5},
                                {401, disposition::bounce, 5},    {404, disposition::bounce, 5},
                                {408, disposition::retry, 4},     {409, disposition::bounce, 5},
                                {410, disposition::bounce, 5},    {413, disposition::bounce, 5},
                                {425, disposition::retry, 4},     {429, disposition::retry, 4},
                                {499, disposition::bounce, 5},    {500, disposition::retry, 4},
                                {501, disposition::retry, 4},     {503, disposition::retry, 4},
                                {599, disposition::retry, 4},     {0, disposition::retry, 4},
                                {101, disposition::retry, 4},     {600, disposition::retry, 4},
                                {999, disposition::retry, 4}}) {
    const auto got = classify_webhook_reply({.status = c.status}, now);
    EXPECT_EQ(got.what, c.want) << c.status;
    EXPECT_EQ(got.status.klass, c.klass) << c.status;
    EXPECT_FALSE(got.reason.empty()) << c.status;
    EXPECT_FALSE(got.retry_after) << c.status;
  }
}

TEST(WebhookReply, HonoursRetryAfterOnlyWhereItIsTriedAgain) {
  EXPECT_EQ(classify_webhook_reply({.status = 503, .retry_after = "120"}, now).retry_after,
            seconds{120});
  EXPECT_EQ(classify_webhook_reply({.status = 429, .retry_after = "x"}, now).retry_after,
            std::nullopt);
  EXPECT_EQ(classify_webhook_reply({.status = 404, .retry_after = "120"}, now).retry_after,
            std::nullopt);
  EXPECT_EQ(classify_webhook_reply({.status = 200, .retry_after = "120"}, now).retry_after,
            std::nullopt);
}

TEST(WebhookReply, TroubleOnTheWayIsTriedAgain) {
  struct trouble_case {
    errc why;
    disposition want;
  };
  for (const auto& c : std::vector<trouble_case>{{errc::unavailable, disposition::retry},
                                                 {errc::limit_exceeded, disposition::retry},
                                                 {errc::no_space, disposition::retry},
                                                 {errc::not_found, disposition::retry},
                                                 {errc::denied, disposition::bounce},
                                                 {errc::malformed, disposition::bounce}}) {
    const auto got = classify_webhook_failure(c.why);
    EXPECT_EQ(got.what, c.want) << to_string(c.why);
    EXPECT_EQ(got.status.klass, c.want == disposition::retry ? 4 : 5) << to_string(c.why);
  }
}

struct retry_after_case {
  const char* name;
  std::string value;
  long want;  ///< seconds; -1 = nothing
};

class RetryAfter : public testing::TestWithParam<retry_after_case> {};

TEST_P(RetryAfter, IsParsed) {
  const auto got = parse_retry_after(GetParam().value, now);
  EXPECT_EQ(got ? got->count() : -1, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RetryAfter,
    testing::Values(
        retry_after_case{"Seconds", "120", 120}, retry_after_case{"Padded", " 120\t", 120},
        retry_after_case{"Zero", "0", 30}, retry_after_case{"Least", "30", 30},
        retry_after_case{"Most", "86400", 86400}, retry_after_case{"TooMuch", "86401", 86400},
        retry_after_case{"Overflow", "99999999999999999999999", 86400},
        retry_after_case{"Negative", "-1", -1}, retry_after_case{"Fraction", "1.5", -1},
        retry_after_case{"Words", "soon", -1}, retry_after_case{"Empty", "", -1},
        retry_after_case{"WithUnit", "120 s", -1},
        retry_after_case{"Long", std::string(65, '1'), -1},
        retry_after_case{"Fixdate", "Mon, 23 Nov 2026 20:50:00 GMT", 200},
        retry_after_case{"FixdateOfTheNextYear", "Fri, 01 Jan 2027 00:00:00 GMT", 86400},
        retry_after_case{"FixdateInThePast", "Sun, 06 Nov 1994 08:49:37 GMT", 30},
        retry_after_case{"Obsolete", "Monday, 23-Nov-26 20:50:00 GMT", 200},
        retry_after_case{"ObsoleteOfTheLastCentury", "Sunday, 06-Nov-94 08:49:37 GMT", 30},
        retry_after_case{"Asctime", "Mon Nov 23 20:50:00 2026", 200},
        retry_after_case{"AsctimeWithOneDigit", "Sun Nov  6 08:49:37 1994", 30},
        retry_after_case{"LeapSecond", "Mon, 23 Nov 2026 20:49:60 GMT", 200},
        retry_after_case{"NoZone", "Mon, 23 Nov 2026 20:50:00", -1},
        retry_after_case{"OtherZone", "Mon, 23 Nov 2026 20:50:00 CET", -1},
        retry_after_case{"NoSuchDay", "Mon, 31 Nov 2026 20:50:00 GMT", -1},
        retry_after_case{"NoSuchMonth", "Mon, 23 Nob 2026 20:50:00 GMT", -1},
        retry_after_case{"NoSuchHour", "Mon, 23 Nov 2026 24:50:00 GMT", -1},
        retry_after_case{"ShortTime", "Mon, 23 Nov 2026 20:50 GMT", -1},
        retry_after_case{"YearOfFiveDigits", "Mon, 23 Nov 20260 20:50:00 GMT", -1}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signpost::model
