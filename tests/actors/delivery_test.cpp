// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/delivery.hpp"

#include <gtest/gtest.h>

#include "actors/delivery/messages.hpp"
#include "tests/support/scripted_mail_host.hpp"
#include "tests/support/stored_pieces.hpp"

namespace signpost::actors {
namespace {

using std::chrono::minutes;
using test::fake_destination;
using test::scripted_mail_host;

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() {
    options.client.host_name = "node.example";
    options.client_without_tls = options.client;
    options.client_without_tls.tls = smtp::tls_mode::none;
    options.metrics = &metrics;
    pool = std::make_unique<delivery_pool>(network, options);
  }
  ~DeliveryTest() override {
    pool.reset();
    network.run_until_idle();
    EXPECT_EQ(network.open_connections(), 0U);
    EXPECT_EQ(metrics.delivery.open_sessions.value(), 0);
  }

  deliver_request request(std::size_t recipients = 1) {
    deliver_request r;
    r.site = "dest.example";
    for (const auto* host : {&first, &second}) {
      r.targets.push_back(
          {.host = host == &first ? "mx1.test" : "mx2.test", .where = host->where()});
    }
    r.message.sender = "srs@zone.example";
    for (std::size_t i = 0; i < recipients; ++i) {
      r.message.recipients.push_back("u" + std::to_string(i) + "@dest.example");
    }
    r.message.prefix = "Received: by us\r\n";
    r.message.body = std::make_shared<const message_body>("Subject: x\r\n\r\n.dot\r\n");
    return r;
  }
  // Begins; `response` is set when it is over.
  void begin(deliver_request r) {
    response.reset();
    pool->deliver(std::move(r), [this](deliver_response d) {
      EXPECT_FALSE(response);
      response = std::move(d);
    });
    network.run_until_idle();
  }
  // The same with a leash on it.
  std::shared_ptr<attempt_leash> begin_on_a_leash() {
    auto r = request();
    auto leash = r.leash = std::make_shared<attempt_leash>();
    begin(std::move(r));
    return leash;
  }
  deliver_response deliver(deliver_request r) {
    begin(std::move(r));
    EXPECT_TRUE(response);
    return response.value_or(deliver_response{});
  }
  static auto replying(std::string command, std::string words) {
    return [=](std::string_view line) { return line.starts_with(command) ? words : ""; };
  }

