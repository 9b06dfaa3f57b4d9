// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The sending and the receiving session talk to each other, cut anywhere: bodies come out
// unchanged.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "proto/smtp/client_session.hpp"
#include "tests/proto/smtp/server_driver.hpp"

namespace signpost::smtp::testing {
namespace {

/// A body of awkward lines: dots, empty ones, long ones, high octets, with or without last CR LF.
std::string random_body(seeded_random& random) {
  static constexpr std::string_view pieces[] = {
      ".", "..", "\r\n", "\r\n.", "\r\n.\r\n", "x", "From ", "\xc3\xa4", ".x", "\t", "\r\n\r\n"};
  std::string body;
  const auto count = random.below(60);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (random.below(20) == 0) {
      body += std::string(static_cast<std::size_t>(random.below(60'000)), 'y');
    } else {
      body += pieces[random.below(std::size(pieces))];
    }
  }
  return body;
}

std::string as_lines(std::string body) {
  if (!body.empty() && !body.ends_with("\r\n")) body += "\r\n";
  return body;
}

struct loop {
  server_driver server;
  client_options options{.host_name = "out.example"};
  seeded_random random;
  client_session client{options, steady_time{}};
  std::vector<client_event> events;

  explicit loop(std::uint64_t seed) : random(seed) {
    server.options.offer_starttls = random.below(2) == 0;
    server.options.errors_max = 100;
    server.open();
  }

  /// Moves octets both ways in random pieces until nothing moves any more.
  void run() {
    for (bool moved = true; moved;) {
      moved = to_server() | to_client();
      while (auto event = client.next()) take(std::move(*event));
    }
  }

  /// The result of one message.
  std::vector<recipient_result> send(outgoing_message message) {
    events.clear();
    client.start(std::move(message), {});
    run();
    EXPECT_EQ(events.size(), 1U);
    return std::get<transaction_done_event>(events.at(0)).results;
  }

 private:
  std::size_t piece(std::size_t available) {
    return std::min<std::size_t>(available, 1 + random.below(random.below(4) == 0 ? 20'000 : 40));
  }
  bool to_server() {
    const std::string bytes(client.output().substr(0, piece(client.output().size())));
    if (bytes.empty()) return false;
    client.consume_output(bytes.size(), {});
    server.receive(bytes);
    return true;
  }
  bool to_client() {
    const auto bytes = server.said.substr(0, piece(server.said.size()));
    if (bytes.empty()) return false;
    server.said.erase(0, bytes.size());
    client.receive(bytes, {});
    return true;
  }
  void take(client_event event) {
    if (std::holds_alternative<client_starttls_event>(event)) {
      server.session->tls_established({}, {});
      client.tls_established({}, {});
    } else {
      events.push_back(std::move(event));
    }
  }
};

TEST(SmtpLoop, CarriesBodiesUnchangedHoweverTheyAreCut) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    loop l(seed);
    l.run();
    ASSERT_TRUE(l.client.idle());
    for (int i = 0; i < 3; ++i) {
      const std::string prefix = "Received: by us\r\n";
      const auto body = random_body(l.random);
      const auto results = l.send({.sender = "a@a.example",
                                   .recipients = {"b@b.example", "c@b.example"},
                                   .prefix = prefix,
                                   .body = std::make_shared<message_body>(body),
                                   .eight_bit = true});
      ASSERT_EQ(results.size(), 2U);
      EXPECT_EQ(results[0].reply.code, 250);
      EXPECT_EQ(results[1].command, ".");
      ASSERT_EQ(l.server.messages.size(), 1U);
      EXPECT_EQ(l.server.messages.back(), as_lines(prefix + body));
      l.server.messages.clear();
    }
    l.client.quit({});
    l.run();
    EXPECT_TRUE(l.client.finished());
    EXPECT_TRUE(l.server.session->finished());
  }
}

TEST(SmtpLoop, TellsEachRecipientItsOwnResult) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    loop l(seed);
    l.run();
    l.server.answers = {
        {}, {}, refusal({550, {5, 1, 1}, {"no"}}), refusal({451, {4, 3, 0}, {"no"}})};
    const auto results = l.send({.sender = "a@a.example",
                                 .recipients = {"b@b.example", "c@b.example", "d@b.example"},
                                 .body = std::make_shared<message_body>("x\r\n")});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].reply.code, 250);
    EXPECT_EQ(results[1].reply.to_string(), "550 5.1.1 no");
    EXPECT_EQ(results[1].command, "RCPT");
    EXPECT_EQ(results[2].reply.to_string(), "451 4.3.0 no");
  }
}

TEST(SmtpLoop, IsReadyAgainAfterAllRecipientsWereRefused) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    loop l(seed);
    l.run();
    l.server.answers = {{}, refusal({550, {5, 1, 1}, {"no"}})};
    const outgoing_message message{.sender = "a@a.example",
                                   .recipients = {"b@b.example"},
                                   .body = std::make_shared<message_body>("x\r\n")};
    EXPECT_EQ(l.send(message).at(0).command, "RCPT");
    EXPECT_EQ(l.send(message).at(0).reply.code, 250);
  }
}

TEST(SmtpLoop, NeverSendsBareLineEndsWhateverTheBodyHolds) {
  loop l(7);
  l.run();
  l.send({.sender = "",
          .recipients = {"b@b.example"},
          .body = std::make_shared<message_body>("a\n.\nb\r.\rc\n.\r\nMAIL FROM:<x@x.example>\r")});
  ASSERT_EQ(l.server.messages.size(), 1U);
  EXPECT_EQ(l.server.messages[0], "a\r\n.\r\nb\r\n.\r\nc\r\n.\r\nMAIL FROM:<x@x.example>\r\n");
}

}  // namespace
}  // namespace signpost::smtp::testing
