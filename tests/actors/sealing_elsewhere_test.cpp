// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SEALER with keys that are on another node.
#include <gtest/gtest.h>

#include "actors/queue/delivery_job.hpp"
#include "actors/signing/messages.hpp"
#include "proto/authres/authentication_results.hpp"
#include "tests/actors/sealing_fixture.hpp"
#include "tests/proto/dkim/support.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_signer.hpp"

namespace signpost::actors {
namespace {

using cluster::wire::signature_kind;

class SealingElsewhereTest : public SealingTest {
 protected:
  SealingElsewhereTest() {
    body = "From: Alice <alice@sender.example>\r\nSubject: hi\r\n\r\nHello\r\n";
    record.author = {.known = true, .domains = {{"sender.example", "sender.example"}}};
    authres::authentication_results ours{.authserv_id = "node.example"};
    ours.add("arc", "none");
    record.prefix = authres::field(ours);
    use("s");
    const auto here = dependencies();
    elsewhere.emplace(here.signing);
    actor = world.spawn(sealer, sealer_dependencies{.keys = keys,
                                                    .signing = *elsewhere,
                                                    .time = time,
                                                    .metrics = metrics,
                                                    .options = options,
                                                    .cache = std::make_shared<seal_cache>()});
  }

  void use(const std::string& selector) {
    signing.replace({{"node.example", {{"node.example", selector, dkim::rsa_key()}}},
                     {"zone.example", {{"zone.example", selector, dkim::ed25519_key()}}}});
  }
  auto ask() {
    return world.ask<seal_response>(actor, seal_request{std::make_shared<delivery_job>(job())});
  }
  void answer() {
    elsewhere->answer_all();
    world.settle();
  }
  std::uint64_t made(const char* kind) { return metrics.signing.signatures.value(kind, "made"); }

  test::actor_fixture world;
  std::optional<test::fake_signer> elsewhere;
  sealer_actor actor;
};

TEST_F(SealingElsewhereTest, TheCopyIsThatOfANodeWithKeys) {
  const auto here = sealed();
  cache_anew();
  const auto before = made("dkim");
  const auto response = ask();
  EXPECT_FALSE(*response);
  EXPECT_EQ(elsewhere->kinds, (std::vector{signature_kind::arc_message, signature_kind::dkim,
                                           signature_kind::dkim}))
      << "all that can be asked for is asked for at once";
  time.advance(seconds(3));
  answer();
  EXPECT_EQ(elsewhere->waiting(), 1U);
  EXPECT_EQ(elsewhere->kinds.back(), signature_kind::arc_seal);
  answer();
  ASSERT_TRUE(*response);
  EXPECT_EQ((*response)->message.prefix, here.prefix);
  EXPECT_EQ((*response)->message.sender, here.sender);
  EXPECT_EQ(made("dkim"), before + 2) << "each is counted once, however often it was written";
  EXPECT_EQ(made("arc"), 2U);
  EXPECT_EQ(world.number(actor, "waiting"), 0);
}

TEST_F(SealingElsewhereTest, CopiesDoNotWaitForEachOther) {
  const auto first = ask();
  record.id = model::queue_id::make(time.now(), 1, 2);
  const auto second = ask();
  EXPECT_EQ(world.number(actor, "waiting"), 2);
  answer();
  answer();
  ASSERT_TRUE(*first && *second);
  EXPECT_NE((*first)->message.prefix, (*second)->message.prefix);
}

TEST_F(SealingElsewhereTest, WithoutASignerTheCopyWaitsAndIsNotSentUnsigned) {
  const auto response = ask();
  elsewhere->refuse_all();
  world.settle();
  EXPECT_FALSE(*response);
  EXPECT_EQ(world.number(actor, "waiting"), 0);
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "failed"), 0U);
  const auto again = ask();
  answer();
  answer();
  ASSERT_TRUE(*again);
  EXPECT_NE((*again)->message.prefix.find("DKIM-Signature"), std::string::npos);
}

TEST_F(SealingElsewhereTest, AKeyThatIsReplacedMeanwhileIsAskedForAnew) {
  const auto response = ask();
  use("new");
  answer();
  ASSERT_FALSE(*response);
  answer();
  answer();
  ASSERT_TRUE(*response);
  const auto& prefix = (*response)->message.prefix;
  EXPECT_NE(prefix.find("s=new"), std::string::npos);
  EXPECT_EQ(prefix.find("s=s;"), std::string::npos);
  EXPECT_EQ(made("dkim"), 2U);
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "failed"), 0U);
}

TEST_F(SealingElsewhereTest, WhatTheSignerRefusesIsSentWithoutThatSignature) {
  // The claims that go with the question do not name who stands in From.
  record.author.domains = {{"other.example", "other.example"}};
  const auto response = ask();
  answer();
  answer();
  ASSERT_TRUE(*response);
  EXPECT_EQ((*response)->message.prefix.find("DKIM-Signature"), std::string::npos);
  EXPECT_EQ(metrics.signing.signatures.value("dkim", "denied"), 2U);
}

}  // namespace
}  // namespace signpost::actors