  test::fake_executor network;
  monitoring::metrics metrics{{.version = "test"}};
  delivery_options options;
  scripted_mail_host first{network, "192.0.2.1"};
  scripted_mail_host second{network, "192.0.2.2"};
  std::unique_ptr<delivery_pool> pool;
  std::optional<deliver_response> response;
};

TEST_F(DeliveryTest, HandsOverAMessageByteForByte) {
  const auto r = deliver(request());
  ASSERT_EQ(r.results.size(), 1U);
  EXPECT_EQ(r.results[0].reply.code, 250);
  EXPECT_EQ(r.results[0].command, ".");
  EXPECT_FALSE(r.host_failed);
  EXPECT_EQ(r.host, "mx1.test (192.0.2.1)");
  EXPECT_EQ(r.tls, "");
  ASSERT_EQ(first.messages.size(), 1U);
  EXPECT_EQ(first.messages[0].sender, "srs@zone.example");
  EXPECT_EQ(first.messages[0].octets, "Received: by us\r\nSubject: x\r\n\r\n.dot\r\n");
}

TEST_F(DeliveryTest, TheSecondMessageUsesTheSameConnection) {
  deliver(request());
  const auto r = deliver(request());
  EXPECT_EQ(first.sessions.size(), 1U);
  EXPECT_EQ(first.messages.size(), 2U);
  EXPECT_EQ(r.transactions_before, 1U);
}

TEST_F(DeliveryTest, AnotherSlotHasAConnectionOfItsOwn) {
  deliver(request());
  auto other = request();
  other.slot = 1;
  deliver(std::move(other));
  EXPECT_EQ(first.sessions.size(), 2U);
}

TEST_F(DeliveryTest, AnIdleConnectionIsClosedWithQuit) {
  deliver(request());
  network.advance(minutes(1));
  EXPECT_EQ(first.commands.back(), "QUIT");
  EXPECT_EQ(network.open_connections(), 0U);
  EXPECT_EQ(network.pending_timers(), 0U);
}

TEST_F(DeliveryTest, APeerThatDoesNotAnswerQuitIsLeftAlone) {
  first.answer = replying("QUIT", "silence");
  deliver(request());
  first.sessions.clear();
  network.advance(minutes(1));
  EXPECT_EQ(network.open_connections(), 0U);
}

TEST_F(DeliveryTest, AConnectionThatWasRefusedIsFollowedByTheNextHost) {
  first.connect = fake_destination::outcome::refuse;
  first.apply();
  const auto r = deliver(request());
  EXPECT_EQ(r.host, "mx2.test (192.0.2.2)");
  EXPECT_EQ(second.messages.size(), 1U);
}

TEST_F(DeliveryTest, NoHostThatAnswersIsAFailureOfTheSite) {
  for (auto* host : {&first, &second}) {
    host->connect = fake_destination::outcome::refuse;
    host->apply();
  }
  const auto r = deliver(request(2));
  EXPECT_TRUE(r.host_failed);
  ASSERT_EQ(r.results.size(), 2U);
  EXPECT_EQ(r.results[1].recipient, "u1@dest.example");
  EXPECT_EQ(r.results[0].reply.code, 0);
}

TEST_F(DeliveryTest, AConnectThatTimesOutIsFollowedByTheNextHost) {
  first.connect = fake_destination::outcome::time_out;
  first.apply();
  begin(request());
  EXPECT_FALSE(response);
  network.advance(seconds(31));
  ASSERT_TRUE(response);
  EXPECT_EQ(second.messages.size(), 1U);
}

TEST_F(DeliveryTest, ARefusingBannerIsFollowedByTheNextHostAndThenFails) {
  first.answer = second.answer = replying("banner", "554 5.7.1 not you");
  const auto r = deliver(request());
  EXPECT_EQ(first.sessions.size(), 1U);
  EXPECT_EQ(second.sessions.size(), 1U);
  EXPECT_TRUE(r.host_failed);
  EXPECT_EQ(r.results[0].reply.code, 554);
  EXPECT_EQ(r.results[0].command, "session");
}

TEST_F(DeliveryTest, AHostThatDefersAsAWholeIsFollowedByTheNextHost) {
  first.answer = replying("MAIL", "451 4.3.2 come back later");
  const auto r = deliver(request());
  EXPECT_EQ(r.host, "mx2.test (192.0.2.2)");
  EXPECT_EQ(r.results[0].reply.code, 250);
  EXPECT_EQ(second.messages.size(), 1U);
  EXPECT_EQ(first.commands.back(), "QUIT");
}

TEST_F(DeliveryTest, WhatTheOnlyHostThatAnsweredSaidHolds) {
  first.answer = replying("MAIL", "451 4.3.2 come back later");
  second.connect = fake_destination::outcome::refuse;
  second.apply();
  const auto r = deliver(request());
  EXPECT_EQ(r.host, "mx1.test (192.0.2.1)");
  EXPECT_EQ(r.results[0].reply.code, 451);
}

TEST_F(DeliveryTest, ARecipientThatIsDeferredIsNotTriedElsewhere) {
  first.answer = replying("RCPT", "450 4.2.0 greylisted");
  const auto r = deliver(request());
  EXPECT_EQ(r.results[0].reply.code, 450);
  EXPECT_TRUE(second.sessions.empty());
}

TEST_F(DeliveryTest, EncryptsWhenOffered) {
  first.offer_starttls = true;
  const auto r = deliver(request());
  EXPECT_EQ(r.tls, "TLSv1.3 TLS_AES_256_GCM_SHA384 (verified)");
  EXPECT_TRUE(first.sessions[0]->tls_active());
  EXPECT_EQ(first.sessions[0]->server_name(), "mx1.test");
  EXPECT_EQ(first.messages.size(), 1U);
}

TEST_F(DeliveryTest, AHandshakeThatFailsIsFollowedByPlaintextAtTheSameHost) {
  first.offer_starttls = true;
  first.tls = test::fake_tls::fails;
  first.apply();
  const auto r = deliver(request());
  EXPECT_EQ(first.sessions.size(), 2U);
  EXPECT_EQ(first.messages.size(), 1U);
  EXPECT_EQ(r.tls, "");
  EXPECT_TRUE(second.sessions.empty());
}

TEST_F(DeliveryTest, AHandshakeThatHangsIsFollowedByPlaintext) {
  first.offer_starttls = true;
  first.tls = test::fake_tls::waits;
  first.apply();
  begin(request());
  network.advance(minutes(6));
  ASSERT_TRUE(response);
  EXPECT_EQ(first.messages.size(), 1U);
}

TEST_F(DeliveryTest, AReusedSessionThatWasLostIsReplacedByAFreshOne) {
  deliver(request());
  first.answer = [](std::string_view line) { return line.starts_with("MAIL") ? "close" : ""; };
  begin(request());
  // The fresh one is lost, too: the next host takes it.
  ASSERT_TRUE(response);
  EXPECT_EQ(first.sessions.size(), 2U);
  EXPECT_EQ(second.messages.size(), 1U);
}

TEST_F(DeliveryTest, AnIdleSessionThePeerClosedIsNotUsed) {
  deliver(request());
  first.sessions[0]->close();
  network.run_until_idle();
  const auto r = deliver(request());
  EXPECT_EQ(first.sessions.size(), 2U);
  EXPECT_EQ(r.results[0].reply.code, 250);
}

struct stage_case {
  const char* name;
  std::string command;
  milliseconds patience;
  bool host_failed;
};

TEST_F(DeliveryTest, EveryStageHasItsTimeOut) {
  first.pipelining = second.pipelining = false;
  const std::vector<stage_case> cases = {
      {"greeting", "banner", minutes(5), true},   {"EHLO", "EHLO", minutes(5), true},
      {"MAIL", "MAIL", minutes(5), true},         {"DATA", "DATA", minutes(5), true},
      {"after the dot", ".", minutes(10), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    first.answer = second.answer = replying(c.command, "silence");
    begin(request());
    network.advance(c.patience - seconds(300));
    EXPECT_FALSE(response);
    // Both hosts, one after the other.
    network.advance(3 * c.patience);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->host_failed, c.host_failed);
    EXPECT_EQ(response->results[0].command, "session");
    EXPECT_EQ(response->results[0].uncertain, c.command == ".");
  }
  EXPECT_EQ(first.messages.size(), 0U);
}

// RFC 1047: nobody knows whether it was taken; another host at once would make a second copy
// certain.
TEST_F(DeliveryTest, ALostAnswerToTheFinalDotIsUncertainAndNotTriedElsewhere) {
  first.answer = replying(".", "close");
  const auto r = deliver(request());
  EXPECT_TRUE(r.results[0].uncertain);
  EXPECT_FALSE(r.host_failed);
  EXPECT_TRUE(second.sessions.empty());
}

TEST_F(DeliveryTest, EachRecipientGetsItsOwnAnswer) {
  first.answer = [](std::string_view line) {
    if (line.starts_with("RCPT TO:<u1")) return "550 5.1.1 no such user";
    if (line.starts_with("RCPT TO:<u2")) return "452 4.2.2 full";
    return "";
  };
  const auto r = deliver(request(3));
  ASSERT_EQ(r.results.size(), 3U);
  EXPECT_EQ(r.results[0].reply.code, 250);
  EXPECT_EQ(r.results[1].reply.code, 550);
  EXPECT_EQ(r.results[2].reply.code, 452);
  EXPECT_EQ(first.messages[0].recipients, std::vector<std::string>{"u0@dest.example"});
}

TEST_F(DeliveryTest, AMessageThatEverybodyRefusedLeavesTheSessionUsable) {
  first.answer = replying("RCPT", "550 5.1.1 no such user");
  deliver(request());
  first.answer = nullptr;
  const auto r = deliver(request());
  EXPECT_EQ(r.results[0].reply.code, 250);
  EXPECT_EQ(first.sessions.size(), 1U);
}

TEST_F(DeliveryTest, AMessageTheHostCannotTakeIsRefusedByOurselves) {
  auto r = request();
  r.message.body = std::make_shared<const message_body>(std::string(11'000'000, 'x') + "\r\n");
  const auto answer = deliver(std::move(r));
  EXPECT_EQ(answer.results[0].command, "local");
  // Also over a session that is ready at once.
  auto again = request();
  again.message.body = std::make_shared<const message_body>(std::string(11'000'000, 'x') + "\r\n");
  EXPECT_EQ(deliver(std::move(again)).results[0].command, "local");
}

// Nobody takes it as it is: the first that answered may take a copy in ASCII.
TEST_F(DeliveryTest, AHostThatLacksAnExtensionIsNamed) {
  const auto eight_bits = [this] {
    auto r = request();
    r.message.eight_bit = true;
    return deliver(std::move(r));
  };
  first.eight_bit_mime = false;
  EXPECT_FALSE(eight_bits().lacking) << "the second takes it";
  EXPECT_EQ(second.messages.size(), 1U);
  pool = std::make_unique<delivery_pool>(network, options);
  second.eight_bit_mime = false;
  const auto answer = eight_bits();
  EXPECT_EQ(answer.results[0].command, "local");
  ASSERT_TRUE(answer.lacking);
  EXPECT_EQ(answer.lacking->host, "mx1.test");
  EXPECT_TRUE(first.messages.empty());
  pool = std::make_unique<delivery_pool>(network, options);
  second.connect = fake_destination::outcome::refuse;
  second.apply();
  ASSERT_TRUE(eight_bits().lacking);
}

TEST_F(DeliveryTest, ALargeMessageWaitsForTheNetwork) {
  auto big = std::string(5'000'000, 'x');
  for (std::size_t i = 70; i + 2 < big.size(); i += 72) big.replace(i, 2, "\r\n");
  auto r = request();
  r.message.body = std::make_shared<const message_body>(big + "\r\n");
  deliver(std::move(r));
  ASSERT_EQ(first.messages.size(), 1U);
  EXPECT_EQ(first.messages[0].octets, "Received: by us\r\n" + big + "\r\n");
}

TEST_F(DeliveryTest, AConnectionCarriesNoMoreMessagesThanAllowed) {
  options.transactions_max = 2;
  for (int i = 0; i < 5; ++i) deliver(request());
  EXPECT_EQ(first.sessions.size(), 3U);
  EXPECT_EQ(first.messages.size(), 5U);
}

TEST_F(DeliveryTest, AbortIsSilentAtEveryStage) {
  first.pipelining = false;
  for (const auto* stage : {"banner", "EHLO", "MAIL", "RCPT", "DATA", "."}) {
    first.answer = replying(stage, "silence");
    begin(request());
    pool->abort();
    network.advance(minutes(30));
    EXPECT_FALSE(response);
    EXPECT_EQ(pool->running(), 0U);
  }
}

// ---- large messages, and hosts that take their time ----

TEST_F(DeliveryTest, TheRestOfALargeMessageIsReadWhileItIsSent) {
  std::string octets;
  while (octets.size() < 2'000'000) octets += ".line " + std::to_string(octets.size()) + "\r\n";
  const auto rest = std::make_shared<test::stored_pieces>(octets, 100'000);
  auto r = request();
  r.message.body =
      std::make_shared<const message_body>("Subject: x\r\n\r\n", memory_lease(), rest);
  EXPECT_EQ(deliver(std::move(r)).results[0].reply.code, 250);
  ASSERT_EQ(first.messages.size(), 1U);
  EXPECT_EQ(first.messages[0].octets, "Received: by us\r\nSubject: x\r\n\r\n" + octets);
}

TEST_F(DeliveryTest, NoMoreOfItIsReadThanTheHostTakes) {
  const auto rest =
      std::make_shared<test::stored_pieces>(std::string(8'000'000, 'x'), 256 * 1024);
  auto r = request();
  r.targets.resize(1);
  r.message.body = std::make_shared<const message_body>("a: b\r\n\r\n", memory_lease(), rest);
  first.answer = [&](std::string_view line) {
    if (line.starts_with("DATA")) first.sessions.back()->hold_output(true);
    return "";
  };
  begin(std::move(r));
  network.advance(minutes(2));
  EXPECT_FALSE(response);
  EXPECT_LE(rest->offsets.size(), 3U);
  network.advance(minutes(2));
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->host_failed);
  EXPECT_FALSE(response->results[0].uncertain);
}

TEST_F(DeliveryTest, AMessageThatCannotBeReadOnIsBrokenOffAndNotTheHostsFault) {
  const auto rest = std::make_shared<test::stored_pieces>(std::string(2'000'000, 'x'));
  rest->failure = errc::unavailable;
  auto r = request();
  r.targets.resize(1);
  r.message.body = std::make_shared<const message_body>("a: b\r\n\r\n", memory_lease(), rest);
  const auto got = deliver(std::move(r));
  EXPECT_EQ(got.results[0].reply.code, 451);
  EXPECT_EQ(got.results[0].command, "local");
  EXPECT_FALSE(got.host_failed);
  EXPECT_TRUE(first.messages.empty());
  EXPECT_TRUE(first.sessions.back()->gone());
}

TEST_F(DeliveryTest, APieceThatComesTooLateGoesNowhere) {
  const auto rest = std::make_shared<test::stored_pieces>(std::string(2'000'000, 'x'));
  rest->hold = true;
  auto r = request();
  r.targets.resize(1);
  r.message.body = std::make_shared<const message_body>("a: b\r\n\r\n", memory_lease(), rest);
  begin(std::move(r));
  ASSERT_TRUE(rest->held);
  first.sessions.back()->close();
  network.run_until_idle();
  ASSERT_TRUE(response);
  pool->abort();
  rest->held();
  network.run_until_idle();
  EXPECT_TRUE(first.messages.empty());
}

TEST_F(DeliveryTest, AnAttemptEndsInTimeHoweverTheHostSpendsIt) {
  options.attempt_deadline = minutes(7);
  first.pipelining = second.pipelining = false;
  std::vector<std::unique_ptr<net::timer>> late;
  // Each answer comes just before its time-out would.
  for (auto* host : {&first, &second}) {
    host->answer = [this, host, &late](std::string_view line) {
      if (line == "banner") return std::string();
      late.push_back(network.call_after(
          minutes(4), [host] { host->sessions.back()->send("250 ok\r\n"); }));
      return std::string("silence");
    };
  }
  begin(request(100));
  network.advance(minutes(6));
  EXPECT_FALSE(response);
  network.advance(minutes(2));
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->host_failed);
  EXPECT_EQ(pool->running(), 0U);
  late.clear();
}

