// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// No forgery leaves us with a proof. Each way in which a message can come — authors, senders,
// signatures, what the DNS says — is combined with each set of names that we can have; it goes
// through authentication, admission and the SEALER; and what comes out is looked at as destinations
// do, of which each has its own view of the DNS and its own notion of an organization. None may
// find DMARC passed, unless the message itself did when it came.
#include <gtest/gtest.h>

#include <set>

#include "actors/routing/router.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/authentication/authentication.hpp"
#include "model/authentication/author_reader.hpp"
#include "proto/dmarc/evaluation.hpp"
#include "tests/actors/sealing_fixture.hpp"
#include "tests/proto/dkim/support.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost::actors {
namespace {

constexpr auto client = "198.51.100.7";
const std::vector<std::string> zones{"zone.example", "sub.zone.example", "signpost.example",
                                     "tenant.co.uk", ""};
const std::vector<std::string> service_domains{"", "signpost.example", "mail.service.example"};
constexpr auto host = "mx1.signpost.example";

struct author_way {
  std::string header;                // From and what is like it
  std::vector<std::string> victims;  // whom some reader may show
  std::string honest;                // the one author, if there is but one
};

const std::vector<author_way>& author_ways() {
  static const std::vector<author_way> ways{
      {"From: ceo@zone.example", {"zone.example"}, "zone.example"},
      {"From: ceo@boss.zone.example", {"boss.zone.example"}, "boss.zone.example"},
      {"From: ceo@sub.zone.example", {"sub.zone.example"}, "sub.zone.example"},
      {"From: ops@signpost.example", {"signpost.example"}, "signpost.example"},
      {"From: root@mx1.signpost.example", {"mx1.signpost.example"}, "mx1.signpost.example"},
      {"From: x@mx2.signpost.example", {"mx2.signpost.example"}, "mx2.signpost.example"},
      {"From: x@deep.mx1.signpost.example", {"deep.mx1.signpost.example"},
       "deep.mx1.signpost.example"},
      {"From: x@tenant.co.uk", {"tenant.co.uk"}, "tenant.co.uk"},
      {"From: x@mail.service.example", {"mail.service.example"}, "mail.service.example"},
      {"From: x@stranger.example", {"stranger.example"}, "stranger.example"},
      {"From: x@stranger.example, ceo@zone.example", {"zone.example", "stranger.example"}, ""},
      {"From: ceo@zone.example <x@stranger.example>", {"zone.example", "stranger.example"}, ""},
      {"From: <@zone.example:x@stranger.example>", {"zone.example", "stranger.example"}, ""},
      {"From: x@stranger.example\r\nFrom: ceo@zone.example", {"zone.example"}, ""},
      {"From: x@stranger.example\r\nno field\r\nFrom: ceo@signpost.example",
       {"signpost.example"}, ""},
      {"From: ceo@zone.example ceo@signpost.example", {"zone.example", "signpost.example"}, ""},
      {"Sender: ceo@zone.example", {"zone.example"}, ""},
      {"From: Boss <ceo@(x)zone.example>, undisclosed", {"zone.example"}, ""},
      {"From: ceo@zone(x).example, <bad", {"zone.example"}, ""},
      {"From: ceo@\"zone\".example, bad", {"zone.example"}, ""},
      {"From: ceo@\\zone.example", {"zone.example"}, ""},
      {"From: ceo@zone\xe2\x80\xa4" "example", {"zone.example"}, ""},
      {"From: ceo&#64;signpost.example", {"signpost.example"}, ""},
      {"From: =?cp037?q?=83=85=96=7C=A9=96=95=85=4B=85=A7=81=94=97=93=85?=", {"zone.example"}, ""},
      {"From: Staff <>\r\nSender: ceo@zone.example", {"zone.example"}, ""},
      {"Subject: nobody", {}, ""},
  };
  return ways;
}

// What the world says of policies, here or at a destination. The last one has a record above all
// organizations: a destination that sees it where we saw none could not be helped.
using records = std::vector<std::pair<std::string, std::string>>;
const std::vector<records> worlds{
    {},
    {{"zone.example", "p=none"}, {"signpost.example", "p=none"}, {"stranger.example", "p=none"}},
    {{"boss.zone.example", "p=none"}, {"mx1.signpost.example", "p=quarantine"},
     {"tenant.co.uk", "p=none; adkim=s; aspf=s"}},
    {{"example", "p=none; psd=y"}},
    {{"zone.example", "p=none; psd=n"}, {"sub.zone.example", "p=none; psd=n"}},
    {{"example", "p=none"}, {"co.uk", "p=none; psd=y"}},
};

void publish(test::table_resolver& dns, const records& what) {
  for (const auto& [domain, policy] : what) dns.add_txt("_dmarc." + domain, "v=DMARC1; " + policy);
}

test::table_resolver table() {
  return test::table_resolver([](const std::function<void()>& task) { task(); });
}

std::string last_two(const std::string& domain) {
  const auto dot = domain.rfind('.');
  const auto before = dot == std::string::npos || dot == 0 ? dot : domain.rfind('.', dot - 1);
  return before == std::string::npos ? domain : domain.substr(before + 1);
}

class LaunderingTest : public SealingTest {
 protected:
  LaunderingTest() {
    domain_key_map all;
    std::set<std::string> ours{host};
    ours.insert(zones.begin(), zones.end());
    ours.insert(service_domains.begin(), service_domains.end());
    for (const auto& domain : ours) {
      if (domain.empty()) continue;
      all[domain].push_back({.domain = domain, .selector = "s", .key = dkim::ed25519_key()});
    }
    signing.replace(std::move(all));
    options.host_name = host;
  }

