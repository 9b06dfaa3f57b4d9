// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/spooler.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/status_messages.hpp"
#include "base/text.hpp"
#include "tests/actors/node_fixture.hpp"

namespace signpost::actors {
namespace {

using std::chrono::minutes;

bool begins(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

// Stands before the SPOOLER while the disk hangs: requests wait until a tick lets them through.
struct held_requests {
  std::vector<std::pair<accept_request, caf::typed_response_promise<accept_response>>> held;
};
using holder = spooler_actor::stateful_pointer<held_requests>;

spooler_actor::behavior_type hold_requests(holder self, const spooler_actor& behind) {
  return {
      [self](accept_request& request) -> caf::result<accept_response> {
        auto promise = self->make_response_promise<accept_response>();
        self->state.held.emplace_back(std::move(request), promise);
        return promise;
      },
      [](settle_request&) -> caf::result<settle_response> { return settle_response{}; },
      [](record_event&) {},
      [](copies_confirmed&) {},
      [self, behind](tick) {
        for (auto& [request, promise] : std::exchange(self->state.held, {})) {
          self->request(behind, caf::infinite, std::move(request))
              .then([promise = promise](accept_response& r) mutable {
                promise.deliver(std::move(r));
              });
        }
      },
      [](drain_request) -> caf::result<settle_response> { return settle_response{}; },
      [](const sign_of_life& m) { m.turned(); },
      [](get_status) { return status_report{}; },
  };
}

class IngressTest : public NodeTest {
 protected:
  IngressTest() {
    dest.answer = [](std::string_view line) {
      return std::string(line == "banner" ? "silence" : "");
    };
  }
  // Stands in for the SPOOLER, with a real one behind it.
  spooler_actor hold_what_is_accepted() {
    const auto behind = world.spawn(spooler, spooler_dependencies{.spool = world.spool,
                                                                  .copies = world.copies,
                                                                  .time = world.time,
                                                                  .metrics = world.metrics,
                                                                  .committed = [](const auto&) {}});
    return stand_ins.spooler = world.spawn(hold_requests, behind);
  }
  // For tests of what happens to output: many commands make much of it.
  void allow_idle_commands() {
    settings.smtp.client.idle_commands_max = 1'000'000;
    settings.smtp.client.idle_commands = 0;
  }
};

TEST_F(IngressTest, AcceptsAMessageWithAReceipt) {
  start();
  std::string greeting;
  auto c = connect(&greeting);
  EXPECT_TRUE(begins(greeting, "220 node.example")) << greeting;
  EXPECT_TRUE(begins(c.say("EHLO client.example"), "250-node.example"));
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  EXPECT_TRUE(begins(c.say("DATA"), "354"));
  const auto answer = c.send(std::string(plain_message) + ".\r\n");
  EXPECT_TRUE(begins(answer, "250 2.0.0")) << answer;
  ASSERT_EQ(world.spool.records().size(), 1U);
  const auto record = world.spool.records().front();
  EXPECT_NE(answer.find(record.id.to_string()), std::string::npos) << answer;
  EXPECT_EQ(record.sender, "alice@sender.example");
  EXPECT_EQ(record.helo, "client.example");
  EXPECT_EQ(record.client_address, "198.51.100.7");
  EXPECT_TRUE(begins(c.say("QUIT"), "221"));
  EXPECT_EQ(world.metrics.smtp.messages_accepted.value(), 1U);
}

TEST_F(IngressTest, RefusesWhoIsUnknownAndWhatIsNotOurs) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@zone.example>"), "550 5.1.1"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<x@elsewhere.example>"), "550 5.7.1"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<no@zone.example>"), "550 5.7.1"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<postmaster>"), "250"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("unknown_recipient"), 1U);
  world.advance(seconds(2));
  EXPECT_EQ(world.spool.count(model::event_kind::rejected), 3U);
}

TEST_F(IngressTest, PutsOffWhatMayBeOursWhileTheSetUpIsInDoubt) {
  start();
  config.set_doubtful(true);
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<x@elsewhere.example>"), "451 4.3.5"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@zone.example>"), "550 5.1.1")) << "this zone is known";
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("setup_doubtful"), 1U);
  config.set_doubtful(false);
  EXPECT_TRUE(begins(c.say("RCPT TO:<x@elsewhere.example>"), "550 5.7.1"));
}