TEST_F(DeliveryTest, TheAnswerToTheFinalDotIsWaitedForAllTheSame) {
  options.attempt_deadline = minutes(1);
  first.answer = replying(".", "silence");
  begin(request());
  network.advance(minutes(9));
  EXPECT_FALSE(response);
  first.sessions.back()->send("250 taken\r\n");
  network.run_until_idle();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->results[0].reply.code, 250);
}

// ---- broken off by others ----

TEST_F(DeliveryTest, ACutReachesAnAttemptWhereverItIs) {
  // While it connects, waits for the greeting, and waits for an answer.
  for (const std::string_view hangs : {"connect", "banner", "MAIL"}) {
    for (auto* host : {&first, &second}) {
      host->pipelining = false;
      host->connect = hangs == "connect" ? fake_destination::outcome::time_out
                                         : fake_destination::outcome::accept;
      host->answer = replying(std::string(hangs), "silence");
      host->apply();
    }
    const auto leash = begin_on_a_leash();
    network.advance(seconds(2));
    ASSERT_FALSE(response) << hangs;
    EXPECT_EQ(leash->answered(), hangs == "MAIL");
    leash->cut(cut_reason::by_operator);
    network.run_until_idle();
    ASSERT_TRUE(response) << hangs;
    EXPECT_EQ(response->cut, cut_reason::by_operator);
    EXPECT_FALSE(response->host_failed);
    EXPECT_EQ(response->results[0].reply.code, 0);
    EXPECT_FALSE(response->results[0].uncertain);
    EXPECT_EQ(pool->running(), 0U);
    network.advance(minutes(1));
  }
  EXPECT_TRUE(first.messages.empty() && second.messages.empty());
}