  model::authentication_results looked_at(const std::string& sender, const records& world,
                                          bool answers) {
    auto dns = table();
    publish(dns, world);
    // The client may send for the attacker, and for nobody of ours.
    dns.add_txt("attacker.example", "v=spf1 ip4:198.51.100.7 -all")
        .add_txt("helo.attacker.example", "v=spf1 ip4:198.51.100.7 -all");
    for (const auto& way : author_ways()) {
      if (way.honest.empty()) continue;
      dns.add_txt("ed._domainkey." + way.honest,
                  dkim::key_record_text(dkim::ed25519_key()->public_half()));
      if (way.honest != "attacker.example") dns.add_txt(way.honest, "v=spf1 -all");
      if (!answers) dns.set_status("_dmarc." + way.honest, dns::status::servfail);
    }
    model::authentication_options checks{.authserv_id = host};
    model::authentication a({.client = *ip_address::parse(client),
                             .helo = "helo.attacker.example",
                             .sender = sender,
                             .octets = body,
                             .now = dkim::test_time},
                            checks);
    for (auto q = a.next_questions(); !q.empty(); q = a.next_questions()) {
      for (const auto& one : q) {
        dns.resolve(one, [&](const dns::answer& answer) { a.answer(one, answer); });
      }
    }
    return a.results();
  }

  // Authentication, admission by a zone that takes everything, and the record.
  bool taken(const model::authentication_results& found) {
    const auto sender = address::mailbox::parse_from_peer(record.sender);
    record.sender_proven = !record.sender.empty() && found.spf == model::verdict::pass;
    const auto sender_domain = sender ? sender->host().ascii() : std::string();
    const model::outgoing_names names{.null_sender = record.sender.empty(),
                                      .sender_domain = sender_domain,
                                      .sender_proven = record.sender_proven,
                                      .host_name = host,
                                      .zones = {zone}};
    const auto decision =
        model::admit(found, model::admission_policy::open(),
                     {.can_be_sent = model::can_be_sent(found.author, names)});
    record.author = found.author;
    record.prefix = found.fields;
    return !decision.refusal;
  }

