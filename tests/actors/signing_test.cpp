// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the SEALER signs verifies at the other end, by our own verifiers.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "tests/actors/sealing_fixture.hpp"
#include "tests/proto/arc/support.hpp"

namespace signpost::actors {
namespace {

using crypto::key_type;
using zone_of_keys = std::map<std::string, dkim::found_key>;

constexpr auto relaxed_message =
    "From: Alice <alice@sender.example>\r\nTo: u0@zone.example\r\nSubject: hi\r\n"
    "Date: Mon, 23 Nov 2026 20:46:00 +0000\r\nMessage-ID: <1@sender.example>\r\n\r\nHello\r\n";

class SigningTest : public SealingTest {
 protected:
  SigningTest() {
    body = relaxed_message;
    use({{"node.example", "r1", key_type::rsa}, {"zone.example", "r2", key_type::rsa}});
    record.prefix = results("none");
  }

  struct wanted_key {
    std::string domain;
    std::string selector;
    key_type type;
  };
  /// Puts keys in force and publishes them.
  void use(const std::vector<wanted_key>& wanted) {
    domain_key_map all;
    for (const auto& w : wanted) {
      const auto key = w.type == key_type::rsa ? dkim::rsa_key() : dkim::ed25519_key();
      all[w.domain].push_back({.domain = w.domain, .selector = w.selector, .key = key});
      dns[w.selector + "._domainkey." + w.domain] =
          dkim::key_from(dkim::key_record_text(key->public_half()));
    }
    signing.replace(std::move(all));
  }
  static std::string results(const std::string& arc) {
    authres::authentication_results ours{.authserv_id = "node.example"};
    ours.add("spf", "pass").property("smtp", "mailfrom", "alice@sender.example");
    ours.add("dkim", "pass").property("header", "d", "sender.example");
    if (!arc.empty()) ours.add("arc", arc);
    return "Received-SPF: pass (node.example: 198.51.100.7 is permitted)\r\n"
           + authres::field(ours);
  }
  /// `domain=verdict` of each signature from the top.
  std::vector<std::string> verdicts(const std::string& octets) {
    std::vector<std::string> out;
    for (const auto& s : dkim::verify(octets, dns, {}, time.now()).signatures) {
      out.push_back(s.domain + "/" + s.selector + "=" + std::string(to_string(s.verdict)));
    }
    return out;
  }
  arc::validation chain_of(const std::string& octets) { return arc::validate(octets, {}, dns); }
  static std::vector<std::string> names(const std::string& octets) {
    std::vector<std::string> out;
    const imf::message_view view(octets);
    for (const auto& field : view.fields()) out.emplace_back(field.name);
    return out;
  }

  zone_of_keys dns;
};

using texts = std::vector<std::string>;

TEST_F(SigningTest, FieldsStandInOrder) {
  const auto m = sealed();
  EXPECT_EQ(names(m.prefix + "\r\n"),
            (texts{"DKIM-Signature", "DKIM-Signature", "X-Forwarded-To", "X-Forwarded-For",
                   "Received", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results",
                   "Received-SPF", "Authentication-Results"}));
  EXPECT_TRUE(m.prefix.ends_with(record.prefix));
}

TEST_F(SigningTest, ServiceAndZoneBothSign) {
  EXPECT_EQ(verdicts(sent()), (texts{"node.example/r1=pass", "zone.example/r2=pass"}));
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "made"), 2U);
}

TEST_F(SigningTest, EachKeyOfADomainSignsRsaOnTop) {
  use({{"node.example", "r1", key_type::rsa},
       {"node.example", "e1", key_type::ed25519},
       {"zone.example", "r2", key_type::rsa},
       {"zone.example", "e2", key_type::ed25519}});
  EXPECT_EQ(verdicts(sent()), (texts{"node.example/r1=pass", "node.example/e1=pass",
                                     "zone.example/r2=pass", "zone.example/e2=pass"}));
}

