// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/record.hpp"

#include <gtest/gtest.h>

namespace signpost::spf {
namespace {

TEST(SpfRecord, IsKnownByItsVersionAndTheSpaceBehindIt) {
  EXPECT_TRUE(is_spf_record("v=spf1"));
  EXPECT_TRUE(is_spf_record("V=SpF1 a"));
  EXPECT_FALSE(is_spf_record("v=spf10 a"));
  EXPECT_FALSE(is_spf_record("v=spf1\ta"));
  EXPECT_FALSE(is_spf_record(" v=spf1 a"));
}

TEST(SpfRecord, ReadsEveryMechanism) {
  const auto r = parse_record(
      "v=spf1 +a -mx/24 ~ptr:p.example ?ip4:192.0.2.0/25 ip6:2001:db8::/48 include:i.example "
      "exists:%{i}.e.example a:h.example/20//64 all redirect=r.example exp=x.example note=a/b:c");
  ASSERT_TRUE(r) << r.error().context;
  ASSERT_EQ(r->directives.size(), 9U);
  EXPECT_EQ(r->directives[1].mechanism, mechanism::mx);
  EXPECT_EQ(r->directives[1].qualifier, qualifier::fail);
  EXPECT_EQ(r->directives[1].v4_bits, 24U);
  EXPECT_EQ(r->directives[1].v6_bits, 128U);
  EXPECT_EQ(r->directives[3].network, ip_address::parse("192.0.2.0"));
  EXPECT_EQ(r->directives[3].v4_bits, 25U);
  EXPECT_EQ(r->directives[4].v6_bits, 48U);
  EXPECT_EQ(r->directives[7].v4_bits, 20U);
  EXPECT_EQ(r->directives[7].v6_bits, 64U);
  EXPECT_TRUE(r->redirect);
  EXPECT_TRUE(r->explanation);
}

struct bad_case {
  const char* name;
  std::string text;
};

class SpfBadRecord : public testing::TestWithParam<bad_case> {};

TEST_P(SpfBadRecord, IsRefused) {
  const auto r = parse_record("v=spf1 " + GetParam().text);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, errc::malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Terms, SpfBadRecord,
    testing::Values(
        bad_case{"UnknownMechanism", "-all host:x.example"},
        bad_case{"ArgumentOfAll", "all:x.example"}, bad_case{"LeadingZero", "ip4:192.0.2.0/08"},
        bad_case{"LongPrefix", "ip4:192.0.2.0/33"}, bad_case{"LongPrefix6", "a//129"},
        bad_case{"NoDigits", "a/"}, bad_case{"NoDigits6", "mx//"},
        bad_case{"SingleSlash6", "a/24/64"}, bad_case{"V6InV4", "ip4:2001:db8::1"},
        bad_case{"V4InV6", "ip6:192.0.2.1"}, bad_case{"EmptyInclude", "include:"},
        bad_case{"BareInclude", "include"}, bad_case{"BareExists", "exists"},
        bad_case{"PrefixOfExists", "exists:a.example/24"}, bad_case{"OneLabel", "a:localhost"},
        bad_case{"NumericTop", "a:192.0.2.1"}, bad_case{"DashedTop", "a:x.-y"},
        bad_case{"TwoRedirects", "redirect=a.example redirect=a.example"},
        bad_case{"TwoExps", "exp=a.example -all exp=b.example"},
        bad_case{"QualifiedModifier", "-exp=a.example"}, bad_case{"NamelessModifier", "=x"},
        bad_case{"BadMacroInModifier", "x=%a"}, bad_case{"MacroC", "a:%{c}.example"},
        bad_case{"ZeroParts", "a:%{d0}"}, bad_case{"BadDelimiter", "a:%{d!}"},
        bad_case{"OpenMacro", "a:%{d"}, bad_case{"Tab", "a\t-all"},
        bad_case{"HighOctet", "a:\x80.example"}, bad_case{"LoneQualifier", "+"}),
    [](const auto& one) { return one.param.name; });

TEST(SpfRecord, IsRefusedBeyondItsLimit) {
  const auto r = parse_record("v=spf1 " + std::string(record_octets_max, ' ') + "-all");
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, errc::limit_exceeded);
}

}  // namespace
}  // namespace signpost::spf