TEST_F(IngressTest, PutsOffAddressesToWhileRulesAreKnownToBeLost) {
  start();
  config.set_doubtful(true, true);
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<x@elsewhere.example>"), "451 4.3.5"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@zone.example>"), "451 4.3.5"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<no@zone.example>"), "550 5.7.1")) << "a rule says so";
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("setup_doubtful"), 2U);
  EXPECT_EQ(world.metrics.smtp.rejections.value("rules_unusable"), 0U);
  // Known only when the message is here.
  EXPECT_TRUE(begins(connect().hand_over("alice@sender.example", {"fakes@cond.example"},
                                         plain_message),
                     "451 4.3.5"));
  config.set_doubtful(false);
  EXPECT_TRUE(begins(connect().hand_over("alice@sender.example", {"fakes@cond.example"},
                                         plain_message),
                     "550 5.1.1"));
}

// Who writes one message does not get thousands written: the other recipients come in transactions
// of their own, and count as messages of their own.
TEST_F(IngressTest, TheCopiesOfOneMessageAreBounded) {
  start();
  context->copies_max = 3;
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<two@zone.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<two@zone.example>"), "452 4.5.3"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "452 4.5.3"));
}

TEST_F(IngressTest, SaysLaterAtMailWhileTheStoreIsSick) {
  start();
  world.spool.state = storage::spool_health::full;
  auto c = connect();
  c.say("EHLO client.example");
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "452"));
  world.spool.state = storage::spool_health::well;
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
}

TEST_F(IngressTest, SaysLaterAtTheDeadlineWhenTheDiskHangs) {
  const auto held = hold_what_is_accepted();
  accept_deadline = seconds(10);
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  EXPECT_EQ(c.send(std::string(plain_message) + ".\r\n"), "") << "nobody can say 250 yet";
  world.advance(seconds(9));
  EXPECT_EQ(c.peer().take(), "");
  world.advance(seconds(2));
  EXPECT_TRUE(begins(c.peer().take(), "451 4.3.0"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("storage"), 1U);
  // The disk answers: the client has been told to come again, so that it does, and nothing more is
  // said of the first time. Nothing was written of what had not been begun.
  caf::anon_send(held, tick{});
  world.settle();
  world.advance(seconds(2));
  EXPECT_EQ(c.peer().take(), "");
  EXPECT_TRUE(world.spool.records().empty());
  EXPECT_EQ(world.metrics.smtp.messages_accepted.value(), 0U);
}

TEST_F(IngressTest, AcceptsWhatBecomesDurableBeforeTheDeadline) {
  const auto held = hold_what_is_accepted();
  accept_deadline = seconds(10);
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  c.send(std::string(plain_message) + ".\r\n");
  world.advance(seconds(9));
  caf::anon_send(held, tick{});
  world.settle();
  EXPECT_TRUE(begins(c.peer().take(), "250 2.0.0"));
  world.advance(seconds(30));
  EXPECT_EQ(c.peer().take(), "") << "answered once";
}

TEST_F(IngressTest, RefusesSessionsBeyondTheLimits) {
  settings.smtp.sessions_max = 3;
  settings.smtp.sessions_per_client_max = 2;
  start();
  std::string greeting;
  auto a = connect(&greeting);
  EXPECT_TRUE(begins(greeting, "220"));
  auto b = connect(&greeting);
  EXPECT_TRUE(begins(greeting, "220"));
  connect(&greeting);
  EXPECT_TRUE(begins(greeting, "421")) << greeting;
  auto d = connect(&greeting, "198.51.100.8");
  EXPECT_TRUE(begins(greeting, "220"));
  connect(&greeting, "198.51.100.9");
  EXPECT_TRUE(begins(greeting, "421"));
  a.say("QUIT");
  connect(&greeting);
  EXPECT_TRUE(begins(greeting, "220"));
  EXPECT_EQ(context->sessions, 3U);
}

TEST_F(IngressTest, EncryptsAndForgetsWhatWasSaidBefore) {
  start();
  auto c = connect();
  EXPECT_NE(c.say("EHLO client.example").find("STARTTLS"), std::string::npos);
  EXPECT_TRUE(begins(c.say("STARTTLS"), "220"));
  EXPECT_TRUE(c.peer().tls_active());
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "503"));
  EXPECT_TRUE(
      begins(c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message), "250"));
  EXPECT_EQ(world.spool.records().front().protocol, "ESMTPS");
  EXPECT_EQ(world.spool.records().front().tls, "TLSv1.3 TLS_AES_256_GCM_SHA384");
}