  // What a destination may find passed: by SPF, for our address may send for all of our names; by
  // DKIM, all that we signed.
  dmarc::check_request identifiers(const smtp::outgoing_message& m) const {
    dmarc::check_request out;
    const auto at = m.sender.rfind('@');
    out.spf_domain = m.sender.empty() ? std::string(host) : m.sender.substr(at + 1);
    const imf::message_view view(m.prefix);
    for (const auto& field : view.find_all("DKIM-Signature")) {
      const auto parsed = dkim::parse_signature(field.value);
      EXPECT_TRUE(parsed) << field.value;
      out.dkim_domains.push_back(parsed->domain);
    }
    return out;
  }

  // True if some destination finds that `victim` stands by it.
  [[nodiscard]] bool passes(const dmarc::check_request& found, const std::string& victim) const {
    auto all = found.dkim_domains;
    all.push_back(found.spf_domain);
    for (const auto& d : all) {
      const auto listed = last_two(victim);  // by a list of public suffixes
      if ((listed != "co.uk" && last_two(d) == listed) || model::is_at_or_below(d, victim)
          || model::is_at_or_below(victim, d)) {
        return true;
      }
    }
    for (const auto& world : worlds) {
      if (&world == &worlds.back() && !seen_all_) continue;
      auto dns = table();
      publish(dns, world);
      auto request = found;
      request.from_domains = {victim};
      const auto r = dmarc::check(dmarc::evaluation(request), [&](const dns::question& q) {
        dns::answer said;
        dns.resolve(q, [&](const dns::answer& answer) { said = answer; });
        return said;
      });
      if (r.verdict == dmarc::verdict::pass) return true;
    }
    return false;
  }

  // Seals for the zone; then, as after a change of the set-up or a failover, for every other.
  void expect_no_proof(const author_way& way, bool proven) {
    const auto first = zone;
    for (const auto& other : zones) {
      zone = other;
      cache_anew();
      const auto sealed_copy = seal(job(), dependencies());
      if (!sealed_copy) {
        // What was admitted can be sent, as long as nothing changes.
        EXPECT_NE(other, first);
        EXPECT_EQ(sealed_copy.error().code, errc::denied);
        continue;
      }
      ++sealed_;
      if (proven) continue;
      const auto found = identifiers(*sealed_copy);
      for (const auto& victim : way.victims) {
        EXPECT_FALSE(passes(found, victim))
            << way.header << "\nas " << victim << " for zone " << zone << ", sender "
            << sealed_copy->sender << "\n"
            << sealed_copy->prefix;
      }
    }
    zone = first;
  }

  // What the SEALER asks for, the keys' own look at the message allows.
  void TearDown() override {
    EXPECT_EQ(metrics.signing.signatures.value("dkim", "denied"), 0U);
    EXPECT_EQ(metrics.signing.signatures.value("dkim", "failed"), 0U);
  }