TEST_F(DeliveryTest, WhatIsCutSinceTheNodeStopsIsNobodysFailure) {
  first.answer = second.answer = replying("banner", "silence");
  const auto leash = begin_on_a_leash();
  leash->cut(cut_reason::node_stops);
  network.run_until_idle();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->cut, cut_reason::node_stops);
  EXPECT_FALSE(response->host_failed);
}

TEST_F(DeliveryTest, WhatIsCutBecauseOthersWaitIsAFailureOfTheSite) {
  first.answer = replying("banner", "silence");
  const auto leash = begin_on_a_leash();
  leash->cut(cut_reason::others_wait);
  network.run_until_idle();
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->host_failed);
}

// RFC 5321 §4.2.5, RFC 1047: it may have been taken, so the answer decides.
TEST_F(DeliveryTest, ACutComesTooLateWhenTheFinalDotIsSent) {
  first.answer = replying(".", "silence");
  const auto leash = begin_on_a_leash();
  leash->cut(cut_reason::by_operator);
  network.advance(minutes(9));
  EXPECT_FALSE(response);
  first.sessions.back()->send("250 taken\r\n");
  network.run_until_idle();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->results[0].reply.code, 250);
  EXPECT_FALSE(response->cut);
}

// Else every place of the node could be held for delivery.data_end_timeout, again and again.
TEST_F(DeliveryTest, WhereOthersWaitTheAnswerToTheFinalDotIsNotWaitedForSoLong) {
  first.answer = replying(".", "silence");
  const auto leash = begin_on_a_leash();
  leash->cut(cut_reason::others_wait);
  network.advance(seconds(110));
  EXPECT_FALSE(response);
  network.advance(seconds(20));
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->results[0].uncertain);
  EXPECT_TRUE(response->host_failed);
  EXPECT_TRUE(second.messages.empty());
  EXPECT_EQ(pool->running(), 0U);
}