TEST_F(IngressTest, ShutdownEndsIdleSessionsAndFinishesMessages) {
  start();
  auto idle = connect();
  auto busy = connect();
  busy.say("EHLO client.example");
  busy.say("MAIL FROM:<alice@sender.example>");
  busy.say("RCPT TO:<user@zone.example>");
  busy.say("DATA");
  server->shut_down();
  world.settle();
  EXPECT_TRUE(begins(idle.peer().take(), "421"));
  EXPECT_TRUE(idle.peer().gone());
  const auto answer = busy.send(std::string(plain_message) + ".\r\n");
  EXPECT_TRUE(begins(answer, "250 2.0.0")) << answer;
  EXPECT_NE(answer.find("421"), std::string::npos);
  EXPECT_EQ(server->session_count(), 0U);
  std::string greeting;
  connect(&greeting);
  EXPECT_TRUE(begins(greeting, "421"));
}

TEST_F(IngressTest, AClientThatDoesNotWaitForItsAnswerChangesNothing) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  c.peer().send(std::string(plain_message) + ".\r\n");
  c.peer().close();
  world.settle();
  EXPECT_EQ(world.spool.records().size(), 1U);
  EXPECT_EQ(server->session_count(), 0U);
}

TEST_F(IngressTest, EndsAMessageThatDrips) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example> SIZE=20000000");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  std::string answer;
  for (int i = 0; i < 30 && !c.peer().gone(); ++i) {
    answer += c.send("x");
    world.advance(seconds(10));
  }
  answer += c.peer().take();
  EXPECT_TRUE(begins(answer, "421 4.4.2")) << answer;
  EXPECT_TRUE(c.peer().gone());
  EXPECT_EQ(world.metrics.smtp.deadlines.value("data"), 1U);
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(IngressTest, EndsACommandThatDrips) {
  start();
  auto c = connect();
  for (int i = 0; i < 40 && !c.peer().gone(); ++i) {
    c.send("N");
    world.advance(seconds(10));
  }
  EXPECT_TRUE(c.peer().gone());
  EXPECT_EQ(world.metrics.smtp.deadlines.value("command"), 1U);
}

