// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/dns/unbound_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/support/fake_dns_server.hpp"
#include "tests/support/loopback.hpp"

namespace signpost::net {
namespace {

using dns::answer;
using dns::record_type;
using dns::status;
using test::a_data;
using test::mx_data;
using test::patience;
using testing::HasSubstr;

class UnboundResolver : public testing::Test {
 protected:
  void start(unbound_options options = {}) {
    options.forwarders = {server.address()};
    options.trust_anchor_file = "";
    auto made = unbound_resolver::make(std::move(options));
    ASSERT_TRUE(made) << made.error().context;
    resolver = std::move(*made);
  }

  std::future<answer> ask(std::string name, record_type type) {
    auto promise = std::make_shared<std::promise<answer>>();
    resolver->resolve({std::move(name), type},
                      [promise](const answer& a) { promise->set_value(a); });
    return promise->get_future();
  }

  answer resolve(std::string name, record_type type) {
    auto future = ask(std::move(name), type);
    if (future.wait_for(patience) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    return future.get();
  }

  test::fake_dns_server server;
  std::unique_ptr<unbound_resolver> resolver;
};

TEST_F(UnboundResolver, AnswersWithRecordsAndTheirTtl) {
  start();
  server.script(
      "example.org", record_type::mx,
      {.records = {{"example.org", record_type::mx, 120, mx_data(10, "MX1.Example.org")},
                   {"example.org", record_type::mx, 60, mx_data(20, "mx2.example.org")}}});
  const answer got = resolve("Example.ORG", record_type::mx);
  ASSERT_EQ(got.status, status::records) << got.reason;
  ASSERT_EQ(got.records.size(), 2U);
  EXPECT_EQ(got.security, dns::security::insecure);
  EXPECT_EQ(got.ttl, std::chrono::seconds(60));
  const auto& first = got.records[0].preference == 10 ? got.records[0] : got.records[1];
  EXPECT_EQ(first.name, "mx1.example.org");
}

TEST_F(UnboundResolver, FollowsAliases) {
  start();
  server.script("alias.example.org", record_type::a,
                {.records = {{"alias.example.org", record_type::cname, 300,
                              test::wire_name("real.example.org")},
                             {"real.example.org", record_type::a, 300, a_data("192.0.2.7")}}});
  server.script("real.example.org", record_type::a,
                {.records = {{"real.example.org", record_type::a, 300, a_data("192.0.2.7")}}});
  const answer got = resolve("alias.example.org", record_type::a);
  ASSERT_EQ(got.status, status::records) << got.reason;
  EXPECT_EQ(got.canonical_name, "real.example.org");
  ASSERT_EQ(got.records.size(), 1U);
  EXPECT_EQ(got.records[0].address.to_string(), "192.0.2.7");
}

TEST_F(UnboundResolver, TellsNxdomainFromNodata) {
  start();
  server.script("half.example.org", record_type::mx, {});
  EXPECT_EQ(resolve("missing.example.org", record_type::mx).status, status::nxdomain);
  EXPECT_EQ(resolve("half.example.org", record_type::mx).status, status::nodata);
}

TEST_F(UnboundResolver, KeepsNegativeAnswersForTheirTtl) {
  start();
  const answer first = resolve("missing.example.org", record_type::a);
  EXPECT_EQ(first.ttl, std::chrono::seconds(60));
  resolve("missing.example.org", record_type::a);
  EXPECT_EQ(server.asked("missing.example.org", record_type::a), 1);
  EXPECT_EQ(resolver->counts().cache_hits, 1U);
}

TEST_F(UnboundResolver, TellsServfail) {
  start();
  server.script("broken.example.org", record_type::txt, {.rcode = 2});
  const answer got = resolve("broken.example.org", record_type::txt);
  EXPECT_EQ(got.status, status::servfail);
  EXPECT_NE(got.reason, "");
  EXPECT_EQ(resolver->counts().servfails, 1U);
}

TEST_F(UnboundResolver, EndsWithTimeoutWhenNobodyAnswers) {
  start({.timeout = milliseconds{50}});
  server.script("slow.example.org", record_type::a, {.drop = true});
  EXPECT_EQ(resolve("slow.example.org", record_type::a).status, status::timeout);
  EXPECT_EQ(resolver->counts().timeouts, 1U);
}

TEST_F(UnboundResolver, AsksOnceForEqualQuestionsOnTheWay) {
  start();
  server.script(
      "busy.example.org", record_type::a,
      {.records = {{"busy.example.org", record_type::a, 300, a_data("192.0.2.1")}}, .hold = true});
  std::vector<std::future<answer>> asked;
  for (int i = 0; i < 50; ++i) {
    asked.push_back(ask(i % 2 == 0 ? "busy.example.org" : "BUSY.example.org", record_type::a));
  }
  ASSERT_TRUE(server.wait_until_asked("busy.example.org", record_type::a));
  // The last of the fifty has been taken up when a question asked after it has its answer.
  resolve("other.example.org", record_type::a);
  server.release();
  for (auto& one : asked) EXPECT_EQ(one.get().status, status::records);
  EXPECT_EQ(server.asked("busy.example.org", record_type::a), 1);
  EXPECT_EQ(resolver->counts().coalesced, 49U);
}

TEST_F(UnboundResolver, RefusesMoreThanItsLimitOfQuestions) {
  start({.in_flight_max = 2});
  for (const char* name : {"a.example.org", "b.example.org"}) {
    server.script(name, record_type::a, {.hold = true});
  }
  auto first = ask("a.example.org", record_type::a);
  auto second = ask("b.example.org", record_type::a);
  const answer third = resolve("c.example.org", record_type::a);
  EXPECT_EQ(third.status, status::servfail);
  EXPECT_THAT(third.reason, HasSubstr("too many DNS queries"));
  EXPECT_EQ(resolver->counts().refused, 1U);
  ASSERT_TRUE(server.wait_until_asked("a.example.org", record_type::a));
  ASSERT_TRUE(server.wait_until_asked("b.example.org", record_type::a));
  server.release();
  EXPECT_EQ(first.get().status, status::nodata);
  EXPECT_EQ(second.get().status, status::nodata);
}

TEST_F(UnboundResolver, UsesTcpForTruncatedAnswers) {
  start();
  const std::string long_text(250, 't');
  server.script("big.example.org", record_type::txt,
                {.records = {{"big.example.org", record_type::txt, 300,
                              test::txt_data({long_text, long_text})}},
                 .truncate = true});
  const answer got = resolve("big.example.org", record_type::txt);
  ASSERT_EQ(got.status, status::records) << got.reason;
  EXPECT_EQ(got.records[0].text, long_text + long_text);
}

TEST_F(UnboundResolver, AnswersFromLocalDataWithoutTheNetwork) {
  start({.local_zones = {"corp.example."},
         .local_data = {"corp.example. 300 IN MX 10 mx.corp.example.",
                        "mx.corp.example. 300 IN A 10.0.0.1"}});
  const answer got = resolve("corp.example", record_type::mx);
  ASSERT_EQ(got.status, status::records) << got.reason;
  EXPECT_EQ(got.records[0].name, "mx.corp.example");
  EXPECT_EQ(resolve("other.corp.example", record_type::a).status, status::nxdomain);
  EXPECT_EQ(resolve("mx.corp.example", record_type::aaaa).status, status::nodata);
  EXPECT_EQ(server.asked("corp.example", record_type::mx), 0);
}

TEST_F(UnboundResolver, NeverCallsBackInsideResolve) {
  start({.local_data = {"here.example. 300 IN A 10.0.0.1"}});
  resolve("here.example", record_type::a);
  std::promise<std::thread::id> where;
  resolver->resolve({"here.example", record_type::a},
                    [&](const answer&) { where.set_value(std::this_thread::get_id()); });
  EXPECT_NE(where.get_future().get(), std::this_thread::get_id());
}

TEST_F(UnboundResolver, ACallbackMayAskAgain) {
  start({.local_data = {"here.example. 300 IN A 10.0.0.1"}});
  std::promise<void> done;
  int left = 1000;
  std::function<void(const answer&)> again = [&](const answer&) {
    if (--left == 0) return done.set_value();
    resolver->resolve({"here.example", record_type::a}, again);
  };
  resolver->resolve({"here.example", record_type::a}, again);
  EXPECT_EQ(done.get_future().wait_for(patience), std::future_status::ready);
}

TEST_F(UnboundResolver, EndsOpenQuestionsWhenItIsDestroyed) {
  start();
  server.script("slow.example.org", record_type::a, {.drop = true});
  auto open = ask("slow.example.org", record_type::a);
  ASSERT_TRUE(server.wait_until_asked("slow.example.org", record_type::a));
  resolver.reset();
  const answer got = open.get();
  EXPECT_EQ(got.status, status::servfail);
  EXPECT_THAT(got.reason, HasSubstr("stopping"));
}

TEST_F(UnboundResolver, SharesQuestionsAmongThreads) {
  start({.threads = 3});
  std::vector<std::future<answer>> asked;
  for (int i = 0; i < 60; ++i) {
    asked.push_back(ask("n" + std::to_string(i) + ".example.org", record_type::a));
  }
  for (auto& one : asked) EXPECT_EQ(one.get().status, status::nxdomain);
  EXPECT_EQ(resolver->counts().questions, 60U);
}

TEST_F(UnboundResolver, ANameThatCannotBeWrittenDoesNotExist) {
  start();
  const std::string label_too_long(64, 'a');
  EXPECT_EQ(resolve(label_too_long + ".example", record_type::a).status, status::nxdomain);
  EXPECT_EQ(resolve("a..example", record_type::a).status, status::nxdomain);
  EXPECT_EQ(resolve(std::string("a\0b.example", 11), record_type::a).status, status::nxdomain);
}

struct bad_options_case {
  const char* name;
  unbound_options options;
  const char* want;
};

class UnboundOptions : public testing::TestWithParam<bad_options_case> {};

TEST_P(UnboundOptions, NamesWhatIsWrong) {
  const auto made = unbound_resolver::make(GetParam().options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::malformed);
  EXPECT_THAT(made.error().context, HasSubstr(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    Bad, UnboundOptions,
    testing::Values(bad_options_case{"Forwarder", {.forwarders = {"not an address"}}, "forwarder"},
                    bad_options_case{"Data",
                                     {.forwarders = {"127.0.0.1"}, .local_data = {"x IN NONSENSE"}},
                                     "local data"},
                    bad_options_case{"Anchor",
                                     {.forwarders = {"127.0.0.1"},
                                      .dnssec = dnssec_mode::required,
                                      .trust_anchor_file = "/nonexistent/root.key"},
                                     "trust anchor"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace signpost::net