TEST_F(SigningTest, SignaturesHoldForAWeekAndNoLonger) {
  const auto octets = sent();
  EXPECT_NE(octets.find("t=1790000000; x=1790604800;"), std::string::npos) << octets;
  time.advance(std::chrono::hours(24 * 7) - seconds(1));
  EXPECT_EQ(verdicts(octets).front(), "node.example/r1=pass");
  time.advance(std::chrono::minutes(10));
  EXPECT_EQ(verdicts(octets).front(), "node.example/r1=fail");
}

TEST_F(SigningTest, TheChainHandsOnWhatWasFoundOut) {
  const auto chain = chain_of(sent());
  EXPECT_EQ(arc::outcome(chain), "pass");
  ASSERT_EQ(chain.sealers.size(), 1U);
  EXPECT_EQ(chain.sealers[0].domain, "node.example");
  EXPECT_NE(chain.sealers[0].results.find("spf=pass smtp.mailfrom=alice@sender.example"),
            std::string::npos)
      << chain.sealers[0].results;
}

// A host without 8BITMIME gets what verifies there, too.
TEST_F(SigningTest, ACopyInSevenBitsIsSignedAsItIs) {
  body = "From: J\xC3\xBCrgen <a@sender.example>\r\nSubject: \xC3\xBC\r\n\r\n"
         "Gr\xC3\xBC\xC3\x9F\x65\r\n";
  record.eight_bit = record.smtputf8 = true;
  const auto in_seven_bits = [this] {
    const auto with = dependencies();
    signature_book book(with.signing, with.time.now());
    return seal(job(), with, book, copy_form::seven_bit);
  };
  EXPECT_EQ(in_seven_bits().error().code, errc::malformed) << "it came signed";
  options.reencode = reencoding::always;
  const auto m = in_seven_bits().value();
  const auto octets = m.prefix + std::string(m.body->octets());
  EXPECT_TRUE(is_ascii(octets)) << octets;
  EXPECT_FALSE(m.eight_bit || m.smtputf8);
  EXPECT_EQ(verdicts(octets), (texts{"node.example/r1=pass", "zone.example/r2=pass"}));
  EXPECT_EQ(arc::outcome(chain_of(octets)), "pass");
  // What goes to other hosts is not what was kept of this.
  EXPECT_EQ(verdicts(sent()), (texts{"node.example/r1=pass", "zone.example/r2=pass"}));
  original = "\xC3\xBC@zone.example";
  cache_anew();
  EXPECT_TRUE(is_ascii(in_seven_bits().value().prefix));
  memory_budget full(10'000);
  ASSERT_TRUE(full.take(9'000));
  budget = &full;
  EXPECT_EQ(in_seven_bits().error().code, errc::no_space) << "to be tried again";
}

struct content_case {
  const char* name;
  std::string body;
};

TEST_F(SigningTest, EveryKindOfMessageVerifies) {
  const std::vector<content_case> cases = {
      {"eight bits", "From: a@sender.example\r\nSubject: x\r\n\r\nGr\xC3\xBC\xC3\x9F\x65 \xFF\r\n"},
      {"internationalized", "From: \xC3\xBC@sender.example\r\nSubject: \xC3\xBC\r\n\r\nx\r\n"},
      {"no body", "From: a@sender.example\r\n\r\n"},
      {"no end of header", "From: a@sender.example\r\n"},
      {"no header", "just text\r\n"},
      {"begins with a blank", " text: x\r\n\r\nx\r\n"},
      {"line of a mailbox file", "From a Mon Nov 23\r\nFrom: a@sender.example\r\n\r\nx\r\n"},
      {"blanks and empty lines", "From: a@sender.example\r\n\r\n \t \r\na  b\t\r\n\r\n\r\n"},
      {"forged results",
       "Authentication-Results: node.example; spf=pass\r\nFrom: a@sender.example\r\n\r\nx\r\n"},
      {"two From fields", "From: a@sender.example\r\nFrom: b@sender.example\r\n\r\nx\r\n"},
      {"folded", "From: a@sender.example\r\nSubject: a\r\n  b\r\n\tc\r\n\r\n.\r\n..\r\n"},
      {"large", "From: a@sender.example\r\n\r\n" + std::string(1 << 20, 'x') + "\r\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    cache_anew();
    body = c.body;
    const auto octets = sent();
    EXPECT_EQ(verdicts(octets), (texts{"node.example/r1=pass", "zone.example/r2=pass"}));
    EXPECT_EQ(arc::outcome(chain_of(octets)), "pass");
  }
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "denied"), 0U);
}

TEST_F(SigningTest, ChangesOnTheWayAreFound) {
  const auto octets = sent();
  for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
           {"Hello", "Hallo"},
           {"Subject: hi", "Subject: ho"},
           {"From: Alice", "From: Mallory"},
           {"\r\n\r\nHello", "\r\nReply-To: m@evil.example\r\n\r\nHello"}}) {
    SCOPED_TRACE(with);
    const auto changed = dkim::replaced(octets, what, with);
    EXPECT_EQ(verdicts(changed), (texts{"node.example/r1=fail", "zone.example/r2=fail"}));
    EXPECT_EQ(chain_of(changed).status, arc::chain_status::fail);
  }
}