TEST_F(IngressTest, EndsAClientThatReadsNothing) {
  allow_idle_commands();
  start();
  auto c = connect();
  c.peer().hold_output(true);
  std::string hellos;
  for (int i = 0; i < 4000; ++i) hellos += "EHLO client.example\r\n";
  for (int i = 0; i < 5; ++i) c.send(hellos);
  EXPECT_FALSE(c.peer().reading());
  EXPECT_LT(memory().used(), 200'000U);
  world.advance(minutes(6));
  EXPECT_TRUE(c.peer().gone());
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(IngressTest, GivesAllAnswersToAClientThatReadsLate) {
  allow_idle_commands();
  start();
  auto c = connect();
  c.peer().hold_output(true);
  std::string commands;
  for (int i = 0; i < 2000; ++i) commands += "EHLO client.example\r\n";
  c.send(commands + "NOOP\r\n");
  c.peer().hold_output(false);
  world.settle();
  const auto said = c.peer().written();
  std::size_t hellos = 0;
  for (std::size_t at = 0; (at = said.find(" HELP\r\n", at)) != std::string::npos; ++at) ++hellos;
  EXPECT_EQ(hellos, 2000U);
  EXPECT_TRUE(said.ends_with("250 2.0.0 ok\r\n"));
}

// 257 connections and a hundred octets of each are no reason to refuse anybody.
TEST_F(IngressTest, PromisesTakeNoMemory) {
  settings.smtp.sessions_max = 1000;
  settings.smtp.sessions_per_client_max = 1000;
  start();
  std::vector<client> idle;
  for (int i = 0; i < 257; ++i) {
    idle.push_back(connect());
    idle.back().send(
        "EHLO c\r\nMAIL FROM:<a@b.example> SIZE=25000000\r\n"
        "RCPT TO:<user@zone.example>\r\n");
    idle.back().send(i % 2 == 0 ? "DATA\r\nx" : "BDAT 25000000\r\nx");
  }
  EXPECT_LT(memory().used(), 257U * 1024);
  auto honest = connect(nullptr, "203.0.113.77");
  const auto answer =
      honest.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
  EXPECT_TRUE(begins(answer, "250")) << answer;
}

// Whatever one network sends, another finds memory for its mail.
TEST_F(IngressTest, OneNetworkCannotHaveAllMemory) {
  settings.smtp.sessions_max = 1000;
  settings.smtp.sessions_per_client_max = 1000;
  settings.smtp.message_size_max.value = 25U << 20;
  start();
  std::vector<client> greedy;
  const std::string line(998, 'x');
  std::string chunk;
  for (int i = 0; i < 1000; ++i) chunk += line + "\r\n";
  for (int i = 0; i < 10; ++i) {
    greedy.push_back(connect(nullptr, "198.51.100." + std::to_string(i + 1)));
    greedy.back().send("EHLO c\r\nMAIL FROM:<a@b.example>\r\n");
    greedy.back().send("RCPT TO:<user@zone.example>\r\nDATA\r\n");
    for (int j = 0; j < 20; ++j) greedy.back().send(chunk);
  }
  EXPECT_LE(memory().used(), memory().limit() / 2);
  const auto big = plain_message + chunk + chunk + chunk + chunk;
  auto honest = connect(nullptr, "203.0.113.77");
  EXPECT_TRUE(begins(honest.hand_over("alice@sender.example", {"user@zone.example"}, big), "250"));
}

TEST(MemoryShares, AreOnesOfANetworkAndForgotten) {
  memory_budget budget(1 << 20);
  memory_shares shares(budget, 50);
  const auto account = [&](const std::string& address) {
    return shares.of(*ip_address::parse(address));
  };
  memory_lease first(account("192.0.2.1"));
  ASSERT_TRUE(first.grow_to(1 << 19));
  memory_lease neighbour(account("192.0.2.200"));
  EXPECT_FALSE(neighbour.grow_to(1000));
  memory_lease other(account("198.51.100.1"));
  EXPECT_TRUE(other.grow_to(1000));
  memory_lease six(account("2001:db8::1"));
  ASSERT_TRUE(six.grow_to(1 << 17));
  memory_lease same_site(account("2001:db8:0:ffff::1"));
  EXPECT_FALSE(same_site.grow_to(1 << 18));
  for (int i = 0; i < 5000; ++i) {
    account("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1");
  }
  EXPECT_LT(shares.size(), 200U);
  EXPECT_FALSE(neighbour.grow_to(1000));
}

TEST_F(IngressTest, AStoreThatRefusesIsAnsweredWithLater) {
  start();
  for (const auto code : {errc::no_space, errc::unavailable}) {
    world.spool.fail_next = {code};
    auto c = connect();
    const auto answer = c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
    EXPECT_TRUE(begins(answer, code == errc::no_space ? "452" : "451")) << answer;
  }
  EXPECT_TRUE(world.spool.records().empty());
  EXPECT_EQ(world.metrics.smtp.messages_accepted.value(), 0U);
}

TEST_F(IngressTest, AMessageThatGoesRoundIsRefused) {
  start();
  std::string octets;
  for (int i = 0; i < 60; ++i) {
    octets += "Received: from a by b; Mon, 23 Nov 2026 20:00:00 +0000\r\n";
  }
  auto c = connect();
  const auto answer =
      c.hand_over("alice@sender.example", {"user@zone.example"}, octets + plain_message);
  EXPECT_TRUE(begins(answer, "554 5.4.6")) << answer;
  EXPECT_TRUE(world.spool.records().empty());
}

// RFC 5321 §6.3: by recipient, for one message may pass several customers of one node.
TEST_F(IngressTest, ALoopIsThatOfOneRecipient) {
  start();
  const auto passed = [](const std::string& recipient) {
    return "Received: from a by node.example (Signpost) with ESMTP id 1"
           + (recipient.empty() ? std::string() : "\r\n for <" + recipient + ">")
           + "; Mon, 23 Nov 2026 20:00:00 +0000\r\n";
  };
  const auto answer = [&](const std::string& trace, const std::vector<std::string>& to) {
    auto c = connect();
    return c.hand_over("alice@sender.example", to, trace + plain_message);
  };
  const auto others = passed("a@zone.example") + passed("b@lax.example") + passed("c@zone.example");
  EXPECT_TRUE(begins(answer(others, {"user@zone.example"}), "250"));
  EXPECT_TRUE(begins(answer(passed("User@ZONE.example"), {"user@zone.example"}), "554 5.4.6"));
  EXPECT_TRUE(begins(answer(passed("user@zone.example"), {"user@zone.example", "two@zone.example"}),
                     "250"))
      << "the second one was never here";
  EXPECT_TRUE(begins(answer(passed("") + passed(""), {"user@zone.example"}), "250"));
  EXPECT_TRUE(begins(answer(passed("") + passed("") + passed(""), {"user@zone.example"}), "554"));
}

TEST_F(IngressTest, BouncesOfMailSystemsWithoutANameReachAnAlias) {
  settings.auth.verify = true;
  world.dns.add_txt("client.example", "v=spf1 ip4:198.51.100.7 -all");
  start();
  const auto answer = [&](const std::string& from, const std::string& sender = "") {
    auto c = connect(nullptr, "198.51.100.7");
    return c.hand_over(sender, {"user@zone.example"},
                       from + "Subject: Undelivered mail\r\n\r\nno such user\r\n");
  };
  for (const std::string from : {"From: MAILER-DAEMON\r\n", "From: <>\r\n", "",
                                 "From: Mail Delivery System <MAILER-DAEMON>\r\n"}) {
    EXPECT_TRUE(begins(answer(from), "250")) << from;
  }
  for (const std::string from :
       {"From: =?utf-8?q?ceo=40bank.example?=\r\n", "From: ceo at bank.example\r\n",
        "From: ceo&#64;bank.example\r\n", "From: ceo@bank.example <x>\r\n",
        "From: <>\r\nSender: ceo@bank.example\r\n"}) {
    EXPECT_TRUE(begins(answer(from), "550")) << from;
  }
  EXPECT_TRUE(begins(answer("From: MAILER-DAEMON\r\n", "a@client.example"), "550"));
}

// What is not read cannot be judged: a second From would be shown by readers that go on.
TEST_F(IngressTest, AHeaderThatIsNotReadWholeIsRefused) {
  start();
  auto c = connect();
  std::string padding;
  while (padding.size() < 540'000) padding += "X-Padding: " + std::string(900, 'x') + "\r\n";
  const auto refused = [&](const std::string& octets) {
    return begins(c.hand_over("alice@sender.example", {"user@zone.example"}, octets), "552 5.3.4");
  };
  EXPECT_TRUE(
      refused("From: a@sender.example\r\n" + padding + "From: b@bank.example\r\n\r\nx\r\n"));
  EXPECT_TRUE(refused("From: a@sender.example\r\nno field\r\n" + padding
                      + "From: b@bank.example\r\n\r\nx\r\n"));
  std::string fields;
  for (int i = 0; i < 9000; ++i) fields += "X: y\r\n";
  EXPECT_TRUE(refused(fields + "From: b@bank.example\r\n\r\nx\r\n"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("header_too_long"), 3U);
  EXPECT_TRUE(world.spool.records().empty());
  // A long body is none of its business.
  EXPECT_TRUE(begins(c.hand_over("alice@sender.example", {"user@zone.example"},
                                 "From: a@sender.example\r\n\r\n" + padding),
                     "250"));
}

// What a message comes to whose sender is checked: 198.51.100.7 may send for sender.example.
class AdmissionTest : public IngressTest {
 protected:
  AdmissionTest() {
    settings.auth.verify = true;
    world.dns.add_txt("sender.example", "v=spf1 ip4:198.51.100.7 -all")
        .add_txt("_dmarc.reject.example", "v=DMARC1; p=reject")
        .add_txt("_dmarc.quarantine.example", "v=DMARC1; p=quarantine");
  }

  std::string hand_over(const std::string& from, const std::string& to = "user@zone.example",
                        const std::string& host = "198.51.100.7") {
    auto c = connect(nullptr, host);
    const auto header = from.empty() ? std::string() : "From: x@" + from + "\r\n";
    const auto answer =
        c.hand_over("alice@sender.example", {to}, header + "Subject: hi\r\n\r\nx\r\n");
    world.advance(seconds(2));
    return answer;
  }
  // What the last event says under `key`.
  std::string said(const std::string& key) const {
    for (auto event = world.spool.events.rbegin(); event != world.spool.events.rend(); ++event) {
      if (event->kind != model::event_kind::received
          && event->kind != model::event_kind::rejected) {
        continue;
      }
      for (const auto& [k, value] : event->details) {
        if (k == key) return value;
      }
      return "nothing";
    }
    return "no event";
  }
};

TEST_F(AdmissionTest, MailThatPassesIsTakenWithItsVerdicts) {
  start();
  EXPECT_TRUE(begins(hand_over("sender.example"), "250"));
  EXPECT_EQ(said("spf"), "pass");
  EXPECT_EQ(said("dkim"), "none");
  EXPECT_EQ(said("author_domain"), "sender.example");
  EXPECT_EQ(said("admission"), "pass");
  const auto prefix = world.spool.records().at(0).prefix;
  EXPECT_TRUE(begins(prefix, "Received-SPF: ")) << prefix;
  EXPECT_NE(prefix.find("Authentication-Results: node.example;"), std::string::npos) << prefix;
  EXPECT_TRUE(world.spool.records().at(0).may_bounce);
}

TEST_F(AdmissionTest, MailThatNobodySpeaksForIsRefused) {
  start();
  const auto answer = hand_over("sender.example", "user@zone.example", "198.51.100.8");
  EXPECT_TRUE(begins(answer, "550 5.7.26 Neither SPF (fail for sender.example)")) << answer;
  EXPECT_EQ(said("reason"), "unauthenticated");
  EXPECT_EQ(said("spf"), "fail");
  EXPECT_EQ(world.metrics.smtp.rejections.value("unauthenticated"), 1U);
  EXPECT_TRUE(world.spool.records().empty());
}

TEST_F(AdmissionTest, AZoneThatTakesEverythingGetsItButItsSenderGetsNoReports) {
  start();
  EXPECT_TRUE(begins(hand_over("reject.example", "user@lax.example", "198.51.100.8"), "250"));
  EXPECT_EQ(said("admission"), "dmarc_reported");
  EXPECT_FALSE(world.spool.records().at(0).may_bounce);
}

TEST_F(AdmissionTest, ADomainThatAsksForRefusalIsObeyed) {
  start();
  const auto answer = hand_over("reject.example");
  EXPECT_TRUE(begins(answer, "550 5.7.1 ")) << answer;
  EXPECT_NE(answer.find("reject.example"), std::string::npos) << answer;
  EXPECT_EQ(said("dmarc_policy"), "reject");
  EXPECT_EQ(said("reason"), "dmarc_reject");
}

TEST_F(AdmissionTest, QuarantineIsMarkedOrRefusedAsTheZoneWants) {
  start();
  EXPECT_TRUE(begins(hand_over("quarantine.example"), "250"));
  EXPECT_EQ(said("marked"), "quarantine");
  EXPECT_TRUE(begins(world.spool.records().at(0).prefix,
                     "X-Signpost-Disposition: quarantine (dmarc=fail "
                     "header.from=quarantine.example)\r\nReceived-SPF: "))
      << world.spool.records().at(0).prefix;
  EXPECT_TRUE(begins(hand_over("quarantine.example", "user@strict.example"), "550 5.7.1"));
  EXPECT_EQ(said("reason"), "dmarc_quarantine");
  EXPECT_EQ(world.spool.records().size(), 1U);
}

TEST_F(AdmissionTest, MailInOurOwnNamesThatNothingShowsIsMarkedOrRefused) {
  start();
  EXPECT_TRUE(begins(hand_over("zone.example"), "250"));
  EXPECT_EQ(said("admission"), "own_author");
  EXPECT_EQ(said("marked"), "quarantine");
  const auto record = world.spool.records().at(0);
  EXPECT_TRUE(begins(record.prefix, "X-Signpost-Disposition: quarantine (dmarc=none "
                                    "header.from=zone.example reason=own-author)\r\n"))
      << record.prefix;
  EXPECT_TRUE(record.author.known);
  EXPECT_FALSE(record.author.proven);
  EXPECT_TRUE(begins(hand_over("below.lax.example"), "250"));
  EXPECT_EQ(said("marked"), "quarantine");
  EXPECT_TRUE(begins(hand_over("zone.example", "user@lax.example"), "250"));
  EXPECT_EQ(said("marked"), "nothing");
}

TEST_F(AdmissionTest, MailThatPassesForItsAuthorIsRememberedAsProven) {
  start();
  EXPECT_TRUE(begins(hand_over("sender.example"), "250"));
  EXPECT_TRUE(world.spool.records().at(0).author.proven);
}

// Its zone and the node's name lie in one organization: no name is left to send it under.
TEST_F(AdmissionTest, WhatCouldOnlyBeSentOnAsAForgeryIsRefused) {
  start();
  const auto sent_as = [&](const std::string& from) {
    auto c = connect(nullptr, "198.51.100.7");
    const auto answer = c.hand_over("bob@node.example", {"postmaster@node.example"},
                                    "From: x@" + from + "\r\nSubject: hi\r\n\r\nx\r\n");
    world.advance(seconds(2));
    return answer;
  };
  auto answer = sent_as("node.example");
  EXPECT_TRUE(begins(answer, "550 5.7.1 The message is not authenticated for its author"))
      << answer;
  EXPECT_EQ(said("reason"), "would_forge");
  answer = sent_as("a.node.example");
  EXPECT_TRUE(begins(answer, "550 5.7.1")) << answer;
  // A proven sender of elsewhere lends nothing, and is kept.
  EXPECT_TRUE(begins(hand_over("node.example", "postmaster@node.example"), "250"));
  // The zone can lend its own name.
  EXPECT_TRUE(begins(hand_over("node.example"), "250"));
  EXPECT_EQ(world.metrics.smtp.rejections.value("would_forge"), 2U);
}

TEST_F(AdmissionTest, WithoutASenderOurNameInEhloCounts) {
  start();
  auto c = connect();
  EXPECT_TRUE(begins(
      c.hand_over("", {"user@lax.example"}, "From: x@node.example\r\nSubject: hi\r\n\r\nx\r\n"),
      "550 5.7.1"));
  EXPECT_TRUE(begins(c.hand_over("", {"user@lax.example"},
                                 "From: MAILER-DAEMON\r\nSubject: hi\r\n\r\nx\r\n"),
                     "250"));
}

TEST_F(AdmissionTest, MailWithoutAnAuthorIsRefused) {
  start();
  const auto answer = hand_over("");
  EXPECT_TRUE(begins(answer, "550 5.7.1 The From field")) << answer;
}

TEST_F(AdmissionTest, WhatTheDnsDoesNotSayYetIsLeftForLater) {
  world.dns.set_status("_dmarc.news.sender.example", dns::status::servfail);
  world.dns.set_status("_dmarc.sender.example", dns::status::servfail);
  start();
  EXPECT_TRUE(begins(hand_over("news.sender.example"), "451 4.7.0"));
  EXPECT_EQ(said("reason"), "dmarc_later");
  // SPF passes for the very domain of the author: no answer could change that.
  EXPECT_TRUE(begins(hand_over("sender.example"), "250"));
}

TEST_F(AdmissionTest, ThePostmasterOfTheNodeIsReachedWithoutAuthentication) {
  start();
  EXPECT_TRUE(
      begins(hand_over("sender.example", "postmaster@node.example", "198.51.100.8"), "250"));
  EXPECT_TRUE(
      begins(hand_over("reject.example", "postmaster@node.example", "198.51.100.8"), "550"));
}

TEST_F(AdmissionTest, RecipientsThatWantDifferentThingsComeOneByOne) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@lax.example>"), "452 4.5.3"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<two@zone.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@lax.example>"), "550 5.1.1"));
  c.say("DATA");
  EXPECT_TRUE(begins(c.send(std::string(plain_message) + ".\r\n"), "250"));
  EXPECT_EQ(world.spool.open_envelopes().size(), 3U);
  EXPECT_EQ(world.metrics.smtp.rejections.value("other_policy"), 1U);
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@lax.example>"), "250"));
}

