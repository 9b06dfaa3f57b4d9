// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The API against strangers who ask much, and tokens that want everything.
#include <future>
#include <map>
#include <mutex>

#include "tests/api/routing_fixture.hpp"

namespace signpost::test {
namespace {

using namespace std::chrono_literals;

/// Never answers before it is told to.
class silent_resolver final : public dns::resolver {
 public:
  void resolve(dns::question, callback done) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  void answer_all() {
    std::vector<callback> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
    }
    for (const auto& done : all) done({});
  }
  [[nodiscard]] std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<callback> waiting_;
};

class Defence : public routing_api {
 protected:
  ~Defence() override { gate.reset(); }

  void open_gate(const std::function<void(api::rest_world&)>& change,
                 std::size_t line_threads = 4) {
    gate.reset();
    auto w = world();
    change(w);
    gate = std::make_unique<api::gateway>(std::move(w), line_threads);
  }
  static net::http_request request(std::string_view method, std::string_view path,
                                   std::string_view token = {},
                                   std::string_view peer = "192.0.2.7") {
    net::http_request r;
    r.method = method;
    r.path = path;
    r.peer = peer;
    if (!token.empty()) r.headers = {{"Authorization", "Bearer " + std::string(token)}};
    return r;
  }
  /// Through the line, as requests come from the network.
  std::future<net::http_response> sent(net::http_request r) {
    auto promise = std::make_shared<std::promise<net::http_response>>();
    auto future = promise->get_future();
    gate->handle(std::move(r),
                 [promise](net::http_response got) { promise->set_value(std::move(got)); });
    return future;
  }
  net::http_response answered(net::http_request r) { return sent(std::move(r)).get(); }
  /// What comes once the DNS answers.
  static net::http_response finished(std::future<net::http_response>& of, silent_resolver& dns) {
    while (of.wait_for(1ms) != std::future_status::ready) dns.answer_all();
    return of.get();
  }
  std::size_t refusals() {
    const model::audit_filter refused{
        .conditions = {{.field = model::audit_field::result, .any_of = {"failure"}}}};
    return store->read()->audit_log({.filter = refused, .max = 100'000})->entries.size();
  }
};

TEST_F(Defence, AFloodOfStrangersWritesLittle) {
  open_gate([](auto& w) { w.limits.audit_refusals_per_hour_max = 50; });
  int refused = 0;
  int slowed = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto peer = "198.51." + std::to_string(i % 200) + ".9";
    const auto got = answered(request("GET", "/client/v4/user", {}, peer));
    refused += got.status == 401 ? 1 : 0;
    slowed += got.status == 429 ? 1 : 0;
  }
  EXPECT_EQ(refused + slowed, 3000);
  EXPECT_LE(refusals(), 50U);
  // A tenant's own refusals are kept nevertheless.
  const auto before = refusals();
  EXPECT_EQ(call("POST", addresses(), {{"email", "a@b.example"}}, other).status, 404);
  EXPECT_EQ(refusals(), before + 1);
}

TEST_F(Defence, WhoGuessesIsSlowedDownAndAGoodTokenIsHeardAllTheSame) {
  open_gate([](auto&) {});
  std::string guess(48, 'z');
  int wait = 0;
  for (int i = 0; i < 150; ++i) {
    const auto got = answered(request("GET", "/client/v4/user", guess));
    if (got.status == 401) continue;
    ASSERT_EQ(got.status, 429);
    const int now = std::stoi(std::string(got.header("Retry-After")));
    EXPECT_GE(now, wait) << "it grows";
    wait = now;
  }
  EXPECT_EQ(wait, 60);
  EXPECT_EQ(answered(request("GET", "/client/v4/user", admin)).status, 200);
}

TEST_F(Defence, PublicPagesAndPreflightsHaveALimitForEachClient) {
  open_gate([](auto& w) { w.limits.public_per_minute_max = 20; });
  int served = 0;
  for (int i = 0; i < 60; ++i) {
    const auto peer = "2001:db8:1:2::" + std::to_string(i);
    if (answered(request("GET", "/openapi.json", {}, peer)).status == 200) ++served;
  }
  EXPECT_EQ(served, 20);
  const auto preflight = [&](const char* peer) {
    return gate->turned_away(request("OPTIONS", "/client/v4/zones", {}, peer));
  };
  EXPECT_EQ(preflight("2001:db8:1:2::a")->status, 429);
  EXPECT_FALSE(preflight("2001:db8:9:9::a"));
  EXPECT_EQ(answered(request("GET", "/openapi.json", {}, "192.0.2.1")).status, 200);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(answered(request("GET", "/openapi.json", {}, "unix")).status, 200);
  }
}

TEST_F(Defence, WhoHasNoTokenCostsNoThread) {
  open_gate([](auto&) {});
  bool answered_here = false;
  const auto here = std::this_thread::get_id();
  gate->handle(request("GET", "/client/v4/zones"), [&](const net::http_response& got) {
    answered_here = std::this_thread::get_id() == here;
    EXPECT_EQ(got.status, 401);
  });
  EXPECT_TRUE(answered_here);
}

TEST_F(Defence, SlowDnsChecksDoNotStallOthers) {
  silent_resolver silent;
  const auto id = zone("slow.example");
  auto w = world();
  api::rest_world slow{.store = store.get(),
                             .routing = config,
                             .time = time,
                             .random = random,
                             .resolver = silent,
                             .limits = {},
                             .host_name = w.host_name,
                             .public_url = w.public_url};
  slow.spf_mechanism = w.spf_mechanism;
  gate = std::make_unique<api::gateway>(std::move(slow), 4);
  std::vector<std::future<net::http_response>> checks;
  for (int i = 0; i < 40; ++i) {
    checks.push_back(sent(request("GET", "/signpost/v1/zones/" + id + "/dns", admin)));
  }
  while (silent.waiting() == 0) std::this_thread::yield();
  // The same token, another one, and another one's check: none waits for those.
  auto own = sent(request("GET", "/client/v4/user", admin));
  auto others = sent(request("GET", "/client/v4/accounts", other));
  EXPECT_EQ(own.wait_for(2s), std::future_status::ready);
  EXPECT_EQ(others.wait_for(2s), std::future_status::ready);
  EXPECT_LE(silent.waiting(), 20U) << "equal questions are asked once";
  for (auto& one : checks) EXPECT_EQ(finished(one, silent).status, 200);
  gate.reset();
}

TEST_F(Defence, RequestsOfOneTokenThatWaitAreBounded) {
  silent_resolver silent;
  const auto id = zone("slow.example");
  api::rest_world slow{.store = store.get(),
                             .routing = config,
                             .time = time,
                             .random = random,
                             .resolver = silent,
                             .limits = {.waiting_each_max = 5, .dns_threads = 2},
                             .host_name = "mx.signpost.example",
                             .public_url = "https://signpost.example"};
  gate = std::make_unique<api::gateway>(std::move(slow), 2);
  // So that it is known, and has a place of its own.
  EXPECT_EQ(answered(request("GET", "/client/v4/user", admin)).status, 200);
  std::vector<std::future<net::http_response>> all;
  for (int i = 0; i < 30; ++i) {
    all.push_back(sent(request("GET", "/signpost/v1/zones/" + id + "/dns", admin)));
  }
  while (silent.waiting() == 0) std::this_thread::yield();
  std::map<int, int> statuses;
  for (auto& one : all) {
    const auto got = finished(one, silent);
    ++statuses[got.status];
    if (got.status == 429) {
      EXPECT_FALSE(got.header("Retry-After").empty());
      EXPECT_EQ(json::parse(got.body)["errors"][0]["code"], 9429);
    }
  }
  EXPECT_GE(statuses[429], 20);
  EXPECT_GE(statuses[200], 5);
  gate.reset();
}

TEST_F(Defence, WhatAnAccountChangesInADayIsBounded) {
  open_gate([](auto& w) { w.limits.changes_per_day_max = 5; });
  const auto its_addresses = "/accounts/" + other_account + "/email/routing/addresses";
  const auto add = [&](int n) {
    return call("POST", its_addresses, {{"email", "u" + std::to_string(n) + "@dest.example"}},
                other);
  };
  int added = 0;
  for (int n = 0; n < 8; ++n) added += add(n).status == 200 ? 1 : 0;
  EXPECT_EQ(added, 5);
  const auto refused = add(9);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), 9429);
  EXPECT_FALSE(refused.raw.header("Retry-After").empty());
  EXPECT_EQ(call("GET", its_addresses, nullptr, other).status, 200);
  for (int n = 0; n < 7; ++n) address("a" + std::to_string(n) + "@dest.example", false);
  time.advance(std::chrono::hours(5));
  EXPECT_EQ(add(10).status, 200);
  EXPECT_EQ(add(11).status, 429);
}

