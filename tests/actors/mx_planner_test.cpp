// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/mx_planner.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "actors/delivery/planner_messages.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

// Keeps the questions below `silent` until it is told to let them go.
class half_silent_resolver final : public dns::resolver {
 public:
  half_silent_resolver(dns::resolver& behind, std::string silent)
      : behind_(behind), silent_(std::move(silent)) {}
  void resolve(dns::question q, callback done) override {
    if (q.name.ends_with(silent_)) {
      kept.emplace_back(std::move(q), std::move(done));
    } else {
      behind_.resolve(std::move(q), std::move(done));
    }
  }
  void let_go() {
    for (auto& [q, done] : std::exchange(kept, {})) behind_.resolve(q, std::move(done));
  }
  std::vector<std::pair<dns::question, callback>> kept;

 private:
  dns::resolver& behind_;
  const std::string silent_;
};

class MxPlannerTest : public testing::Test {
 protected:
  void start(const std::vector<std::string>& routes = {}, bool ipv6 = true) {
    mx.own_names = {"node.example"};
    const auto doubt = [this] { return in_doubt; };
    const auto account_of = [this](std::string_view zone) {
      const auto at = accounts.find(zone);
      return at == accounts.end() ? std::string() : at->second;
    };
    planner = world.spawn(mx_planner, mx_planner_dependencies{.resolver = world.dns,
                                                              .time = world.time,
                                                              .random = world.random,
                                                              .metrics = world.metrics,
                                                              .mx = mx,
                                                              .routes = *route_list::parse(routes),
                                                              .port = 25,
                                                              .use_ipv6 = ipv6,
                                                              .webhooks = webhooks,
                                                              .routed_here = routed_here,
                                                              .in_doubt = doubt,
                                                              .account_of = account_of});
  }
  delivery_plan plan(const std::string& next_hop) {
    const auto answer = world.ask<plan_response>(planner, plan_request{model::next_hop(next_hop)});
    EXPECT_TRUE(*answer) << next_hop;
    return *answer ? (*answer)->plan : delivery_plan{};
  }
  std::vector<std::string> targets(const std::string& next_hop) {
    const auto p = plan(next_hop);
    std::vector<std::string> out;
    for (const auto& t : targets_of(p, mx, world.random).targets) {
      out.push_back(t.host + " " + t.where.to_string());
    }
    return out;
  }
  int refusal(const std::string& next_hop) {
    const auto p = plan(next_hop);
    if (p.refusal) {
      EXPECT_EQ(p.site, "!" + next_hop);
    }
    return p.refusal ? p.refusal->code : 0;
  }
  using strings = std::vector<std::string>;

  test::actor_fixture world;
  model::mx_policy mx;
  bool webhooks = false;
  std::function<bool(const address::domain&)> routed_here;
  bool in_doubt = false;
  std::map<std::string, std::string, std::less<>> accounts;  // by zone
  mx_planner_actor planner;
  ~MxPlannerTest() override { planner = nullptr; }
};

TEST_F(MxPlannerTest, AsksForMxThenAddressesAndKeepsTheOrder) {
  world.dns.add_mx("dest.example", 20, "mx2.dest.example")
      .add_mx("dest.example", 10, "mx1.dest.example")
      .add_address("mx1.dest.example", "203.0.113.1")
      .add_address("mx1.dest.example", "2001:db8:1::1")
      .add_address("mx2.dest.example", "203.0.113.2");
  start();
  mx.allow_private = true;  // documentation addresses count as private
  const auto p = plan("dest.example");
  EXPECT_FALSE(p.refusal) << p.refusal->to_string();
  EXPECT_EQ(p.site, "mx1.dest.example,mx2.dest.example");
  EXPECT_EQ(targets("dest.example"),
            (strings{"mx1.dest.example [2001:db8:1::1]:25", "mx1.dest.example 203.0.113.1:25",
                     "mx2.dest.example 203.0.113.2:25"}));
}

TEST_F(MxPlannerTest, WithoutMxTheDomainIsTheHost) {
  world.dns.add_address("plain.example", "203.0.113.5");
  start();
  EXPECT_EQ(targets("plain.example"), (strings{"plain.example 203.0.113.5:25"}));
  EXPECT_EQ(plan("plain.example").site, "plain.example");
}

struct refusal_case {
  const char* name;
  const char* next_hop;
  int want;
};

