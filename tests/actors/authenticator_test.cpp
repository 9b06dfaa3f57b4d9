// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/auth/authenticator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "actors/auth/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "tests/proto/dkim/support.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::actors {
namespace {

using model::verdict;
using std::chrono::minutes;

// Passes questions on, or keeps them until it is told to.
class slow_resolver final : public dns::resolver {
 public:
  explicit slow_resolver(dns::resolver& behind) : behind_(behind) {}
  void resolve(dns::question q, callback done) override {
    if (slow) {
      kept_.emplace_back(std::move(q), std::move(done));
    } else {
      behind_.resolve(std::move(q), std::move(done));
    }
  }
  void let_go() {
    for (auto& [q, done] : std::exchange(kept_, {})) behind_.resolve(q, std::move(done));
  }
  [[nodiscard]] std::size_t kept() const { return kept_.size(); }
  bool slow = false;

 private:
  dns::resolver& behind_;
  std::vector<std::pair<dns::question, callback>> kept_;
};

class AuthenticatorTest : public testing::Test {
 protected:
  AuthenticatorTest() {
    world.dns
        .add_txt("ed._domainkey.example.org",
                 dkim::key_record_text(dkim::ed25519_key()->public_half()))
        .add_txt("_dmarc.example.org", "v=DMARC1; p=reject")
        .add_txt("example.org", "v=spf1 ip4:192.0.2.1 -all");
    with.options.authserv_id = "node.example";
  }
  ~AuthenticatorTest() override { authenticator_ = nullptr; }

  void start() { authenticator_ = world.spawn(authenticator, with); }
  using answer = std::shared_ptr<std::optional<authenticate_response>>;
  answer ask(const std::string& octets, const std::string& client = "192.0.2.1") {
    auto m = std::make_shared<incoming_message>();
    m->client = {.address = *ip_address::parse(client),
                 .name = {},
                 .helo = "mx.example.org",
                 .protocol = "ESMTP",
                 .tls = {}};
    m->sender = *smtp::reverse_path::parse("<ada@example.org>");
    m->body = std::make_shared<const message_body>(octets);
    m->received = world.time.now();
    m->arrived = world.time.steady_now();
    return world.ask<authenticate_response>(authenticator_, authenticate_request{std::move(m)});
  }
  model::authentication_results check(const std::string& octets,
                                      const std::string& client = "192.0.2.1") {
    const auto got = ask(octets, client);
    EXPECT_TRUE(*got);
    return *got ? (*got)->results : model::authentication_results{};
  }
  std::int64_t number(std::string_view key) { return world.number(authenticator_, key); }
  [[nodiscard]] std::ptrdiff_t times_asked(std::string_view name) const {
    return std::ranges::count(world.dns.asked(), name, &dns::question::name);
  }
  [[nodiscard]] std::uint64_t counted(std::string_view method, std::string_view result) const {
    return world.metrics.auth.results.value(method, result);
  }

  test::actor_fixture world;
  slow_resolver resolver{world.dns};
  authenticator_dependencies with{.resolver = resolver,
                                  .time = world.time,
                                  .metrics = world.metrics,
                                  .options = {},
                                  .workers = 2};
  authenticator_actor authenticator_;
  const std::string honest = dkim::signed_message(dkim::test_message(), dkim::ed25519_options());
};

TEST_F(AuthenticatorTest, FindsOutWhoSentIt) {
  start();
  const auto r = check(honest);
  EXPECT_TRUE(r.checked);
  EXPECT_EQ(r.spf, verdict::pass);
  EXPECT_EQ(r.spf_helo, verdict::none);
  EXPECT_EQ(r.dkim, verdict::pass);
  EXPECT_EQ(r.dmarc, verdict::pass);
  EXPECT_NE(r.fields.find("Authentication-Results: node.example;"), std::string::npos);
  EXPECT_EQ(counted("dmarc", "pass"), 1U);
  EXPECT_EQ(counted("spf_helo", "none"), 1U);
  EXPECT_EQ(counted("arc", "none"), 1U);
  EXPECT_EQ(world.metrics.dns.questions.value("txt", "records"), 3U);
  EXPECT_EQ(number("in_progress"), 0);
  EXPECT_EQ(number("finished"), 1);
}

TEST_F(AuthenticatorTest, TellsAForgery) {
  start();
  const auto r = check(dkim::test_message(), "203.0.113.9");
  EXPECT_EQ(r.spf, verdict::fail);
  EXPECT_EQ(r.dkim, verdict::none);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.disposition, model::dmarc_disposition::reject);
}

