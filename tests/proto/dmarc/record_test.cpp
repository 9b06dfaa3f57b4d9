// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::dmarc {
namespace {

using testing::ElementsAre;

TEST(DmarcRecord, IsKnownByItsVersionAlone) {
  EXPECT_TRUE(is_dmarc_record("v=DMARC1"));
  EXPECT_TRUE(is_dmarc_record("v \t= DMARC1 ;p=none"));
  for (const char* text : {"", "v=DMARC2; p=none", "v=dmarc1; p=none", "v=DMARC1 p=none",
                           "p=none; v=DMARC1", " v=DMARC1; p=none", "v=DMARC1,p=none"}) {
    EXPECT_FALSE(is_dmarc_record(text)) << text;
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(DmarcRecord, ReadsEveryTag) {
  const auto r = parse_record(
      "v=DMARC1; p=Reject;sp = quarantine ; np=none; adkim=S; aspf=s; psd=n; t=y; fo=1:d:s; "
      "rua=mailto:a@x.example , mailto:b@x.example!10m; ruf=mailto:c@x.example; pct=7; later=x");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->p, policy::reject);
  EXPECT_EQ(r->sp, policy::quarantine);
  EXPECT_EQ(r->np, policy::none);
  EXPECT_EQ(r->adkim, alignment_mode::strict);
  EXPECT_EQ(r->aspf, alignment_mode::strict);
  EXPECT_EQ(r->psd, public_suffix::no);
  EXPECT_TRUE(r->testing);
  EXPECT_EQ(r->fo, "1:d:s");
  EXPECT_THAT(r->rua, ElementsAre("mailto:a@x.example", "mailto:b@x.example"));
  EXPECT_THAT(r->ruf, ElementsAre("mailto:c@x.example"));
  EXPECT_TRUE(r->problems.empty());
  EXPECT_TRUE(r->applies);
}

TEST(DmarcRecord, DiscardsWrongValuesForDefaults) {
  const auto r = parse_record(
      "v=DMARC1; p=quarantine; adkim=x; psd=maybe; t=1; fo=0:1; rua=nobody, mailto:a@x.example");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->p, policy::quarantine);
  EXPECT_EQ(r->adkim, alignment_mode::relaxed);
  EXPECT_EQ(r->psd, public_suffix::unknown);
  EXPECT_FALSE(r->testing);
  EXPECT_EQ(r->fo, "0");
  EXPECT_THAT(r->rua, ElementsAre("mailto:a@x.example"));
  EXPECT_THAT(r->problems, ElementsAre("adkim", "psd", "t", "fo", "rua"));
}

struct policy_case {
  const char* text;
  bool applies;
  policy p;
};

// RFC 9989 §4.10.1.
TEST(DmarcRecord, IsNoneOrNothingWithoutAUsablePolicy) {
  const policy_case cases[] = {
      {"v=DMARC1", false, policy::none},
      {"v=DMARC1; adkim=s", false, policy::none},
      {"v=DMARC1; rua=mailto:a@x.example", true, policy::none},
      {"v=DMARC1; p=rejected; rua=mailto:a@x.example", true, policy::none},
      {"v=DMARC1; p=rejected; rua=a@x.example", false, policy::none},
      {"v=DMARC1; p=reject; sp=rejected", false, policy::none},
      {"v=DMARC1; p=reject; np=; rua=mailto:a@x.example", true, policy::none},
      {"v=DMARC1; p=none; p=reject; rua=mailto:a@x.example", true, policy::none},
      {"v=DMARC1; p=reject; ;; junk; =x", true, policy::reject},
  };
  for (const auto& c : cases) {
    const auto r = parse_record(c.text);
    ASSERT_TRUE(r) << c.text;
    EXPECT_EQ(r->applies, c.applies) << c.text;
    EXPECT_EQ(r->p, c.p) << c.text;
    EXPECT_FALSE(c.p == policy::none && r->sp) << c.text;
  }
}

TEST(DmarcRecord, HasLimits) {
  EXPECT_EQ(parse_record("v=DMARC1; p=none; x=" + std::string(record_octets_max, 'x')).error().code,
            errc::limit_exceeded);
  std::string many = "v=DMARC1; p=none; rua=mailto:a@x.example";
  for (int i = 0; i < 500; ++i) many += ",mailto:a@x.example";
  EXPECT_EQ(parse_record(many)->rua.size(), report_uris_max);
}

}  // namespace
}  // namespace signpost::dmarc
