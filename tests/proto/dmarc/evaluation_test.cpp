// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dmarc/evaluation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/spf/small_zone.hpp"

namespace signpost::dmarc {
namespace {

using testing::ElementsAre;
using strings = std::vector<std::string>;

check_result run(const small_zone::entries& zone, const check_request& request,
                 strings* asked = nullptr) {
  small_zone dns(zone);
  auto r = check(evaluation(request), std::ref(dns));
  if (asked != nullptr) {
    for (const auto& q : dns.asked) asked->push_back(q.name);
  }
  return r;
}

TEST(DmarcWalk, AsksEightTimesForALongName) {
  strings asked;
  const auto r = run({}, {.from_domains = {"a.b.c.d.e.f.g.h.shop.example"}}, &asked);
  EXPECT_EQ(r.verdict, verdict::none);
  EXPECT_THAT(asked, ElementsAre("_dmarc.a.b.c.d.e.f.g.h.shop.example",
                                 "_dmarc.d.e.f.g.h.shop.example", "_dmarc.e.f.g.h.shop.example",
                                 "_dmarc.f.g.h.shop.example", "_dmarc.g.h.shop.example",
                                 "_dmarc.h.shop.example", "_dmarc.shop.example", "_dmarc.example"));
}

TEST(DmarcWalk, StopsAtAnOrganizationThatSaysSo) {
  strings asked;
  const auto r = run({{"TXT _dmarc.eu.shop.example", "v=DMARC1; p=reject; psd=n"}},
                     {.from_domains = {"news.eu.shop.example"}}, &asked);
  EXPECT_THAT(asked, ElementsAre("_dmarc.news.eu.shop.example", "_dmarc.eu.shop.example"));
  EXPECT_EQ(r.organizational_domain, "eu.shop.example");
  EXPECT_EQ(r.policy_domain, "eu.shop.example");
  EXPECT_EQ(r.disposition, policy::reject);
}

TEST(DmarcWalk, EndsOneLabelBelowAPublicSuffix) {
  const small_zone::entries zone{
      {"TXT _dmarc.co.example", "v=DMARC1; p=reject; sp=quarantine; psd=y"}};
  const auto r = run(zone, {.from_domains = {"a.b.shop.co.example"}});
  EXPECT_EQ(r.organizational_domain, "shop.co.example");
  EXPECT_EQ(r.policy_domain, "co.example");
  EXPECT_EQ(r.disposition, policy::quarantine);
  // Two organizations under one suffix are not aligned.
  EXPECT_EQ(
      run(zone, {.from_domains = {"a.shop.co.example"}, .dkim_domains = {"b.rival.co.example"}})
          .verdict,
      verdict::fail);
  EXPECT_EQ(
      run(zone, {.from_domains = {"a.shop.co.example"}, .dkim_domains = {"b.shop.co.example"}})
          .verdict,
      verdict::pass);
}

TEST(DmarcWalk, TreatsAPublicSuffixAsAuthorLikeAnyName) {
  const auto r = run({{"TXT _dmarc.co.example", "v=DMARC1; p=reject; psd=y"}},
                     {.from_domains = {"co.example"}, .spf_domain = "co.example"});
  EXPECT_EQ(r.verdict, verdict::pass);
  EXPECT_EQ(r.organizational_domain, "co.example");
}

TEST(DmarcWalk, PassesOverIntermediateRecords) {
  const auto r = run({{"TXT _dmarc.eu.shop.example", "v=DMARC1; p=none"},
                      {"TXT _dmarc.shop.example", "v=DMARC1; p=quarantine; sp=reject"}},
                     {.from_domains = {"a.eu.shop.example"}});
  EXPECT_EQ(r.policy_domain, "shop.example");
  EXPECT_EQ(r.requested_by, "sp");
  EXPECT_EQ(r.disposition, policy::reject);
}

TEST(DmarcWalk, DiscardsSeveralRecordsAndGoesOn) {
  const auto r = run({{"TXT _dmarc.a.shop.example", "v=DMARC1; p=none"},
                      {"TXT _dmarc.a.shop.example", "v=DMARC1; p=none; t=n"},
                      {"TXT _dmarc.shop.example", "v=DMARC1; p=reject"}},
                     {.from_domains = {"a.shop.example"}});
  EXPECT_EQ(r.policy_domain, "shop.example");
}

TEST(DmarcPolicy, OfTheAuthorDomainIsItsP) {
  const auto r = run({{"TXT _dmarc.a.shop.example", "v=DMARC1; p=quarantine; sp=none; np=none"},
                      {"TXT _dmarc.shop.example", "v=DMARC1; p=reject"}},
                     {.from_domains = {"a.shop.example"}});
  EXPECT_EQ(r.disposition, policy::quarantine);
  EXPECT_EQ(r.organizational_domain, "shop.example");
}

TEST(DmarcPolicy, KnowsNamesThatDoNotExist) {
  const small_zone::entries zone{
      {"TXT _dmarc.shop.example", "v=DMARC1; p=none; sp=quarantine; np=reject"},
      {"A real.shop.example", "192.0.2.1"},
      {"TXT broken.shop.example", "SERVFAIL"}};
  EXPECT_EQ(run(zone, {.from_domains = {"fake.shop.example"}}).disposition, policy::reject);
  EXPECT_EQ(run(zone, {.from_domains = {"real.shop.example"}}).disposition, policy::quarantine);
  EXPECT_EQ(run(zone, {.from_domains = {"shop.example"}}).disposition, policy::none);
  EXPECT_EQ(run(zone, {.from_domains = {"broken.shop.example"}}).verdict, verdict::temperror);
  EXPECT_EQ(
      run(zone, {.from_domains = {"broken.shop.example"}, .spf_domain = "shop.example"}).verdict,
      verdict::pass);
}

// RFC 2308 §2.1: NXDOMAIN behind an alias is about its target.
TEST(DmarcPolicy, TakesADanglingAliasForANameThatExists) {
  const auto answer = [](const dns::question& q) {
    if (q.name == "_dmarc.shop.example") {
      return dns::answer{.status = dns::status::records,
                         .records = {{.text = "v=DMARC1; p=none; sp=quarantine; np=reject"}}};
    }
    dns::answer a{.status = dns::status::nxdomain};
    if (q.name == "old.shop.example") a.canonical_name = "gone.host.example";
    return a;
  };
  EXPECT_EQ(check(evaluation({.from_domains = {"old.shop.example"}}), answer).requested_by, "sp");
  EXPECT_EQ(check(evaluation({.from_domains = {"new.shop.example"}}), answer).requested_by, "np");
}

TEST(DmarcPolicy, IsOneLevelLessWhileTesting) {
  const auto of = [](const char* record) {
    return run({{"TXT _dmarc.shop.example", record}}, {.from_domains = {"shop.example"}});
  };
  EXPECT_EQ(of("v=DMARC1; p=reject; t=y").disposition, policy::quarantine);
  EXPECT_EQ(of("v=DMARC1; p=reject; t=y").requested, policy::reject);
  EXPECT_EQ(of("v=DMARC1; p=quarantine; t=y").disposition, policy::none);
  EXPECT_EQ(of("v=DMARC1; p=none; t=y").disposition, policy::none);
  EXPECT_EQ(of("v=DMARC1; adkim=r").verdict, verdict::none);
}

TEST(DmarcAlignment, IsStrictOrRelaxedPerMechanism) {
  const auto with = [](const char* tags, check_request request) {
    request.from_domains = {"a.shop.example"};
    return run({{"TXT _dmarc.shop.example", std::string("v=DMARC1; p=reject; ") + tags}}, request);
  };
  EXPECT_EQ(with("", {.spf_domain = "b.shop.example"}).verdict, verdict::pass);
  EXPECT_EQ(with("aspf=s", {.spf_domain = "shop.example"}).verdict, verdict::fail);
  EXPECT_EQ(with("aspf=s", {.spf_domain = "a.shop.example"}).verdict, verdict::pass);
  EXPECT_EQ(with("aspf=s", {.dkim_domains = {"shop.example"}}).verdict, verdict::pass);
  EXPECT_EQ(with("adkim=s", {.dkim_domains = {"shop.example", "A.Shop.Example"}}).dkim.domain,
            "a.shop.example");
  EXPECT_EQ(
      with("", {.dkim_domains = {"ashop.example", "example", "shop.example.evil.example"}}).verdict,
      verdict::fail);
}

// Names that cannot be aligned cost no question.
TEST(DmarcAlignment, AsksNothingAboutStrangers) {
  strings asked;
  check_request request{.from_domains = {"shop.example"}};
  for (int i = 0; i < 1000; ++i)
    request.dkim_domains.push_back("d" + std::to_string(i) + ".other.example");
  run({{"TXT _dmarc.shop.example", "v=DMARC1; p=reject"}}, request, &asked);
  EXPECT_THAT(asked, ElementsAre("_dmarc.shop.example", "_dmarc.example"));
}

// Every signer has an organization of its own, which is found only at the end of a long walk.
TEST(DmarcAlignment, IsBoundedForManySignatures) {
  strings asked;
  check_request request{.from_domains = {"shop.example"},
                        .spf_domain = "1.2.3.4.5.6.z.shop.example"};
  small_zone::entries zone{{"TXT _dmarc.shop.example", "v=DMARC1; p=reject; psd=n"},
                           {"TXT _dmarc.z.shop.example", "v=DMARC1; p=reject; psd=n"}};
  for (int i = 0; i < 1000; ++i) {
    const auto n = "n" + std::to_string(i) + ".shop.example";
    request.dkim_domains.push_back("a.b.c.d.e.f." + n);
    zone.emplace_back("TXT _dmarc." + n, "v=DMARC1; p=reject; psd=n");
  }
  const auto r = run(zone, request, &asked);
  EXPECT_EQ(r.verdict, verdict::permerror);
  EXPECT_EQ(asked.size(), questions_max);
}

TEST(DmarcCheck, IsTemperrorWhereTheAnswerIsNeeded) {
  const small_zone::entries no_parent{{"TXT _dmarc.a.shop.example", "v=DMARC1; p=reject"},
                                      {"TXT _dmarc.shop.example", "TIMEOUT"}};
  EXPECT_EQ(run(no_parent, {.from_domains = {"b.shop.example"}}).verdict, verdict::temperror);
  EXPECT_EQ(
      run(no_parent, {.from_domains = {"a.shop.example"}, .spf_domain = "shop.example"}).verdict,
      verdict::temperror);
  EXPECT_EQ(
      run(no_parent, {.from_domains = {"a.shop.example"}, .spf_domain = "a.shop.example"}).verdict,
      verdict::pass);
  EXPECT_EQ(run(no_parent, {.from_domains = {"a.shop.example"}}).verdict, verdict::fail);
}

// Then nobody need wait for the answer: it could not change what becomes of the message.
TEST(DmarcCheck, KnowsWhenAMissingAnswerCouldAskForNothing) {
  const small_zone::entries zone{{"TXT _dmarc.down.example", "SERVFAIL"},
                                 {"TXT _dmarc.a.half.example", "v=DMARC1; p=none"},
                                 {"TXT _dmarc.b.half.example", "v=DMARC1; p=quarantine; t=y"},
                                 {"TXT _dmarc.c.half.example", "v=DMARC1; p=quarantine"},
                                 {"TXT _dmarc.half.example", "TIMEOUT"}};
  const auto settled = [&](strings from, std::string spf, strings dkim = {}) {
    const auto r = run(zone, {.from_domains = std::move(from),
                              .spf_domain = std::move(spf),
                              .dkim_domains = std::move(dkim)});
    EXPECT_EQ(r.verdict, verdict::temperror);
    return r.asks_for_nothing;
  };
  EXPECT_TRUE(settled({"down.example"}, "down.example"));
  EXPECT_TRUE(settled({"down.example"}, "", {"other.example", "down.example"}));
  EXPECT_FALSE(settled({"down.example"}, ""));
  EXPECT_FALSE(settled({"down.example"}, "a.down.example")) << "adkim=s could stand there";
  EXPECT_FALSE(settled({"a.down.example"}, "down.example"));
  EXPECT_FALSE(settled({"down.example", "a.half.example"}, "half.example"));
  EXPECT_TRUE(settled({"a.half.example"}, "half.example")) << "p=none";
  EXPECT_TRUE(settled({"b.half.example"}, "half.example")) << "t=y";
  EXPECT_FALSE(settled({"c.half.example"}, "half.example"));
  evaluation e({.from_domains = {"shop.example"}, .dkim_domains = {"shop.example"}});
  e.give_up("too late");
  EXPECT_TRUE(e.result().asks_for_nothing);
  evaluation two({.from_domains = {"shop.example", "x.example"}, .dkim_domains = {"shop.example"}});
  two.give_up("too late");
  EXPECT_FALSE(two.result().asks_for_nothing);
}

TEST(DmarcCheck, DoesNotApplyToAddressLiterals) {
  const small_zone::entries zone{{"TXT _dmarc.shop.example", "v=DMARC1; p=reject"}};
  EXPECT_EQ(run(zone, {.from_domains = {"[192.0.2.1]"}}).verdict, verdict::none);
  EXPECT_EQ(run(zone, {.from_domains = {"[192.0.2.1]"}}).author_domain, "[192.0.2.1]");
  EXPECT_EQ(run(zone, {.from_domains = {"[192.0.2.1]", "shop.example"}}).verdict,
            verdict::permerror);
  EXPECT_EQ(run(zone, {.from_domains = {}}).verdict, verdict::permerror);
}

TEST(DmarcCheck, GivesTheWorstOfSeveralAuthors) {
  const small_zone::entries zone{{"TXT _dmarc.strict.example", "v=DMARC1; p=reject"},
                                 {"TXT _dmarc.mild.example", "v=DMARC1; p=quarantine"}};
  const auto of = [&](strings from, strings dkim) {
    return run(zone, {.from_domains = std::move(from), .dkim_domains = std::move(dkim)});
  };
  EXPECT_EQ(of({"mild.example", "strict.example"}, {}).author_domain, "strict.example");
  EXPECT_EQ(of({"strict.example", "mild.example"}, {"strict.example"}).disposition,
            policy::quarantine);
  EXPECT_EQ(of({"strict.example", "free.example"}, {"strict.example"}).verdict, verdict::none);
  EXPECT_EQ(of({"strict.example", "mild.example"}, {"strict.example", "mild.example"}).verdict,
            verdict::pass);
  EXPECT_EQ(of({}, {}).verdict, verdict::permerror);
  EXPECT_EQ(of({"mild.example", "a..b"}, {"mild.example"}).verdict, verdict::permerror);
}

TEST(DmarcCheck, TellsOfEachAuthorWhetherItIsAligned) {
  const small_zone::entries zone{{"TXT _dmarc.strict.example", "v=DMARC1; p=reject; adkim=s"},
                                 {"TXT _dmarc.none.example", "v=DMARC1; p=none"},
                                 {"TXT _dmarc.psd.example", "v=DMARC1; p=none; psd=y"},
                                 {"TXT _dmarc.broken.example", "v=DMARC1; p=what"}};
  const auto aligned = [&](const std::string& from, strings dkim, std::string spf = {}) {
    const auto r = run(zone, {.from_domains = {from, "other.example"},
                              .spf_domain = std::move(spf),
                              .dkim_domains = std::move(dkim)});
    EXPECT_EQ(r.authors.size(), 2U);
    EXPECT_FALSE(r.authors.at(1).aligned);
    return r.authors.at(0).aligned;
  };
  EXPECT_TRUE(aligned("none.example", {"none.example"}));
  EXPECT_TRUE(aligned("none.example", {"a.none.example"}));
  EXPECT_FALSE(aligned("none.example", {"a.example"}));
  EXPECT_FALSE(aligned("strict.example", {"a.strict.example"}));
  EXPECT_TRUE(aligned("strict.example", {}, "a.strict.example"));
  // Without a policy: the very same name alone.
  EXPECT_TRUE(aligned("free.example", {"free.example"}));
  EXPECT_TRUE(aligned("free.example", {}, "free.example"));
  EXPECT_FALSE(aligned("free.example", {"a.free.example"}));
  EXPECT_FALSE(aligned("a.free.example", {"free.example"}));
  EXPECT_FALSE(aligned("free.example", {}));
  EXPECT_TRUE(aligned("broken.example", {"broken.example"}));
  const auto below = run(zone, {.from_domains = {"a.b.psd.example"}}).authors;
  ASSERT_EQ(below.size(), 1U);
  EXPECT_EQ(below[0].organizational_domain, "b.psd.example");
  EXPECT_TRUE(below[0].below_public_suffix);
}

TEST(DmarcCheck, EndsWithTemperrorWhenGivenUp) {
  evaluation e({.from_domains = {"shop.example"}});
  ASSERT_TRUE(e.next_question());
  e.give_up("too late");
  EXPECT_FALSE(e.next_question());
  EXPECT_EQ(e.result().verdict, verdict::temperror);
}

}  // namespace
}  // namespace signpost::dmarc