TEST_F(AdmissionTest, ARuleWithConditionsDecidesWhenTheMessageIsHere) {
  start();
  EXPECT_TRUE(begins(hand_over("sender.example", "picky@cond.example"), "250"));
  ASSERT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(world.spool.open_envelopes()[0].destination, "proven@dest.example");
  EXPECT_EQ(said("rule"), "picky-if");
  const auto answer = hand_over("sender.example", "picky@cond.example", "198.51.100.8");
  EXPECT_TRUE(begins(answer, "550 5.7.1 not like this")) << answer;
  EXPECT_EQ(said("rule"), "picky-if");
  EXPECT_EQ(said("reason"), "rule");
  EXPECT_EQ(said("spf"), "fail");
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(world.metrics.smtp.rejections.value("rule"), 1U);
}

TEST_F(AdmissionTest, AnAddressThatOnlySomeMailHasIsUnknownToTheRest) {
  start();
  const auto answer = hand_over("sender.example", "fakes@cond.example");
  EXPECT_TRUE(begins(answer, "550 5.1.1")) << answer;
  EXPECT_EQ(said("reason"), "unknown_recipient");
  EXPECT_TRUE(begins(hand_over("sender.example", "fakes@cond.example", "198.51.100.8"), "250"));
}

TEST_F(IngressTest, SizeDecidesAtTheFinalDot) {
  start();
  auto c = connect();
  EXPECT_TRUE(
      begins(c.hand_over("alice@sender.example", {"large@cond.example"}, plain_message), "250"));
  const auto large = plain_message + std::string(1000, 'x') + "\r\n";
  EXPECT_TRUE(begins(c.hand_over("alice@sender.example", {"large@cond.example"}, large), "550"));
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
}