TEST_F(SigningTest, TheSendersOwnSignatureStillPasses) {
  const auto own = dkim::rsa_options();
  for (const auto& [name, key] : dkim::test_zone()) dns[name] = key;
  body = dkim::signed_message(relaxed_message, own);
  EXPECT_EQ(verdicts(sent()),
            (texts{"node.example/r1=pass", "zone.example/r2=pass", "example.org/rsa=pass"}));
}

TEST_F(SigningTest, AChainOfTwoSetsGetsTheThird) {
  for (const auto& [name, key] : dkim::test_zone()) dns[name] = key;
  body = arc::sealed_times(2);
  record.prefix = results("pass");
  const auto chain = chain_of(sent());
  EXPECT_EQ(arc::outcome(chain), "pass");
  EXPECT_EQ(chain.highest, 3U);
}

TEST_F(SigningTest, AFailedChainIsSealedAsFailed) {
  body = dkim::replaced(arc::sealed_times(2), "arc=none; dkim=pass", "arc=none; dkim=fail");
  record.prefix = results("fail");
  const auto octets = sent();
  EXPECT_NE(octets.find("cv=fail; d=node.example; i=3;"), std::string::npos) << octets;
}

TEST_F(SigningTest, AChainThatHasEndedGetsNoMoreAndTheMailGoes) {
  body = dkim::replaced(arc::sealed_times(1), "cv=none", "cv=fail");
  record.prefix = results("fail");
  const auto octets = sent();
  EXPECT_EQ(octets.find("i=2"), std::string::npos) << octets;
  EXPECT_EQ(verdicts(octets), (texts{"node.example/r1=pass", "zone.example/r2=pass"}));
  EXPECT_EQ(metrics.signing.signatures.value("arc", "refused"), 1U);
  EXPECT_EQ(metrics.signing.signatures.value("arc", "failed"), 0U);
}

struct unsealed_case {
  const char* name;
  std::string prefix;
};

// RFC 8617 §5.1: what a set says of the chain is what its maker validated.
TEST_F(SigningTest, NothingIsSealedThatWasNotChecked) {
  for (const auto& c :
       std::vector<unsealed_case>{{"verification is off", ""},
                                  {"ARC was not looked at", results("")},
                                  {"the DNS did not answer", results("temperror")}}) {
    SCOPED_TRACE(c.name);
    cache_anew();
    record.prefix = c.prefix;
    const auto octets = sent();
    EXPECT_EQ(octets.find("ARC-"), std::string::npos) << octets;
    EXPECT_EQ(verdicts(octets).size(), 2U);
  }
}

TEST_F(SigningTest, ArcCanBeSwitchedOff) {
  options.arc = false;
  EXPECT_EQ(sent().find("ARC-"), std::string::npos);
}

