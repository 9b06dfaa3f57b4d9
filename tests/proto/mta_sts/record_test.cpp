// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/mta_sts/record.hpp"

#include <gtest/gtest.h>

namespace signpost::mta_sts {
namespace {

TEST(StsRecord, HasAnId) {
  for (const char* text :
       {"v=STSv1; id=20260101T000000", "v=STSv1;id=20260101T000000;",
        "v=STSv1\t; id=20260101T000000 ; ", "v=STSv1; x-1=2,3<4; id=20260101T000000",
        "v=STSv1; id=20260101T000000; id=other"}) {
    const auto r = parse_record(text);
    ASSERT_TRUE(r) << text << ": " << r.error().context;
    EXPECT_EQ(r->id, "20260101T000000") << text;
  }
}

TEST(StsRecord, RefusesWhatTheGrammarDoes) {
  for (const char* text :
       {"", "v=STSv1", "v=STSv1;", "v=stsv1; id=a", " v=STSv1; id=a", "v=STSv1 id=a",
        "id=a; v=STSv1;", "v=STSv1; id=", "v=STSv1; id=a-b", "v=STSv1; id=a b", "v=STSv1; ID=a",
        "v=STSv1; id =a", "v=STSv1; id=a;;", "v=STSv1;; id=a", "v=STSv1; id=a; ext",
        "v=STSv1; id=a; ext=", "v=STSv1; id=a; ext=b c", "v=STSv1; id=a; ext=b=c",
        "v=STSv1; id=a; -ext=b", "v=STSv1; id=a; id=", "v=STSv1; id=\xc3\xbc"}) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(StsRecord, BoundsNamesAndNumbers) {
  EXPECT_TRUE(parse_record("v=STSv1; id=" + std::string(32, '1')));
  EXPECT_FALSE(parse_record("v=STSv1; id=" + std::string(33, '1')));
  EXPECT_TRUE(parse_record("v=STSv1; id=1; " + std::string(32, 'e') + "=1"));
  EXPECT_FALSE(parse_record("v=STSv1; id=1; " + std::string(33, 'e') + "=1"));
  EXPECT_EQ(parse_record("v=STSv1; id=1" + std::string(record_octets_max, ' ')).error().code,
            errc::limit_exceeded);
}

dns::answer texts(std::vector<std::string> all) {
  dns::answer out{.status = dns::status::records};
  for (auto& text : all) out.records.push_back({.text = std::move(text)});
  return out;
}

TEST(StsRecord, IsTheOnlyOneOfItsVersion) {
  EXPECT_EQ(read_record(texts({"v=spf1 -all", "v=STSv1; id=1"})).value().id, "1");
  EXPECT_EQ(read_record(texts({"v=STSv10; id=2", "v=STSv1; id=1"})).value().id, "1");
  EXPECT_EQ(read_record(texts({"v=STSv1; id=1", "v=STSv1; id=1"})).error().code, errc::not_found);
  EXPECT_EQ(read_record(texts({"v=STSv1; id=1", "v=STSv1; x"})).error().code, errc::not_found);
  EXPECT_EQ(read_record(texts({"v=spf1 -all"})).error().code, errc::not_found);
  EXPECT_EQ(read_record({.status = dns::status::nodata}).error().code, errc::not_found);
  EXPECT_EQ(read_record({.status = dns::status::servfail}).error().code, errc::unavailable);
}

}  // namespace
}  // namespace signpost::mta_sts