// With authentication switched off every result is `none`: neither condition holds.
TEST_F(IngressTest, WithoutAuthenticationNoResultIsKnown) {
  start();
  auto c = connect();
  EXPECT_TRUE(
      begins(c.hand_over("alice@sender.example", {"picky@cond.example"}, plain_message), "250"));
  ASSERT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(world.spool.open_envelopes()[0].destination, "picky@dest.example");
}

TEST_F(IngressTest, WhoIsNotDecidedYetComesAlone) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<plain@cond.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<picky@cond.example>"), "452 4.5.3"));
  c.say("RSET");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<picky@cond.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<plain@cond.example>"), "452 4.5.3"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<large@cond.example>"), "452 4.5.3"));
  c.say("DATA");
  EXPECT_TRUE(begins(c.send(std::string(plain_message) + ".\r\n"), "250"));
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
}

TEST_F(IngressTest, WhatARuleDropsIsAcceptedAndRecorded) {
  start();
  auto c = connect();
  const auto answer = c.hand_over("alice@sender.example", {"gone@zone.example"}, plain_message);
  EXPECT_TRUE(begins(answer, "250")) << answer;
  EXPECT_TRUE(world.spool.records().empty());
  EXPECT_EQ(world.spool.count(model::event_kind::dropped), 1U);
  EXPECT_EQ(world.metrics.queue.outcomes.value("dropped"), 1U);
}