TEST_F(SigningTest, OurOwnMessagesGetTheServicesSignatureAlone) {
  record.client_address.clear();
  record.own = true;
  record.sender.clear();
  record.prefix.clear();
  body = "From: MAILER-DAEMON@node.example\r\nSubject: failed\r\n\r\nx\r\n";
  const auto octets = sent();
  EXPECT_EQ(verdicts(octets), texts{"node.example/r1=pass"});
  EXPECT_EQ(names(octets), (texts{"DKIM-Signature", "From", "Subject"}));
}

TEST_F(SigningTest, AZoneThatIsTheServicesDomainSignsOnce) {
  zone = "node.example";
  EXPECT_EQ(verdicts(sent()), texts{"node.example/r1=pass"});
}

TEST_F(SigningTest, AZoneWithoutKeyLeavesTheServicesSignature) {
  zone = "other.example";
  EXPECT_EQ(verdicts(sent()), texts{"node.example/r1=pass"});
}

// More fields of one name than anybody signs: it goes without, rather than not at all.
TEST_F(SigningTest, WhatCannotBeSignedIsSentUnsigned) {
  std::string fields;
  for (int i = 0; i < 60; ++i) fields += "Cc: c" + std::to_string(i) + "@sender.example\r\n";
  body = fields + body;
  const auto m = sealed();
  EXPECT_EQ(m.prefix.find("DKIM-Signature"), std::string::npos);
  EXPECT_NE(m.prefix.find("Received:"), std::string::npos);
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "refused"), 2U);
}

// ---- the cache ---------------------------------------------------------------------------------

TEST_F(SigningTest, CopiesForSeveralDestinationsAreSignedOnce) {
  record.recipients = 3;
  const auto first = sealed().prefix;
  EXPECT_EQ(sealed().prefix, first);
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "made"), 2U);
  EXPECT_EQ(metrics.signing.reused.value(), 1U);
}

TEST_F(SigningTest, AnotherZoneOrMessageIsAnotherCopy) {
  (void)sealed();
  zone = "node.example";
  (void)sealed();
  record.id = model::queue_id::make(time.now(), 1, 2);
  (void)sealed();
  EXPECT_EQ(metrics.signing.reused.value(), 0U);
}

TEST_F(SigningTest, AnOldCopyIsSignedAnew) {
  const auto first = sealed().prefix;
  time.advance(seal_cache::age_max + seconds(1));
  EXPECT_NE(sealed().prefix, first);
}

TEST_F(SigningTest, NewKeysSignFromTheNextCopyOn) {
  (void)sealed();
  use({{"node.example", "r9", key_type::rsa}});
  EXPECT_EQ(verdicts(sent()), texts{"node.example/r9=pass"});
  signing.replace({});
  EXPECT_TRUE(verdicts(sent()).empty());
}

TEST(SealCache, HoldsSoManyEntriesAndTheOldestGoes) {
  seal_cache cache;
  const auto keys = signing_keys().names();
  const steady_time now{};
  for (std::size_t i = 0; i <= seal_cache::entries_max; ++i) {
    cache.put(std::to_string(i), "x", keys, now);
  }
  cache.put("1", "again", keys, now);
  EXPECT_EQ(cache.size(), seal_cache::entries_max);
  EXPECT_FALSE(cache.find("0", keys, now));
  EXPECT_EQ(cache.find("1", keys, now), "again");
  cache.put("large", std::string(seal_cache::octets_max + 1, 'x'), keys, now);
  EXPECT_FALSE(cache.find("large", keys, now));
}

TEST(SealCache, HoldsSoManyOctets) {
  seal_cache cache;
  const auto keys = signing_keys().names();
  for (int i = 0; i < 200; ++i) {
    cache.put(std::to_string(i), std::string(seal_cache::octets_max, 'x'), keys, {});
  }
  cache.put("199", "x", keys, {});
  EXPECT_LE(cache.octets(), seal_cache::octets_together_max);
  EXPECT_GT(cache.size(), 2U);
  EXPECT_TRUE(cache.find("198", keys, {}));
  EXPECT_FALSE(cache.find("0", keys, {}));
}

}  // namespace
}  // namespace signpost::actors
