// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands above a copy, field by field. Signatures are looked at in signing_test.cpp.
#include "actors/signing/sealer.hpp"

#include <gtest/gtest.h>

#include "actors/queue/delivery_job.hpp"
#include "actors/signing/messages.hpp"
#include "tests/actors/sealing_fixture.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

class SealerTest : public SealingTest {};

TEST_F(SealerTest, WritesWhereTheMessageCameFrom) {
  const auto m = sealed();
  for (const auto* part : {"Received: from client.example", "[198.51.100.7]", "by node.example",
                           "with ESMTPS", "TLSv1.3", "for <u0@zone.example>"}) {
    EXPECT_NE(m.prefix.find(part), std::string::npos) << part << " in\n" << m.prefix;
  }
  EXPECT_NE(m.prefix.find(record.id.to_string()), std::string::npos);
  EXPECT_TRUE(m.prefix.ends_with("\r\n"));
}

TEST_F(SealerTest, WritesForWhomItIsForwarded) {
  const auto m = sealed();
  EXPECT_TRUE(
      m.prefix.starts_with("X-Forwarded-To: d0@dest.example\r\n"
                           "X-Forwarded-For: u0@zone.example d0@dest.example\r\n"
                           "Received: "))
      << m.prefix;
  cache_anew();
  options.forwarded_fields = false;
  EXPECT_TRUE(sealed().prefix.starts_with("Received: "));
}

// RFC 5321 §7.2: one recipient must not learn of another.
TEST_F(SealerTest, NamesNobodyWhenThereAreSeveral) {
  record.recipients = 2;
  const auto m = sealed();
  EXPECT_EQ(m.prefix.find("for <"), std::string::npos);
  EXPECT_EQ(m.prefix.find("X-Forwarded"), std::string::npos);
  EXPECT_EQ(m.prefix.find("@dest.example"), std::string::npos);
  EXPECT_EQ(m.recipients, (std::vector<std::string>{"d0@dest.example", "d1@dest.example"}));
}

TEST_F(SealerTest, TheSenderIsRewrittenIntoTheZoneAndFindsBack) {
  const auto sender = sealed().sender;
  EXPECT_TRUE(sender.starts_with("SRS0=")) << sender;
  EXPECT_TRUE(sender.ends_with("@zone.example")) << sender;
  EXPECT_EQ(keys.current()->reverse(sender, time.now()).value_or(""), "alice@sender.example");
}

TEST_F(SealerTest, MailOfTheNodeItselfIsSentOnInItsName) {
  zone.clear();
  EXPECT_TRUE(sealed().sender.ends_with("@node.example"));
}

TEST_F(SealerTest, TheNullSenderStaysNull) {
  record.sender.clear();
  EXPECT_EQ(sealed().sender, "");
}

TEST_F(SealerTest, ASenderTooLongToRewriteBecomesTheFallback) {
  record.sender = std::string(60, 'a') + "@sender.example";
  EXPECT_TRUE(sealed().sender.ends_with("=-=postmaster@zone.example")) << sealed().sender;
}

TEST_F(SealerTest, WhatWeWroteOurselvesHasNoReceivedField) {
  record.client_address.clear();
  record.own = true;
  EXPECT_EQ(sealed().prefix, "");
}

struct utf8_case {
  const char* name;
  bool asked;
  std::string body;
  bool want;
};

