// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/sealer.hpp"

#include <gtest/gtest.h>

namespace signpost::actors {
namespace {

class SealerTest : public testing::Test {
 protected:
  smtp::outgoing_message sealed() {
    delivery_job job;
    job.record = std::make_shared<const model::message_record>(record);
    job.body = std::make_shared<const message_body>(body);
    for (std::uint32_t i = 0; i < 2 && i < record.recipients; ++i) {
      model::envelope e;
      e.index = i;
      e.original = "u" + std::to_string(i) + "@zone.example";
      e.destination = "d" + std::to_string(i) + "@dest.example";
      e.zone = zone;
      job.envelopes.push_back(e);
    }
    return *seal(job, {.keys = keys,
                       .signing = signing,
                       .time = time,
                       .metrics = metrics,
                       .options = {.host_name = "node.example"}});
  }

  manual_clock time;
  srs_keys keys{{.secrets = {"a secret of enough octets"}}};
  signing_keys signing;
  monitoring::metrics metrics{{.version = "test"}};
  std::string zone = "zone.example";
  std::string body = "Subject: x\r\n\r\nx\r\n";
  model::message_record record{.id = model::queue_id::make(time.now(), 1, 1),
                               .accepted = time.now(),
                               .sender = "alice@sender.example",
                               .helo = "client.example",
                               .client_address = "198.51.100.7",
                               .protocol = "ESMTPS",
                               .tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
                               .recipients = 1};
};

TEST_F(SealerTest, WritesWhereTheMessageCameFrom) {
  const auto m = sealed();
  for (const auto* part : {"Received: from client.example", "[198.51.100.7]", "by node.example",
                           "with ESMTPS", "TLSv1.3", "for <u0@zone.example>"}) {
    EXPECT_NE(m.prefix.find(part), std::string::npos) << part << " in\n" << m.prefix;
  }
  EXPECT_NE(m.prefix.find(record.id.to_string()), std::string::npos);
  EXPECT_TRUE(m.prefix.ends_with("\r\n"));
}

// RFC 5321 §7.2: one recipient must not learn of another.
TEST_F(SealerTest, NamesNobodyWhenThereAreSeveral) {
  record.recipients = 2;
  EXPECT_EQ(sealed().prefix.find("for <"), std::string::npos);
  EXPECT_EQ(sealed().recipients, (std::vector<std::string>{"d0@dest.example", "d1@dest.example"}));
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
  EXPECT_EQ(sealed().sender, "bounces@zone.example");
}

TEST_F(SealerTest, WhatWeWroteOurselvesHasNoReceivedField) {
  record.client_address.clear();
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
    record.smtputf8 = c.asked;
    body = c.body;
    EXPECT_EQ(sealed().smtputf8, c.want);
  }
}

}  // namespace
}  // namespace signpost::actors