TEST_F(MxPlannerTest, SaysWhyThereIsNowhereToGo) {
  world.dns.add_mx("null.example", 0, ".");
  world.dns.set_status("broken.example", dns::status::servfail);
  world.dns.set_status("slow.example", dns::status::timeout);
  world.dns.add_mx("half.example", 10, "mx.half.example");
  world.dns.set_status("mx.half.example", dns::status::servfail);
  world.dns.add_mx("empty.example", 10, "gone.empty.example");
  world.dns.add_mx("loop.example", 10, "node.example").add_address("node.example", "203.0.113.9");
  world.dns.add_mx("inside.example", 10, "mx.inside.example")
      .add_address("mx.inside.example", "127.0.0.1");
  start();
  const std::vector<refusal_case> cases = {
      {"no such domain", "nothing.example", 5},
      {"null MX", "null.example", 5},
      {"server failure", "broken.example", 4},
      {"time-out", "slow.example", 4},
      {"no address known yet", "half.example", 4},
      {"no address at all", "empty.example", 5},
      {"ourselves", "loop.example", 5},
      {"loopback", "inside.example", 5},
      {"loopback literal", "[127.0.0.1]", 5},
      {"no domain", "not a domain", 5},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(refusal(c.next_hop) / 100, c.want);
  }
}

TEST_F(MxPlannerTest, OneHostWithoutDnsDoesNotHideAnother) {
  world.dns.add_mx("dest.example", 10, "broken.dest.example")
      .add_mx("dest.example", 20, "good.dest.example")
      .add_address("good.dest.example", "203.0.113.3");
  world.dns.set_status("broken.dest.example", dns::status::servfail);
  start();
  EXPECT_EQ(targets("dest.example"), (strings{"good.dest.example 203.0.113.3:25"}));
}

TEST_F(MxPlannerTest, LiteralsNeedNoDns) {
  start();
  EXPECT_EQ(targets("[203.0.113.7]"), (strings{"[203.0.113.7] 203.0.113.7:25"}));
  EXPECT_EQ(plan("[IPv6:2a00:1450::7]").fixed.size(), 1U);
  EXPECT_TRUE(world.dns.asked().empty());
}

TEST_F(MxPlannerTest, StaticRoutesComeBeforeTheDns) {
  world.dns.add_address("relay.example", "10.0.0.8").add_address("relay.example", "10.0.0.9");
  start({"a.example=127.0.0.1:2525", ".b.example=[::1]:2526", "c.example=relay.example:587",
         "*=192.0.2.99:25"});
  EXPECT_EQ(targets("a.example"), (strings{"127.0.0.1 127.0.0.1:2525"}));
  EXPECT_EQ(targets("deep.sub.b.example"), (strings{"::1 [::1]:2526"}));
  EXPECT_EQ(targets("b.example"), (strings{"192.0.2.99 192.0.2.99:25"}));
  EXPECT_EQ(targets("c.example"),
            (strings{"relay.example 10.0.0.8:587", "relay.example 10.0.0.9:587"}));
  EXPECT_EQ(plan("a.example").site, "127.0.0.1:2525");
}

TEST_F(MxPlannerTest, ARouteToANameThatIsNotKnownNowDefers) {
  world.dns.set_status("relay.example", dns::status::servfail);
  start({"*=relay.example:587"});
  EXPECT_EQ(refusal("dest.example") / 100, 4);
}

TEST_F(MxPlannerTest, EqualQuestionsWaitForOneAnswer) {
  world.dns.add_mx("dest.example", 10, "mx.dest.example")
      .add_address("mx.dest.example", "203.0.113.1");
  start();
  int answers = 0;
  for (int i = 0; i < 5; ++i) {
    const auto asking = [&, p = planner](caf::event_based_actor* self, const plan_request& m) {
      self->request(p, caf::infinite, m)
          .then([&](const plan_response& r) { answers += r.plan.refusal ? 0 : 1; });
    };
    world.system.spawn(asking, plan_request{model::next_hop("dest.example")});
  }
  world.settle();
  EXPECT_EQ(answers, 5);
  EXPECT_EQ(world.dns.asked().size(), 3U);
  EXPECT_EQ(world.number(planner, "plans_open"), 0);
}

TEST_F(MxPlannerTest, AFamilyThatIsOffIsNotAskedFor) {
  world.dns.add_address("dest.example", "203.0.113.1").add_address("dest.example", "2001:db8::1");
  start({}, false);
  EXPECT_EQ(targets("dest.example"), (strings{"dest.example 203.0.113.1:25"}));
}

TEST(RouteList, NamesWhatIsWrong) {
  for (const auto* entry : {"", "a.example", "a.example=", "=1.2.3.4:25", "a.example=host:0",
                            "a.example=host:99999", "a..b=1.2.3.4:25"}) {
    const auto list = route_list::parse({entry});
    ASSERT_FALSE(list) << entry;
    EXPECT_EQ(list.error().code, errc::malformed);
  }
  EXPECT_EQ(route_list::parse({"a=1.2.3.4:1", "a=1.2.3.4:2"}).error().code, errc::conflict);
}