TEST_F(SealerTest, AsksForSmtputf8OnlyIfItIsNeeded) {
  const std::vector<utf8_case> cases = {
      {"not asked for", false, "Subject: x\r\n\r\nx\r\n", false},
      {"asked for without need", true, "Subject: x\r\n\r\nx\r\n", false},
      {"header needs it", true, "Subject: \xC3\xBC\r\n\r\nx\r\n", true},
      {"content alone does not", true, "Subject: x\r\n\r\n\xC3\xBC\r\n", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    cache_anew();
    record.smtputf8 = c.asked;
    body = c.body;
    EXPECT_EQ(sealed().smtputf8, c.want);
  }
}

// An address that was only the alias: the mailbox behind it may know nothing of SMTPUTF8.
TEST_F(SealerTest, ForwardedFieldsAloneDoNotAskForSmtputf8) {
  original = "\xC3\xBC@zone.example";
  const auto m = sealed();
  EXPECT_FALSE(m.smtputf8);
  EXPECT_EQ(m.prefix.find("X-Forwarded"), std::string::npos);
}

struct shape_case {
  const char* name;
  std::string body;
  std::string want_end;  ///< of what is sent
};

// A message without header would otherwise lend its first lines to our last field.
TEST_F(SealerTest, TheMessageNeverContinuesOurFields) {
  const std::vector<shape_case> cases = {
      {"begins with a blank", " arc=pass\r\n\r\nx\r\n", "\r\n\r\n arc=pass\r\n\r\nx\r\n"},
      {"no header field", "hello\r\n", "\r\n\r\nhello\r\n"},
      {"empty header", "\r\nhello\r\n", "0000\r\n\r\nhello\r\n"},
      {"line of a mailbox file", "From ann Mon Nov 23\r\nA: b\r\n\r\nx\r\n",
       "0000\r\nA: b\r\n\r\nx\r\n"},
      {"line of a mailbox file, then a blank", ">From ann Mon\r\n arc=pass\r\n\r\n",
       "0000\r\n\r\n arc=pass\r\n\r\n"},
      {"From with a blank is a field", "From : ann\r\n\r\nx\r\n",
       "0000\r\nFrom : ann\r\n\r\nx\r\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    cache_anew();
    body = c.body;
    EXPECT_TRUE(sent().ends_with(c.want_end)) << sent();
  }
}

struct forged_case {
  const char* name;
  std::string field;
  bool stays;
};

TEST_F(SealerTest, ForgedResultsInOurNameDoNotReachTheDestination) {
  const std::vector<forged_case> cases = {
      {"plain", "Authentication-Results: node.example; spf=pass\r\n", false},
      {"other letters", "AUTHENTICATION-results: NODE.Example; spf=pass\r\n", false},
      {"blank before the colon", "Authentication-Results \t: node.example; spf=pass\r\n", false},
      {"folded before the colon", "Authentication-Results\r\n : node.example; spf=pass\r\n", false},
      {"folded value", "Authentication-Results:\r\n\tnode.example;\r\n spf=pass\r\n \r\n", false},
      {"quoted id", "Authentication-Results: \"node.example\"; spf=pass\r\n", false},
      {"comment first", "Authentication-Results: (a\r\n (b)) node.example; spf=pass\r\n", false},
      {"beyond repair", "Authentication-Results: ;; node.example; spf=pass\r\n", false},
      {"another host", "Authentication-Results: other.example; spf=pass\r\n", true},
      {"another field", "X-Authentication-Results: node.example; spf=pass\r\n", true},
      {"of a chain",
       "ARC-Seal: i=1; cv=none\r\nARC-Authentication-Results: i=1; node.example; spf=pass\r\n",
       true},
      {"of a chain of others",
       "ARC-Authentication-Results: i=1; other.example; spf=pass\r\n", true},
      {"of no chain", "ARC-Authentication-Results: i=1; node.example; spf=pass\r\n", false},
      {"without number", "ARC-Authentication-Results: node.example; spf=pass\r\n", false},
      {"comment in the id", "Authentication-Results: node(x).example; spf=pass\r\n", false},
      {"blanks in the id", "Authentication-Results: node . example; spf=pass\r\n", false},
      {"no-break space in the name",
       "Authentication-Results\xc2\xa0: node.example; spf=pass\r\n", false},
      {"no-break space as Latin-1",
       "Authentication-Results\xa0: node.example; spf=pass\r\n", false},
      {"nothing to see in the name",
       "Authentication\xe2\x80\x8b-Results: node.example; spf=pass\r\n", false},
      {"full-width name", "\xef\xbc\xa1uthentication-Results: node.example; spf=pass\r\n", false},
      {"full-width colon",
       "Authentication-Results\xef\xbc\x9a node.example; spf=pass\r\n", false},
      {"a control in the name", "Authentication-\x01Results: node.example; spf=pass\r\n", false},
      {"our disposition", "X-Signpost-Disposition: none\r\n", false},
      {"any field of ours", "x-SIGNPOST-Anything : x\r\n y\r\n", false},
      {"SPF in our name", "Received-SPF: pass (x) receiver=node.example; helo=a\r\n", false},
      {"SPF with our comment", "Received-SPF: pass (Node.example: yes) helo=a.example\r\n", false},
      {"SPF of others",
       "Received-SPF: pass (other.example: yes) receiver=other.example; helo=node.example\r\n",
       true},
      {"a longer name", "Authentication-Results-X: node.example; spf=pass\r\n", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    cache_anew();
    body = "From: alice@sender.example\r\n" + c.field + "Subject: x\r\n\r\nx\r\n";
    const auto rest = sent().substr(sealed().prefix.size());
    EXPECT_EQ(rest, c.stays ? body : "From: alice@sender.example\r\nSubject: x\r\n\r\nx\r\n");
  }
}

// Readers differ in where a header section ends: at a line that is no field, or at the empty one.
TEST_F(SealerTest, ForgedResultsAreFoundBehindLinesThatAreNoFields) {
  const std::string forged = "Authentication-Results: node.example; spf=pass\r\n";
  body = "Subject: x\r\nno field\r\n" + forged + "\r\n" + forged;
  EXPECT_EQ(sealed().body->octets(), "Subject: x\r\nno field\r\n\r\n" + forged);
}

TEST_F(SealerTest, AMessageWithoutForgeriesIsNotCopied) {
  body = "Subject: x\r\n\r\nAuthentication-Results: node.example; spf=pass\r\n";
  memory_budget none(1);
  budget = &none;
  EXPECT_EQ(sealed().body->octets(), body);
}

TEST_F(SealerTest, TheCopyIsHeldAgainstTheBudget) {
  body = "Authentication-Results: node.example; spf=pass\r\n\r\nx\r\n";
  memory_budget small(body.size() - 1);
  budget = &small;
  EXPECT_EQ(seal(job(), dependencies()).error().code, errc::no_space);
  memory_budget enough(body.size());
  budget = &enough;
  {
    const auto m = sealed();
    EXPECT_EQ(m.body->octets(), "\r\nx\r\n");
    EXPECT_EQ(enough.used(), body.size());
  }
  EXPECT_EQ(enough.used(), 0U);
}

TEST_F(SealerTest, ACopyForAWebhookNamesNoUrlAndIsOrdered) {
  test::actor_fixture world;
  auto with = dependencies();
  with.webhook_key = "key";
  auto actor = world.spawn(sealer, with);
  auto made = std::make_shared<delivery_job>(job());
  made->envelopes[0].destination = "https://hooks.example/mail?token=1";
  made->envelopes[0].next_hop = model::next_hop("https://hooks.example");
  const auto answer = world.ask<seal_response>(actor, seal_request{made});
  ASSERT_TRUE(*answer);
  EXPECT_TRUE((*answer)->message.prefix.starts_with("Received: ")) << (*answer)->message.prefix;
  ASSERT_TRUE((*answer)->webhook);
  EXPECT_EQ((*answer)->webhook->url, "https://hooks.example/mail?token=1");
  const auto mail =
      world.ask<seal_response>(actor, seal_request{std::make_shared<delivery_job>(job())});
  EXPECT_FALSE((*mail)->webhook);
  EXPECT_TRUE((*mail)->message.prefix.starts_with("X-Forwarded-To: d0@dest.example"));
  actor = nullptr;
}

}  // namespace
}  // namespace signpost::actors