TEST_F(AuthenticatorTest, LooksAtNothingWhenSwitchedOff) {
  with.verify = false;
  start();
  auto r = check(honest);
  // Whose name must not be lent is known all the same.
  EXPECT_TRUE(r.author.known);
  EXPECT_FALSE(r.author.proven);
  EXPECT_EQ(std::exchange(r.author, {}).domains.size(), 1U);
  EXPECT_EQ(r, model::authentication_results{});
  EXPECT_TRUE(world.dns.asked().empty());
  EXPECT_EQ(counted("spf", "none"), 0U);
}

TEST_F(AuthenticatorTest, GivesUpWhenTheDnsIsSilent) {
  resolver.slow = true;
  start();
  const auto got = ask(honest);
  world.advance(seconds(19));
  EXPECT_FALSE(*got);
  EXPECT_EQ(number("in_progress"), 1);
  world.advance(seconds(2));
  ASSERT_TRUE(*got);
  const auto& r = (*got)->results;
  EXPECT_EQ(r.spf, verdict::temperror);
  EXPECT_EQ(r.dkim, verdict::temperror);
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_TRUE(r.temporary);
  EXPECT_EQ(number("timed_out"), 1);
  EXPECT_EQ(number("in_progress"), 0);
  // What comes after that finds nobody.
  resolver.let_go();
  world.settle();
  EXPECT_EQ(number("finished"), 1);
}

TEST_F(AuthenticatorTest, TheDeadlineIsOfEachMessage) {
  resolver.slow = true;
  with.workers = 1;
  with.timeout = seconds(20);
  start();
  const auto first = ask(honest);
  world.advance(seconds(15));
  const auto second = ask(honest);
  world.advance(seconds(7));
  EXPECT_TRUE(*first);
  EXPECT_FALSE(*second);
  resolver.slow = false;
  resolver.let_go();
  world.settle();
  ASSERT_TRUE(*second);
  EXPECT_EQ((*second)->results.dmarc, verdict::pass);
  EXPECT_EQ(number("timed_out"), 1);
}

TEST_F(AuthenticatorTest, DoesNothingWhileIdle) {
  start();
  check(honest);
  world.advance(minutes(1));
  EXPECT_EQ(world.advance_counting(seconds(5)), 0U);
}

TEST_F(AuthenticatorTest, ParsesAKeyOnceForAllWorkersUntilItsTtlEnds) {
  world.dns.set_ttl(seconds(600));
  start();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(check(honest).dkim, verdict::pass);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 1);
  EXPECT_EQ(number("keys_cached"), 1);
  world.advance(seconds(599));
  check(honest);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 1);
  world.dns.remove("ed._domainkey.example.org");
  world.advance(seconds(2));
  EXPECT_EQ(check(honest).dkim, verdict::permerror);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 2);
  EXPECT_EQ(number("keys_cached"), 0);
}

TEST_F(AuthenticatorTest, ChecksManyAtOnceAndMixesNoneUp) {
  resolver.slow = true;
  with.workers = 3;
  start();
  std::vector<answer> good;
  std::vector<answer> bad;
  for (int i = 0; i < 50; ++i) {
    good.push_back(ask(honest));
    bad.push_back(ask(dkim::test_message(), "203.0.113.9"));
  }
  EXPECT_EQ(number("in_progress"), 100);
  EXPECT_GT(resolver.kept(), 100U);
  resolver.slow = false;
  resolver.let_go();
  world.advance(auth_tick_interval);  // the room that others gave back
  for (const auto& g : good) {
    ASSERT_TRUE(*g);
    EXPECT_EQ((*g)->results.dmarc, verdict::pass);
  }
  for (const auto& b : bad) {
    ASSERT_TRUE(*b);
    EXPECT_EQ((*b)->results.dmarc, verdict::fail);
  }
  EXPECT_EQ(number("in_progress"), 0);
  EXPECT_EQ(counted("dmarc", "pass"), 50U);
  EXPECT_EQ(counted("dmarc", "fail"), 50U);
}

