// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/evaluation.hpp"

#include <gtest/gtest.h>

#include "proto/spf/received_spf.hpp"
#include "tests/proto/spf/small_zone.hpp"

namespace signpost::spf {
namespace {

check_request from(const char* sender, const char* client = "192.0.2.1") {
  return {.client = *ip_address::parse(client), .helo = "mx.shop.example", .sender = sender};
}

check_result run(small_zone::entries zone, check_request request) {
  small_zone dns(std::move(zone));
  return check_host(evaluation(std::move(request)), std::ref(dns));
}

TEST(SpfCheckHost, NamesWhatDecided) {
  const auto r = run({{"TXT shop.example", "v=spf1 mx ip4:192.0.2.0/24 -all"},
                      {"MX shop.example", "mx1.shop.example"},
                      {"A mx1.shop.example", "198.51.100.1"}},
                     from("ann@shop.example"));
  EXPECT_EQ(r.verdict, verdict::pass);
  EXPECT_EQ(r.mechanism, "ip4:192.0.2.0/24");
  EXPECT_EQ(r.domain, "shop.example");
  EXPECT_EQ(r.identity, identity::mailfrom);
  EXPECT_EQ(r.lookup_terms, 1U);
}

TEST(SpfCheckHost, ChecksTheHeloNameForANullSender) {
  const auto r = run({{"TXT mx.shop.example", "v=spf1 exists:%{l}.%{o} -all"},
                      {"A postmaster.mx.shop.example", "127.0.0.1"}},
                     from(""));
  EXPECT_EQ(r.verdict, verdict::pass);
  EXPECT_EQ(r.identity, identity::helo);
  EXPECT_EQ(r.sender, "postmaster@mx.shop.example");
}

TEST(SpfCheckHost, SaysNoneForWhatIsNoDomain) {
  for (const char* sender : {"ann@localhost", "ann@[192.0.2.1]", "ann@a..example", "ann@", "@.",
                             "ann@[IPv6:2001:db8::1.x]", "ann@\x80.example"}) {
    small_zone zone({});
    evaluation e(from(sender));
    EXPECT_FALSE(e.next_question()) << sender;
    EXPECT_EQ(e.result().verdict, verdict::none) << sender;
  }
}

TEST(SpfCheckHost, AsksForTheALabelsOfAnInternationalDomain) {
  evaluation e(
      from("j\xc3\xb6rg@b\xc3\xbc"
           "cher.example"));
  ASSERT_TRUE(e.next_question());
  EXPECT_EQ(e.next_question()->name, "xn--bcher-kva.example");
}

// RFC 8616 §4: such terms match nothing; an include is no exception, though its target must exist.
TEST(SpfCheckHost, PassesOverTermsMadeFromALocalPartThatIsNotAscii) {
  const auto r = run({{"TXT shop.example",
                       "v=spf1 include:%{l}.x.example exists:%{s}.x.example ip4:192.0.2.1 -all"}},
                     from("j\xc3\xb6rg@shop.example"));
  EXPECT_EQ(r.verdict, verdict::pass) << r.problem;
  EXPECT_EQ(r.mechanism, "ip4:192.0.2.1");
}

TEST(SpfCheckHost, KeepsItsQuestionUntilItIsAnswered) {
  evaluation e(from("ann@shop.example"));
  const auto first = *e.next_question();
  EXPECT_EQ(first, *e.next_question());
  e.answer({.status = dns::status::nxdomain});
  EXPECT_FALSE(e.next_question());
  EXPECT_EQ(e.result().verdict, verdict::none);
}

struct verdict_case {
  const char* name;
  small_zone::entries zone;
  verdict want;
};

class SpfVerdict : public testing::TestWithParam<verdict_case> {};

TEST_P(SpfVerdict, IsReached) {
  const auto r = run(GetParam().zone, from("ann@shop.example"));
  EXPECT_EQ(r.verdict, GetParam().want) << to_string(r.verdict) << " " << r.problem;
}

INSTANTIATE_TEST_SUITE_P(
    Zones, SpfVerdict,
    testing::Values(
        verdict_case{"NoAnswer", {{"TXT shop.example", "TIMEOUT"}}, verdict::temperror},
        verdict_case{"ServerFailure", {{"TXT shop.example", "SERVFAIL"}}, verdict::temperror},
        verdict_case{"TwoRecords",
                     {{"TXT shop.example", "v=spf1 -all"}, {"TXT shop.example", "v=spf1 a -all"}},
                     verdict::permerror},
        verdict_case{"OtherText",
                     {{"TXT shop.example", "hello"}, {"TXT shop.example", "v=spf1 ~all"}},
                     verdict::softfail},
        verdict_case{"Default", {{"TXT shop.example", "v=spf1"}}, verdict::neutral},
        verdict_case{"IncludeNegated",
                     {{"TXT shop.example", "v=spf1 -include:a.example ?all"},
                      {"TXT a.example", "v=spf1 ip4:192.0.2.1"}},
                     verdict::fail},
        verdict_case{"IncludeWithinInclude",
                     {{"TXT shop.example", "v=spf1 ~include:a.example -all"},
                      {"TXT a.example", "v=spf1 -all include:b.example"},
                      {"TXT b.example", "v=spf1 +all"}},
                     verdict::fail},
        verdict_case{"IncludeOfNothing",
                     {{"TXT shop.example", "v=spf1 include:a.example all"}},
                     verdict::permerror},
        verdict_case{"RedirectInsideInclude",
                     {{"TXT shop.example", "v=spf1 include:a.example -all"},
                      {"TXT a.example", "v=spf1 redirect=b.example"},
                      {"TXT b.example", "v=spf1 ip4:192.0.2.1"}},
                     verdict::pass},
        verdict_case{"RedirectToNothing",
                     {{"TXT shop.example", "v=spf1 redirect=a.example"}},
                     verdict::permerror},
        verdict_case{"RedirectBehindMatch",
                     {{"TXT shop.example", "v=spf1 redirect=a.example ?all"}},
                     verdict::neutral},
        verdict_case{"ErrorBehindMatch",
                     {{"TXT shop.example", "v=spf1 ip4:192.0.2.1 -all oops"}},
                     verdict::permerror},
        verdict_case{"NoAnswerOfMx",
                     {{"TXT shop.example", "v=spf1 mx -all"},
                      {"MX shop.example", "m.example"},
                      {"A m.example", "TIMEOUT"}},
                     verdict::temperror},
        verdict_case{
            "PtrWithoutAnswerDoesNotMatch",
            {{"TXT shop.example", "v=spf1 ptr ~all"}, {"PTR 1.2.0.192.in-addr.arpa", "TIMEOUT"}},
            verdict::softfail},
        verdict_case{"PtrSkipsAFailingName",
                     {{"TXT shop.example", "v=spf1 ptr ~all"},
                      {"PTR 1.2.0.192.in-addr.arpa", "a.shop.example"},
                      {"PTR 1.2.0.192.in-addr.arpa", "b.shop.example"},
                      {"A a.shop.example", "SERVFAIL"},
                      {"A b.shop.example", "192.0.2.1"}},
                     verdict::pass},
        verdict_case{"PtrOfAForger",
                     {{"TXT shop.example", "v=spf1 ptr ~all"},
                      {"PTR 1.2.0.192.in-addr.arpa", "a.shop.example"},
                      {"A a.shop.example", "198.51.100.9"}},
                     verdict::softfail},
        verdict_case{"NameBesideTheDomain",
                     {{"TXT shop.example", "v=spf1 ptr ~all"},
                      {"PTR 1.2.0.192.in-addr.arpa", "notshop.example"},
                      {"A notshop.example", "192.0.2.1"}},
                     verdict::softfail}),
    [](const auto& one) { return one.param.name; });

TEST(SpfCheckHost, StopsAfterTenLookups) {
  small_zone::entries zone{{"TXT shop.example", "v=spf1 a a a a a a a a a a ip4:192.0.2.1"},
                           {"A shop.example", "198.51.100.1"},
                           {"TXT eleven.example",
                            "v=spf1 a:shop.example a:shop.example "
                            "a:shop.example a:shop.example a:shop.example a:shop.example "
                            "a:shop.example a:shop.example a:shop.example a:shop.example "
                            "a:shop.example ip4:192.0.2.1"}};
  EXPECT_EQ(run(zone, from("ann@shop.example")).verdict, verdict::pass);
  const auto r = run(zone, from("ann@eleven.example"));
  EXPECT_EQ(r.verdict, verdict::permerror);
  EXPECT_NE(r.problem.find("10"), std::string::npos);
}

TEST(SpfCheckHost, StopsAtTheThirdVoidLookup) {
  const auto check = [](const char* record) {
    return run({{"TXT shop.example", record}}, from("ann@shop.example")).verdict;
  };
  EXPECT_EQ(check("v=spf1 a:x.example mx:y.example ?all"), verdict::neutral);
  EXPECT_EQ(check("v=spf1 a:x.example mx:y.example exists:z.example ?all"), verdict::permerror);
}

TEST(SpfCheckHost, DoesNotCountHostsOfAnMxAsVoid) {
  small_zone::entries zone{{"TXT shop.example", "v=spf1 mx -all"}};
  for (int i = 0; i < 5; ++i) {
    const auto host = "m" + std::to_string(i) + ".example";
    zone.emplace_back("MX shop.example", host);
    zone.emplace_back("A " + host, "192.0.2.9");
  }
  const auto r = run(zone, from("ann@shop.example", "2001:db8::1"));
  EXPECT_EQ(r.verdict, verdict::fail);
  EXPECT_EQ(r.void_lookups, 0U);
}

TEST(SpfCheckHost, AsksForTenHostsOfAnMxAtMost) {
  small_zone::entries zone{{"TXT shop.example", "v=spf1 mx ?all"}};
  for (int i = 0; i < 11; ++i)
    zone.emplace_back("MX shop.example", "m" + std::to_string(i) + ".example");
  zone.emplace_back("A m9.example", "192.0.2.1");
  zone.emplace_back("A m10.example", "192.0.2.2");
  EXPECT_EQ(run(zone, from("ann@shop.example")).verdict, verdict::pass);
  EXPECT_EQ(run(zone, from("ann@shop.example", "192.0.2.2")).verdict, verdict::permerror);
}

TEST(SpfCheckHost, TriesTenNamesOfAClientOnce) {
  small_zone::entries zone{
      {"TXT shop.example", "v=spf1 ptr ptr:x.example exists:%{p}.y.example -all"}};
  for (int i = 0; i < 40; ++i) {
    zone.emplace_back("PTR 1.2.0.192.in-addr.arpa", "n" + std::to_string(i) + ".shop.example");
  }
  zone.emplace_back("A n10.shop.example", "192.0.2.1");
  small_zone dns(zone);
  const auto r = check_host(evaluation(from("ann@shop.example")), std::ref(dns));
  EXPECT_EQ(r.verdict, verdict::fail);
  EXPECT_EQ(dns.asked.size(), 1 + 1 + 10 + 1U);
  EXPECT_EQ(dns.asked.back().name, "unknown.y.example");
}

// The worst that a zone can do: every limit used up at once.
TEST(SpfCheckHost, NeverAsksMoreThanItsLimit) {
  small_zone::entries zone{
      {"TXT shop.example",
       "v=spf1 mx:%{p}.a.example mx:b.example mx:b.example mx:b.example mx:b.example mx:b.example "
       "mx:b.example mx:b.example mx:b.example mx:b.example -all exp=%{p}.c.example"},
      {"MX unknown.a.example", "h.example"}};
  for (int i = 0; i < 10; ++i) {
    zone.emplace_back("MX b.example", "h" + std::to_string(i) + ".example");
    zone.emplace_back("MX unknown.a.example", "i" + std::to_string(i) + ".example");
    zone.emplace_back("PTR 1.2.0.192.in-addr.arpa", "n" + std::to_string(i) + ".example");
  }
  zone.erase(zone.begin() + 1);
  small_zone dns(zone);
  const auto r = check_host(evaluation(from("ann@shop.example")), std::ref(dns));
  EXPECT_EQ(r.verdict, verdict::fail);
  EXPECT_EQ(dns.asked.size(), questions_max);
}

TEST(SpfCheckHost, EndsADeepChainOfIncludes) {
  small_zone::entries zone;
  for (int i = 0; i < 1000; ++i) {
    zone.emplace_back("TXT i" + std::to_string(i) + ".example",
                      "v=spf1 include:i" + std::to_string(i + 1) + ".example");
  }
  small_zone dns(zone);
  const auto r = check_host(evaluation(from("ann@i0.example")), std::ref(dns));
  EXPECT_EQ(r.verdict, verdict::permerror);
  EXPECT_EQ(dns.asked.size(), 11U);
}

// Ten records full of macros over the longest values: ends by its limits, with little work.
TEST(SpfCheckHost, SurvivesMacroBombs) {
  std::string bomb;
  while (bomb.size() < record_octets_max - 200) bomb += "%{h1r.-}%{l}";
  small_zone::entries zone;
  for (int i = 0; i < 10; ++i) {
    const auto next = "n" + std::to_string(i + 1) + ".example";
    zone.emplace_back("TXT n" + std::to_string(i) + ".example",
                      "v=spf1 exists:" + bomb + ".%{d} include:" + next);
  }
  auto request = from((std::string(4000, '.') + "x@n0.example").c_str());
  request.helo = std::string(4000, '-');
  small_zone dns(zone);
  const auto r = check_host(evaluation(request), std::ref(dns));
  EXPECT_EQ(r.verdict, verdict::permerror);
  EXPECT_LE(dns.asked.size(), 11U);
}

TEST(SpfCheckHost, ExplainsAFail) {
  const small_zone::entries zone{{"TXT shop.example", "v=spf1 -all exp=why.%{o}"},
                                 {"TXT why.shop.example", "%{i} is no host of %{d}, %{p}"},
                                 {"PTR 1.2.0.192.in-addr.arpa", "n.other.example"},
                                 {"A n.other.example", "192.0.2.1"}};
  const auto r = run(zone, from("ann@shop.example"));
  EXPECT_EQ(r.verdict, verdict::fail);
  EXPECT_EQ(r.explanation, "192.0.2.1 is no host of shop.example, n.other.example");
}

TEST(SpfCheckHost, EndsWithFailWhenOnlyTheExplanationIsLate) {
  evaluation e(from("ann@shop.example"));
  e.answer({.status = dns::status::records, .records = {{.text = "v=spf1 -all exp=w.example"}}});
  ASSERT_TRUE(e.next_question());
  e.give_up("20 seconds are over");
  EXPECT_EQ(e.result().verdict, verdict::fail);
}

TEST(SpfCheckHost, EndsWithTemperrorWhenGivenUp) {
  evaluation e(from("ann@shop.example"));
  e.give_up("20 seconds are over");
  EXPECT_FALSE(e.next_question());
  EXPECT_EQ(e.result().verdict, verdict::temperror);
  EXPECT_EQ(e.result().problem, "20 seconds are over");
}

TEST(ReceivedSpf, SaysWhatWasFound) {
  const auto request = from("ann@shop.example");
  const auto r = run({{"TXT shop.example", "v=spf1 ip4:192.0.2.1 -all"}}, request);
  EXPECT_EQ(received_spf_field(request, r, "mx.example.net"),
            "Received-SPF: pass (mx.example.net: domain of ann@shop.example designates\r\n"
            " 192.0.2.1 as permitted sender) receiver=mx.example.net; client-ip=192.0.2.1;\r\n"
            " envelope-from=\"ann@shop.example\"; helo=mx.shop.example; identity=mailfrom;\r\n"
            " mechanism=\"ip4:192.0.2.1\"\r\n");
}

TEST(ReceivedSpf, LetsNobodyBreakOut) {
  auto request = from("a)\r\nX-Forged: yes\"@shop.example");
  request.helo = "x; identity=none\"\r\n\\";
  const auto r = run({}, request);
  const auto field = received_spf_field(request, r, "mx.example.net");
  EXPECT_EQ(field.find("\r\nX-Forged"), std::string::npos);
  EXPECT_NE(field.find("a\\) X-Forged"), std::string::npos) << field;
  EXPECT_NE(field.find("helo=\"x; identity=none\\\" \\\\\""), std::string::npos) << field;
}

}  // namespace
}  // namespace signpost::spf
