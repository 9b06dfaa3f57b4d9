// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/authres/authentication_results.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace signpost::authres {
namespace {

TEST(AuthresWriter, FoldsAndQuotes) {
  authentication_results r{.authserv_id = "mx.example.net"};
  r.add("spf", "pass").property("smtp", "mailfrom", "ann@shop.example");
  auto& dkim = r.add("dkim", "fail");
  dkim.comment = "2048-bit (rsa)";
  dkim.reason = "body hash";
  dkim.property("header", "d", "shop.example").property("header", "b", "a/b+c=");
  r.add("iprev", "pass").property("policy", "iprev", "2001:db8::1");
  EXPECT_EQ(field(r),
            "Authentication-Results: mx.example.net; spf=pass\r\n"
            " smtp.mailfrom=ann@shop.example; dkim=fail (2048-bit \\(rsa\\))\r\n"
            " reason=\"body hash\" header.d=shop.example header.b=\"a/b+c=\"; iprev=pass\r\n"
            " policy.iprev=\"2001:db8::1\"\r\n");
}

TEST(AuthresWriter, SaysNone) {
  EXPECT_EQ(payload({.authserv_id = "mx.example.net"}), "mx.example.net; none");
}

TEST(AuthresWriter, PutsALeadInFront) {
  EXPECT_EQ(field("ARC-Authentication-Results", "i=2;", {.authserv_id = "mx.example.net"}),
            "ARC-Authentication-Results: i=2; mx.example.net; none\r\n");
}

struct value_case {
  std::string value;
  std::string want;
};

TEST(AuthresWriter, KeepsEveryValueInItsPlace) {
  const value_case cases[] = {
      {"shop.example", "shop.example"},
      {"ann@shop.example", "ann@shop.example"},
      {"@shop.example", "@shop.example"},
      {"bounce+a=b/c@shop.example", "bounce+a=b/c@shop.example"},
      {"x; dkim=pass header.d=bank.example", "\"x; dkim=pass header.d=bank.example\""},
      {"a\" dkim=pass", "\"a\\\" dkim=pass\""},
      {"a\\", "\"a\\\\\""},
      {"a\r\nX-Forged: yes", "\"a X-Forged: yes\""},
      {"a b@shop.example", "\"a b@shop.example\""},
      {"", "\"\""},
      {"j\xc3\xb6rg@b\xc3\xbc"
       "cher.example",
       "j\xc3\xb6rg@b\xc3\xbc"
       "cher.example"},
      {"\xff@shop.example", "?@shop.example"},
  };
  for (const auto& c : cases) {
    authentication_results r{.authserv_id = "mx"};
    r.add("spf", "fail").property("smtp", "mailfrom", c.value);
    EXPECT_EQ(payload(r), "mx; spf=fail smtp.mailfrom=" + c.want);
  }
}

TEST(AuthresWriter, IsReadBackAsItWas) {
  authentication_results r{.authserv_id = "mx.example.net", .version = 1};
  auto& spf = r.add("spf", "softfail");
  spf.version = 1;
  spf.reason = "say \"no\"";
  spf.comment = "half (open";
  spf.property("smtp", "mailfrom", "a \\ b@x.example").property("smtp", "helo", "mx.example");
  r.add("arc", "none");
  const auto value = field(r).substr(std::string("Authentication-Results:").size());
  const auto back = parse(value);
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_EQ(*back, r);
}

TEST(AuthresReader, TakesWhatStrangersWrite) {
  const auto r = parse(
      " (by me) mx.example.net\r\n (v) 1 ;\r\n\tDKIM / 1 = Pass (good (really) sig) "
      "header . i = @shop.example header.b=\"aB/+\" header.s=s1 ; spf=pass smtp.mailfrom=\"a "
      "b\"@x.example "
      "x-spam=no reason = \"all; well\";");
  ASSERT_TRUE(r) << r.error().context;
  EXPECT_EQ(r->authserv_id, "mx.example.net");
  EXPECT_EQ(r->version, 1U);
  ASSERT_EQ(r->results.size(), 2U);
  EXPECT_EQ(r->results[0].method, "dkim");
  EXPECT_EQ(r->results[0].result, "pass");
  EXPECT_EQ(r->results[0].comment, "good (really) sig");
  EXPECT_EQ(r->results[0].value_of("header", "i"), "@shop.example");
  EXPECT_EQ(r->results[0].value_of("header", "b"), "aB/+");
  EXPECT_EQ(r->find("SPF")->value_of("smtp", "mailfrom"), "a b@x.example");
  EXPECT_EQ(r->find("spf")->reason, "all; well");
  EXPECT_EQ(r->find("dmarc"), nullptr);
}

TEST(AuthresReader, TakesNone) {
  const auto r = parse("mx.example.net; none");
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->results.empty());
  EXPECT_TRUE(parse("mx.example.net"));
}

TEST(AuthresReader, RefusesWhatIsBroken) {
  for (const char* value :
       {"", "; spf=pass", "mx spf=pass", "mx; spf", "mx; spf=", "mx 2; spf=pass",
        "mx; spf=pass (open", "mx; spf=pass smtp.", "mx; spf=pass smtp.a",
        "mx; spf=pass smtp.a=\"open", "mx; =pass", "mx; spf=pass =x", "mx; spf/x=pass",
        "\"mx; spf=pass", "\" \"; none", "\"\x01\"; none"}) {
    const auto r = parse(value);
    ASSERT_FALSE(r) << value;
    EXPECT_EQ(r.error().code, errc::malformed) << value;
  }
}