TEST_F(IngressTest, OneDestinationIsWrittenOnce) {
  start();
  auto c = connect();
  c.hand_over("alice@sender.example", {"user@zone.example", "USER@zone.example"}, plain_message);
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
}

TEST_F(IngressTest, SilenceEndsASession) {
  start();
  auto c = connect();
  world.advance(minutes(6), seconds(5));
  EXPECT_TRUE(begins(c.peer().take(), "421"));
  EXPECT_EQ(server->session_count(), 0U);
}

TEST_F(IngressTest, AClientThatReadsNothingIsNotReadForEver) {
  allow_idle_commands();
  start();
  auto c = connect();
  c.peer().hold_output(true);
  for (int i = 0; i < 400 && c.peer().reading(); ++i) {
    std::string commands;
    for (int k = 0; k < 1000; ++k) commands += "NOOP\r\n";
    c.peer().send(commands);
    world.settle();
  }
  EXPECT_FALSE(c.peer().reading());
  c.peer().hold_output(false);
  world.settle();
  EXPECT_TRUE(c.peer().reading());
}

TEST_F(IngressTest, AnswersLaterWhatIsTooMuchForALoop) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<a-ok@heavy.example>"), "250"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@heavy.example>"), "550 5.1.1"));
  EXPECT_EQ(world.metrics.routing.decisions.value("decided"), 2U);
  // Pipelined: each waits for the one before.
  const auto answers = c.send(
      "RSET\r\nMAIL FROM:<bob@sender.example>\r\nRCPT TO:<b-ok@heavy.example>\r\n"
      "RCPT TO:<nobody@heavy.example>\r\nRCPT TO:<c-ok@heavy.example>\r\nDATA\r\n");
  std::string codes;
  for (const auto line : split(answers, '\n')) codes += std::string(line.substr(0, 3)) + " ";
  EXPECT_EQ(codes, "250 250 250 550 250 354  ");
  EXPECT_TRUE(begins(c.send(std::string(plain_message) + ".\r\n"), "250 2.0.0"));
  ASSERT_EQ(world.spool.records().size(), 1U);
}

TEST_F(IngressTest, DecidesLaterWhenTheMessageIsHereToo) {
  start();
  auto c = connect();
  EXPECT_TRUE(begins(c.hand_over("alice@sender.example", {"if@heavy.example"}, plain_message),
                     "250 2.0.0"));
  const auto large = "Subject: x\r\n\r\n" + std::string(2000, 'x') + "\r\n";
  auto d = connect();
  EXPECT_TRUE(begins(d.hand_over("alice@sender.example", {"if@heavy.example"}, large),
                     "550 5.1.1"));
  EXPECT_EQ(world.metrics.routing.decisions.value("decided"), 4U);
}

TEST_F(IngressTest, ForgetsTheAnswerForAClientThatIsGone) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.peer().send("RCPT TO:<a-ok@heavy.example>\r\n");
  c.peer().close();
  world.settle();
  EXPECT_EQ(world.network.open_connections(), 0U);
}

}  // namespace
}  // namespace signpost::actors