// Each with signatures below a domain whose servers say nothing.
TEST_F(AuthenticatorTest, AClientWhoseDnsIsSilentKeepsNobodyElseFromAsking) {
  resolver.slow = true;
  start();
  std::vector<answer> attackers;
  for (int message = 0; message < 50; ++message) {
    std::string text;
    for (int i = 0; i < 20; ++i) {
      text += "DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s" + std::to_string(message)
              + "x" + std::to_string(i)
              + "; h=from; bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA\r\n";
    }
    attackers.push_back(ask(text + "From: x@evil.example\r\n\r\nx\r\n",
                            "203.0.113." + std::to_string(message)));
    EXPECT_LE(resolver.kept(), question_shares::of_message_max * (message + 1));
  }
  EXPECT_EQ(resolver.kept(), question_shares::of_network_max);
  const auto honest_one = ask(honest);
  EXPECT_GT(resolver.kept(), question_shares::of_network_max);
  EXPECT_EQ(number("questions"), static_cast<std::int64_t>(resolver.kept()));
  // All are asked when answers come.
  resolver.slow = false;
  resolver.let_go();
  world.advance(auth_tick_interval);
  EXPECT_TRUE(*honest_one);
  for (const auto& a : attackers) EXPECT_TRUE(*a);
  EXPECT_EQ(number("questions"), 0);
}

TEST_F(AuthenticatorTest, QuestionsOfChecksThatWereGivenUpCountUntilTheyAreAnswered) {
  resolver.slow = true;
  start();
  const auto got = ask(honest);
  const auto open = number("questions");
  EXPECT_GT(open, 0);
  world.advance(seconds(30));
  EXPECT_TRUE(*got);
  EXPECT_EQ(number("questions"), open);
  resolver.let_go();
  world.settle();
  EXPECT_EQ(number("questions"), 0);
}

TEST(QuestionShares, WhoeverComesNextFindsSome) {
  question_shares shares;
  for (unsigned char network = 1; network <= 10; ++network) {
    const std::array<std::uint8_t, 4> octets{203, 0, network, 0};
    const auto address = *ip_address::from_bytes(octets);
    std::size_t held = 0;
    while (shares.take(address)) ++held;
    EXPECT_GT(held, 0U) << int(network);
    EXPECT_LE(held, question_shares::of_network_max);
  }
  EXPECT_LT(shares.open(), question_shares::open_max);
}

TEST_F(AuthenticatorTest, EndsInTheMiddleOfItsWork) {
  resolver.slow = true;
  start();
  const auto got = ask(honest);
  authenticator_ = nullptr;
  world.end_actors();
  EXPECT_FALSE(*got);
  resolver.let_go();  // to workers that are gone
  world.settle();
}

TEST(KeyCache, ForgetsTheOneThatWasNotUsedForLongest) {
  test::manual_clock time;
  key_cache keys(time, 2);
  const auto key = dkim::test_zone().at("ed._domainkey.example.org");
  keys.keep("a", key, seconds(60));
  keys.keep("b", key, seconds(60));
  EXPECT_TRUE(keys.find("a"));
  keys.keep("c", key, seconds(60));
  EXPECT_TRUE(keys.find("a"));
  EXPECT_FALSE(keys.find("b"));
  EXPECT_EQ(keys.find("c")->record, key.record);
  EXPECT_EQ(keys.size(), 2U);
}

TEST(KeyCache, KeepsNoLongerThanItMay) {
  test::manual_clock time;
  key_cache keys(time, 10);
  const auto key = dkim::test_zone().at("ed._domainkey.example.org");
  keys.keep("not at all", key, seconds(0));
  EXPECT_EQ(keys.size(), 0U);
  keys.keep("a week", key, std::chrono::hours(168));
  time.advance(kept_key_ttl_max - milliseconds(1));
  EXPECT_TRUE(keys.find("a week"));
  keys.keep("a week", key, seconds(10));
  time.advance(seconds(10));
  EXPECT_FALSE(keys.find("a week"));
  EXPECT_EQ(keys.size(), 0U);
}

}  // namespace
}  // namespace signpost::actors
