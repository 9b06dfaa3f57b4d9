// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/rule_desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "actors/routing/envelopes.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::actors {
namespace {

using model::route_decision;
using model::route_kind;

class RuleDesk : public testing::Test {
 protected:
  static route_decision decided(route_kind kind) {
    route_decision d;
    d.kind = kind;
    return d;
  }
  static desk_question question(std::string zone, std::function<route_kind()> decide,
                                std::function<void(route_decision)> answer) {
    return {.zone = std::move(zone),
            .decide = [decide = std::move(decide)](model::pattern_supply&) {
              return decided(decide());
            },
            .answer = std::move(answer)};
  }

  test::manual_clock time;
  monitoring::metrics metrics{monitoring::build_facts{}};
};

TEST_F(RuleDesk, AnswersFromAThreadOfItsOwn) {
  rule_desk desk({.threads = 1}, time, metrics);
  std::promise<std::pair<route_kind, std::thread::id>> got;
  desk.ask(question("a.example", [] { return route_kind::drop; }, [&](route_decision d) {
    got.set_value({d.kind, std::this_thread::get_id()});
  }));
  const auto [kind, thread] = got.get_future().get();
  EXPECT_EQ(kind, route_kind::drop);
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_EQ(metrics.routing.decisions.value("decided"), 1U);
}

// One zone holds a thread and fills its line; the other thread serves another zone meanwhile.
TEST_F(RuleDesk, LetsNoZoneHoldUpAnother) {
  rule_desk desk({.threads = 2, .waiting_per_zone_max = 3}, time, metrics);
  std::promise<void> free;
  const auto freed = free.get_future().share();
  std::promise<void> begun;
  std::atomic<int> done{0};
  desk.ask(question(
      "slow.example",
      [&] {
        begun.set_value();
        freed.wait();
        return route_kind::drop;
      },
      [&](const route_decision&) { ++done; }));
  begun.get_future().wait();
  for (int i = 0; i < 3; ++i) {
    desk.ask(question("slow.example", [] { return route_kind::drop; },
                      [&](const route_decision&) { ++done; }));
  }
  route_decision refused;
  desk.ask(question("slow.example", [] { return route_kind::drop; },
                    [&](route_decision d) { refused = std::move(d); }));
  EXPECT_EQ(refused.kind, route_kind::costly) << "answered at once";
  EXPECT_EQ(refused.reply.to_string().substr(0, 9), "451 4.3.2");
  EXPECT_EQ(refused.zone, "slow.example");
  EXPECT_EQ(metrics.routing.decisions.value("full"), 1U);
  std::promise<route_kind> other;
  desk.ask(question("other.example", [] { return route_kind::forward; },
                    [&](const route_decision& d) { other.set_value(d.kind); }));
  EXPECT_EQ(other.get_future().get(), route_kind::forward);
  EXPECT_EQ(done, 0);
  free.set_value();
  while (done < 4) std::this_thread::yield();
}

// A hundred zones of one account wait; a zone of another one is next but for what is being done.
TEST_F(RuleDesk, LetsNoAccountHoldUpAnotherWithManyZones) {
  rule_desk desk({.threads = 1}, time, metrics);
  std::promise<void> free;
  std::promise<void> begun;
  std::vector<std::string> order;  // of the desk's thread
  std::promise<void> all;
  const auto ask = [&](std::string account, std::string zone, std::function<route_kind()> decide) {
    auto q = question(std::move(zone), std::move(decide), [&, account](const route_decision&) {
      order.push_back(account);
      if (order.size() == 102) all.set_value();
    });
    q.account = std::move(account);
    desk.ask(std::move(q));
  };
  ask("many", "first.example", [&] {
    begun.set_value();
    free.get_future().wait();
    return route_kind::drop;
  });
  begun.get_future().wait();
  for (int i = 0; i < 100; ++i) {
    ask("many", "z" + std::to_string(i) + ".example", [] { return route_kind::drop; });
  }
  // By its name it would be the last of all zones.
  ask("few", "zz.example", [] { return route_kind::drop; });
  free.set_value();
  all.get_future().wait();
  EXPECT_LE(std::ranges::find(order, "few") - order.begin(), 2);
}

TEST_F(RuleDesk, SendsAwayWhoHasWaitedTooLong) {
  rule_desk desk({.threads = 1}, time, metrics);
  std::promise<void> free;
  std::promise<void> begun;
  desk.ask(question(
      "a.example",
      [&] {
        begun.set_value();
        free.get_future().wait();
        return route_kind::drop;
      },
      [](const route_decision&) {}));
  begun.get_future().wait();
  std::promise<route_decision> late;
  desk.ask(question("b.example", [] { return route_kind::drop; },
                    [&](route_decision d) { late.set_value(std::move(d)); }));
  time.advance(std::chrono::minutes(1));
  free.set_value();
  EXPECT_EQ(late.get_future().get().kind, route_kind::costly);
  EXPECT_EQ(metrics.routing.decisions.value("late"), 1U);
}

std::shared_ptr<const model::routing_table> table_of(int zones) {
  std::vector<model::zone> list;
  for (int i = 0; i < zones; ++i) {
    const auto name = "z" + std::to_string(i) + ".example";
    model::zone z{.id = name, .name = *address::domain::parse(name)};
    for (int n = 0; n < 10; ++n) {
      z.rules.push_back(
          {.id = std::to_string(n),
           .matcher = model::matcher_kind::regex,
           .pattern = *model::address_pattern::regex(".*a.{20}" + std::to_string(n) + "@.*"),
           .action = {.kind = model::action_kind::drop}});
    }
    list.push_back(std::move(z));
  }
  return *model::routing_table::build(list, {.host_name = *address::domain::parse("n.example")});
}

TEST_F(RuleDesk, ThrowsAwayTheOldestPatternsWhenTheyTakeTooMuchMemory) {
  const auto table = table_of(20);
  const auto zone = [&](int i) {
    return table->find_zone(*address::domain::parse("z" + std::to_string(i) + ".example"));
  };
  const auto one = zone(0)->compile().value()->octets();
  rule_desk desk({.threads = 0, .pattern_octets_max = 5 * one + one / 2}, time, metrics);
  for (int i = 0; i < 20; ++i) {
    const smtp::forward_path to(
        *address::mailbox::parse("x@z" + std::to_string(i) + ".example"));
    desk.ask({.zone = "z",
              .decide = [&](model::pattern_supply& s) { return table->route(to, nullptr, s); },
              .answer = [](const route_decision& d) { EXPECT_EQ(d.kind, route_kind::unknown); }});
    EXPECT_LE(desk.pattern_octets(), 5 * one + one / 2);
  }
  int kept = 0;
  for (int i = 0; i < 20; ++i) kept += zone(i)->kept() ? 1 : 0;
  EXPECT_EQ(kept, 5);
  EXPECT_TRUE(zone(19)->kept());
  EXPECT_EQ(metrics.routing.pattern_octets.value(), static_cast<double>(desk.pattern_octets()));
}

TEST_F(RuleDesk, DropsWhatWaitsAtTheEnd) {
  rule_desk desk({.threads = 1}, time, metrics);
  desk.end();
  desk.ask(question("a.example", [] { return route_kind::drop; },
                    [](const route_decision&) { ADD_FAILURE(); }));
}

// A notification is sent once: what cannot be placed goes to a person.
TEST(DestinationsOf, WhatCannotBeDecidedGoesToThePostmaster) {
  const auto mailbox = [](const char* text) { return *address::mailbox::parse(text); };
  model::zone z{.id = "z", .name = *address::domain::parse("a.example")};
  z.rules.push_back({.id = "known",
                     .address = mailbox("known@a.example"),
                     .action = {.destinations = {{.mailbox = mailbox("k@dest.example")}}}});
  z.missing_from = {.priority = 0, .matcher = model::matcher_kind::regex};
  const auto table = *model::routing_table::build(
      {z}, {.host_name = *address::domain::parse("n.example"),
            .postmaster = {mailbox("ops@dest.example")}});
  const auto to = [&](const char* text) {
    const auto list = destinations_of(*table, mailbox(text));
    return list.size() == 1 ? list.front().to_string() : "";
  };
  EXPECT_EQ(to("known@a.example"), "k@dest.example");
  EXPECT_EQ(to("other@a.example"), "ops@dest.example");
  EXPECT_EQ(to("x@elsewhere.example"), "x@elsewhere.example");
}

}  // namespace
}  // namespace signpost::actors