TEST_F(Defence, CapsHoldForTokensAndNotForTheOperator) {
  open_gate([](auto& w) {
    w.limits.zones_per_account_max = 1;
    w.limits.addresses_per_account_max = 1;
    w.limits.tokens_per_account_max = 2;
  });
  zone("one.example");
  const json second{{"name", "two.example"}, {"account", {{"id", account}}}};
  EXPECT_EQ(call("POST", "/zones", second).code(), 9403);
  auto r = request("POST", "/client/v4/zones", {}, "unix");
  r.body = second.dump();
  EXPECT_EQ(gate->call(r).status, 200);
  address("a@dest.example", false);
  EXPECT_EQ(call("POST", addresses(), {{"email", "b@dest.example"}}).code(), 9403);
  json policy{{"effect", "allow"}, {"resources", {{"com.cloudflare.api.account." + account, "*"}}}};
  policy["permission_groups"] = json::array({{{"id", "c8fed203ed3043cba015a93ad1616f1f"}}});
  const json token{{"name", "t"}, {"policies", json::array({policy})}};
  const auto tokens = "/accounts/" + account + "/tokens";
  EXPECT_EQ(call("POST", tokens, token).status, 200);
  EXPECT_EQ(call("POST", tokens, token).status, 200);
  EXPECT_EQ(call("POST", tokens, token).code(), 9403);
}

}  // namespace
}  // namespace signpost::test