TEST_F(MxPlannerTest, AWebhookNeedsNoQuestionAndNoRouteLeadsElsewhere) {
  webhooks = true;
  start({"*=192.0.2.1:25"});
  const auto p = plan("https://hooks.example:8443");
  EXPECT_EQ(p.kind, plan_kind::webhook);
  EXPECT_FALSE(p.refusal);
  EXPECT_EQ(p.site, "https://hooks.example:8443");
  EXPECT_TRUE(p.fixed.empty());
}

// Many have webhooks at one host: what it does with one's says nothing of another's.
TEST_F(MxPlannerTest, EachZonesWebhooksAtAHostAreASiteOfTheirOwn) {
  webhooks = true;
  accounts = {{"b.example", "account-1"}};
  start();
  const auto a = plan("https://hooks.example#a.example");
  const auto b = plan("https://hooks.example#b.example");
  EXPECT_FALSE(a.refusal || b.refusal);
  EXPECT_NE(a.site, b.site);
  EXPECT_EQ(a.tenant, "a.example");
  EXPECT_EQ(b.tenant, "account-1");
  EXPECT_EQ(plan("https://hooks.example").tenant, "") << "of an earlier version's queue";
}

TEST_F(MxPlannerTest, WhatIsNoWebhooksPlaceIsRefused) {
  webhooks = true;
  start();
  for (const auto* wrong : {"https://", "https://hooks.example/path", "https://Hooks.example",
                            "https://hooks.example:443", "https://u@hooks.example",
                            "https://hooks.example#", "https://hooks.example#A.example",
                            "https://hooks.example#a..b"}) {
    EXPECT_EQ(refusal(wrong), 550) << wrong;
  }
}

TEST_F(MxPlannerTest, WithoutAnybodyToPostMailForWebhooksWaits) {
  start();
  EXPECT_EQ(refusal("https://hooks.example"), 451);
}

// Another account's zone: its mail comes in again, and meets the rules there.
TEST_F(MxPlannerTest, MailForAZoneOfThisNodeMayComeBackToIt) {
  world.dns.add_mx("zone.example", 10, "node.example").add_address("node.example", "203.0.113.9");
  world.dns.add_mx("else.example", 10, "node.example");
  mx.allow_private = true;
  mx.own_addresses = {*ip_address::parse("203.0.113.9")};
  routed_here = [](const address::domain& d) { return d.ascii() == "zone.example"; };
  start();
  EXPECT_EQ(targets("zone.example"), (strings{"node.example 203.0.113.9:25"}));
  EXPECT_EQ(refusal("else.example") / 100, 5) << "nobody here routes it";
}

// Its zone may be one that the disk has lost: the mail waits for it.
TEST_F(MxPlannerTest, WhatSeemsALoopWaitsWhileItIsInDoubtWhatIsRoutedHere) {
  world.dns.add_mx("else.example", 10, "node.example").add_address("node.example", "203.0.113.9");
  world.dns.add_mx("by.example", 10, "other.example").add_address("other.example", "203.0.113.9");
  mx.allow_private = true;
  mx.own_addresses = {*ip_address::parse("203.0.113.9")};
  in_doubt = true;
  start();
  EXPECT_EQ(refusal("else.example"), 451);
  EXPECT_EQ(refusal("by.example"), 451);
}

TEST_F(MxPlannerTest, NamesBelowOneDomainAreNotAskedForAllAtOnce) {
  half_silent_resolver resolver(world.dns, ".evil.example");
  planner = world.spawn(mx_planner, mx_planner_dependencies{.resolver = resolver,
                                                            .time = world.time,
                                                            .random = world.random,
                                                            .metrics = world.metrics,
                                                            .mx = mx,
                                                            .routes = {}});
  std::vector<std::shared_ptr<std::optional<plan_response>>> plans;
  for (int i = 0; i < 50; ++i) {
    plans.push_back(world.ask<plan_response>(
        planner, plan_request{model::next_hop("m" + std::to_string(i) + ".evil.example")}));
  }
  EXPECT_EQ(resolver.kept.size(), 8U);
  EXPECT_EQ(refusal("nowhere.example"), 550);
  // The next ones when there is an answer.
  std::size_t asked = 0;
  while (!resolver.kept.empty()) {
    EXPECT_LE(resolver.kept.size(), 8U);
    asked += resolver.kept.size();
    resolver.let_go();
    world.settle();
  }
  EXPECT_GE(asked, 50U);
  for (const auto& p : plans) EXPECT_TRUE(*p);
}

}  // namespace
}  // namespace signpost::actors