  bool seen_all_ = false;
  std::size_t sealed_ = 0;
  std::size_t refused_ = 0;
};

const std::vector<std::string> senders{"x@attacker.example", "x@zone.example",
                                       "x@mx1.signpost.example", ""};

TEST_F(LaunderingTest, NothingThatIsNotProvenPassesAtAnyDestination) {
  original = "info@zone.example";
  for (const auto& way : author_ways()) {
    for (const auto& world : worlds) {
      // Nobody's DNS is asked about names that only careless readers find.
      seen_all_ = &world == &worlds.back() && !way.honest.empty();
      for (const auto& sender : senders) {
        for (const auto& name : service_domains) {
          options.service_domain = name;
          record.sender = sender;
          body = way.header + "\r\nTo: info@zone.example\r\n\r\nx\r\n";
          const auto found = looked_at(sender, world, &world != &worlds[1]);
          ASSERT_FALSE(found.author.proven) << way.header;
          for (const auto& one : zones) {
            zone = one;
            if (taken(found)) {
              expect_no_proof(way, false);
            } else {
              ++refused_;
            }
          }
        }
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(sealed_, 5000U);
  EXPECT_GT(refused_, 500U);
}

TEST_F(LaunderingTest, WhatOlderVersionsTookInHasNoProof) {
  for (const auto& way : author_ways()) {
    for (const auto& sender : senders) {
      record.sender = sender;
      record.author = {};
      body = way.header + "\r\n\r\nx\r\n";
      zone = "no zone";  // sealed for all of them, and none has to be possible
      expect_no_proof(way, false);
    }
  }
  EXPECT_GT(sealed_, 100U);
}

TEST_F(LaunderingTest, WithTheChecksSwitchedOffNothingIsProvenEither) {
  for (const auto& way : author_ways()) {
    record.sender = "x@attacker.example";
    body = way.header + "\r\n\r\nx\r\n";
    for (const auto& one : zones) {
      zone = one;
      model::authentication_results unchecked;
      unchecked.author = model::read_author(body).facts;
      if (taken(unchecked)) expect_no_proof(way, false);
    }
  }
  EXPECT_GT(sealed_, 100U);
}

// The guard costs honest mail nothing.
TEST_F(LaunderingTest, WhatIsProvenGetsEverySignatureAndTheZonesSender) {
  record.sender = "x@attacker.example";
  for (const auto& way : author_ways()) {
    if (way.honest.empty()) continue;
    body = way.header + "\r\n\r\nx\r\n";
    body = dkim::signed_message(
        body, {.domain = way.honest, .selector = "ed", .key = dkim::ed25519_key()});
    for (const auto& world : worlds) {
      const auto found = looked_at(record.sender, world, true);
      ASSERT_TRUE(found.author.proven) << way.header;
      zone = "zone.example";
      ASSERT_TRUE(taken(found));
      cache_anew();
      const auto names = identifiers(sealed());
      EXPECT_EQ(names.spf_domain, "zone.example");
      EXPECT_EQ(names.dkim_domains, (std::vector<std::string>{host, "zone.example"}));
    }
  }
}

TEST_F(LaunderingTest, StrangersWhoAreNotProvenAreStillSignedByTheZone) {
  record.sender = "x@attacker.example";
  body = "From: x@stranger.example\r\n\r\nx\r\n";
  ASSERT_TRUE(taken(looked_at(record.sender, {}, true)));
  const auto names = identifiers(sealed());
  EXPECT_EQ(names.spf_domain, "zone.example");
  EXPECT_EQ(names.dkim_domains, (std::vector<std::string>{host, "zone.example"}));
}

TEST_F(LaunderingTest, TheSignaturesThatAreNotLentAreCounted) {
  body = "From: ceo@zone.example\r\n\r\nx\r\n";
  ASSERT_TRUE(taken(looked_at(record.sender, {}, true)));
  const auto names = identifiers(sealed());
  EXPECT_EQ(names.spf_domain, host);
  EXPECT_EQ(names.dkim_domains, std::vector<std::string>{host});
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "withheld"), 1U);
}

// Only the field makes a message our own, which no node can set for another.
TEST_F(LaunderingTest, WhatHasNoClientIsNotOurOwnForThat) {
  record.client_address.clear();
  record.author = {};
  zone.clear();
  body = "From: mailer-daemon@mx1.signpost.example\r\n\r\nx\r\n";
  EXPECT_EQ(seal(job(), dependencies()).error().code, errc::denied);
}

TEST_F(LaunderingTest, OurOwnLettersAreSigned) {
  record.client_address.clear();
  record.own = true;
  record.sender.clear();
  zone.clear();
  body = "From: mailer-daemon@mx1.signpost.example\r\n\r\nx\r\n";
  EXPECT_EQ(identifiers(sealed()).dkim_domains, std::vector<std::string>{host});
}

}  // namespace
}  // namespace signpost::actors