TEST(AuthresReader, HasLimits) {
  std::string many = "mx";
  for (std::size_t i = 0; i <= results_max; ++i) many += "; a=b";
  EXPECT_EQ(parse(many).error().code, errc::limit_exceeded);
  std::string wide = "mx; a=b";
  for (std::size_t i = 0; i <= properties_max; ++i) wide += " c.d=e";
  EXPECT_EQ(parse(wide).error().code, errc::limit_exceeded);
  EXPECT_EQ(parse(std::string(field_octets_max + 1, 'x')).error().code, errc::limit_exceeded);
  EXPECT_FALSE(parse(std::string(60'000, '(')));
}

struct claim_case {
  const char* value;
  bool ours;
};

TEST(AuthresClaim, FindsFieldsForgedInOurName) {
  const claim_case cases[] = {
      {" mx.example.net; spf=pass", true},
      {" MX.Example.NET 1; none", true},
      {" mx.example.net.; none", true},
      {" (hello) \"mx.example.net\"; none", true},
      {" (\\)) \r\n mx.example.net\r\n ; none", true},
      {" mx.example.net/1; spf=pass", true},
      {" \"mx.example.net; spf=pass", true},
      {" (open mx.example.net; spf=pass", true},
      {" other.example; spf=pass smtp.helo=mx.example.net", false},
      {" notmx.example.net; spf=pass", false},
      {" mx.example.net.evil.example; spf=pass", false},
      {"", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(claims_to_be_ours(c.value, "mx.example.net"), c.ours) << c.value;
}

// However it is spelt, some reader takes it for ours.
TEST(AuthresClaim, FindsOurNameInEverySpelling) {
  using namespace std::string_view_literals;
  for (const auto value :
       {" mx(x).example.net; spf=pass"sv, " mx.(x)example.net; spf=pass"sv,
        " m(x)x.example.net; spf=pass"sv, " mx . example . net; spf=pass"sv,
        " mx.\r\n example.net; spf=pass"sv, " mx.\texample.net\t; spf=pass"sv,
        " mx.example.net (x) 1; spf=pass"sv, " mx.example.net(x)1; spf=pass"sv,
        " mx.example.net  ; spf=pass"sv, " mx.example.net. ; spf=pass"sv,
        " mx.example.net;"sv, " mx.example.net"sv, " mx.example.net 1"sv,
        " \"mx.example\".net; spf=pass"sv, " \"mx\".\"example\".\"net\"; spf=pass"sv,
        " \"mx\\.example.net\"; spf=pass"sv, " \"mx.example.net\" 1; spf=pass"sv,
        " \"mx . example.net\"; spf=pass"sv, " \xc2\xa0mx.example.net; spf=pass"sv,
        " mx.example.net\xc2\xa0; spf=pass"sv, " mx.example.net\xa0; spf=pass"sv,
        " mx.\xe2\x80\x8b" "example.net; spf=pass"sv, " mx.exam\xc2\xadple.net; spf=pass"sv,
        " \xef\xbc\xad\xef\xbd\x98.example.net; spf=pass"sv,
        " mx\xe3\x80\x82" "example\xef\xbc\x8enet; spf=pass"sv, " mx.example.net\0; spf=pass"sv,
        " mx.\x01" "example.net; spf=pass"sv, " =?utf-8?q?mx=2Eexample.net?=; spf=pass"sv,
        " (;) \"mx\xc2\xa0.example.net\"; none"sv, " (a;b) mx . example.net; none"sv,
        " mx.example.net (x) .evil.example; spf=pass"sv,
        " (open mx.exam\xc2\xadple.net; spf=pass"sv, ";; mx . example.net; spf=pass"sv}) {
    EXPECT_TRUE(claims_to_be_ours(value, "mx.example.net")) << value;
  }
  for (const auto value :
       {" mx.example.net1; spf=pass"sv, " mx2.example.net; spf=pass"sv,
        " amx.example.net; spf=pass"sv,
        " other.example (mx.example.net); spf=pass"sv,
        " other.example; spf=pass smtp.mailfrom=a@mx.example.net"sv,
        " other.example 1; dkim=pass header.d=mx.example.net"sv}) {
    EXPECT_FALSE(claims_to_be_ours(value, "mx.example.net")) << value;
  }
  EXPECT_FALSE(claims_to_be_ours(" mx12; spf=pass", "mx1"));
  EXPECT_TRUE(claims_to_be_ours(" mx1 2; spf=pass", "mx1"));
}

TEST(AuthresClaim, ComparesLabelsInBothForms) {
  EXPECT_TRUE(
      claims_to_be_ours("mx.b\xc3\xbc"
                        "cher.example; none",
                        "mx.xn--bcher-kva.example"));
  EXPECT_TRUE(claims_to_be_ours("mx.xn--bcher-kva.example; none",
                                "mx.b\xc3\xbc"
                                "cher.example"));
}

}  // namespace
}  // namespace signpost::authres