TEST_F(DeliveryTest, AnAttemptThatWasCutBeforeItBeganEndsAtOnce) {
  auto r = request();
  r.leash = std::make_shared<attempt_leash>();
  r.leash->cut(cut_reason::by_operator);
  const auto answered = deliver(std::move(r));
  EXPECT_EQ(answered.cut, cut_reason::by_operator);
  EXPECT_TRUE(first.messages.empty());
}

TEST_F(DeliveryTest, AMessageThatExpiresEndsItsAttempt) {
  first.answer = second.answer = replying("RCPT", "silence");
  first.pipelining = second.pipelining = false;
  auto r = request();
  r.longest = minutes(3);
  begin(std::move(r));
  network.advance(minutes(2));
  EXPECT_FALSE(response);
  network.advance(minutes(2));
  EXPECT_TRUE(response);
}

TEST_F(DeliveryTest, AnOctetNowAndThenProlongsNothing) {
  // The greeting comes octet by octet, every ten seconds, and never ends.
  for (auto* host : {&first, &second}) host->answer = replying("banner", "silence");
  begin(request());
  for (int n = 0; n < 6 * 11 && !response; ++n) {
    for (auto* host : {&first, &second}) {
      if (!host->sessions.empty()) host->sessions.back()->send(n == 0 ? "2" : n == 1 ? "2" : "0");
    }
    network.advance(seconds(10));
  }
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->host_failed);
}

}  // namespace
}  // namespace signpost::actors
