// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/coordination/coordinator_contract.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <thread>
#include <vector>

namespace signpost::test {

using cluster::member;
using cluster::node_facts;
using cluster::node_lease;
using cluster::tenure_name;

std::string CoordinatorContract::name(char kind, unsigned number) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%02x%030x", static_cast<unsigned char>(kind), number);
  return text.data();
}

member CoordinatorContract::begun(unsigned node) {
  auto m = here_->enroll(name('n', node)).value();
  m.lease = here_->begin({.number = m.number,
                          .seen = m.lease,
                          .boot = name('b', node),
                          .disk = name('d', node)})
                .value();
  return m;
}

result<std::uint64_t> CoordinatorContract::renewed(const member& m) {
  return there_->renew({.name = {.number = m.number, .tenure = m.lease.tenure},
                        .boot = m.lease.boot},
                       {});
}

TEST_P(CoordinatorContract, ANodeHasOneNumberAndKeepsIt) {
  EXPECT_EQ(here_->enroll("a name").error().code, errc::malformed);
  EXPECT_TRUE(here_->members()->empty());
  const auto first = here_->enroll(name('n', 1)).value();
  const auto second = there_->enroll(name('n', 2)).value();
  EXPECT_EQ(first.number, 1);
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(there_->enroll(name('n', 1)), first);
  EXPECT_EQ(here_->members(), (std::vector{first, second}));
}

TEST_P(CoordinatorContract, NodesThatEnrollAtOnceGetDifferentNumbers) {
  constexpr unsigned nodes = 8;
  std::vector<std::thread> threads;
  std::array<std::uint16_t, nodes> numbers{};
  for (unsigned n = 0; n < nodes; ++n) {
    threads.emplace_back([&, n] {
      const auto m = (n % 2 == 0 ? here_ : there_)->enroll(name('n', n / 2));
      numbers.at(n) = m ? m->number : std::uint16_t{0};
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ((std::set<std::uint16_t>(numbers.begin(), numbers.end())),
            (std::set<std::uint16_t>{1, 2, 3, 4}));
  for (unsigned n = 0; n < nodes; n += 2) EXPECT_EQ(numbers.at(n), numbers.at(n + 1));
}

TEST_P(CoordinatorContract, ARemovedNodeNeverComesBackAndNobodyGetsItsNumber) {
  const auto m = begun(1);
  EXPECT_EQ(here_->remove(9).error().code, errc::not_found);
  ASSERT_TRUE(here_->remove(m.number));
  EXPECT_EQ(there_->enroll(m.node).error().code, errc::denied);
  EXPECT_EQ(there_->begin({.number = m.number,
                           .seen = here_->members()->front().lease,
                           .boot = name('b', 7),
                           .disk = name('d', 7)})
                .error()
                .code,
            errc::denied);
  EXPECT_EQ(renewed(m).error().code, errc::conflict);
  EXPECT_EQ(here_->fences(), (std::vector<tenure_name>{{m.number, m.lease.tenure}}));
  EXPECT_EQ(here_->enroll(name('n', 2))->number, 2);
  EXPECT_TRUE(here_->members()->front().removed);
}

TEST_P(CoordinatorContract, ARestartKeepsTheTenureAndIsCounted) {
  const auto m = begun(1);
  EXPECT_EQ(m.lease.tenure, 1U);
  EXPECT_EQ(m.lease.starts, 1U);
  const auto again = there_->begin({.number = m.number,
                                    .seen = m.lease,
                                    .boot = name('b', 2),
                                    .disk = m.lease.disk})
                         .value();
  EXPECT_EQ(again.tenure, 1U);
  EXPECT_EQ(again.starts, 2U);
  EXPECT_EQ(again.boot, name('b', 2));
  EXPECT_GT(again.renewals, m.lease.renewals) << "whoever watches sees that it lives";
  EXPECT_EQ(renewed(m).error().code, errc::conflict) << "the process was replaced";
  EXPECT_EQ(here_->members()->front().lease, again);
  EXPECT_TRUE(here_->fences()->empty());
}

// The lease is what the caller saw, or nothing happens.
TEST_P(CoordinatorContract, WhoBeginsMustHaveSeenTheLastLease) {
  const auto m = begun(1);
  const auto begin = [&](const node_lease& seen) {
    return there_
        ->begin({.number = m.number, .seen = seen, .boot = name('b', 5), .disk = m.lease.disk})
        .error()
        .code;
  };
  auto old = m.lease;
  old.renewals -= 1;
  EXPECT_EQ(begin(old), errc::conflict);
  EXPECT_EQ(begin({}), errc::conflict) << "a clone that never began";
  ASSERT_TRUE(renewed(m));
  EXPECT_EQ(begin(m.lease), errc::conflict) << "the other one lives";
  EXPECT_EQ(there_->begin({.number = 77, .boot = name('b', 5), .disk = name('d', 5)}).error().code,
            errc::not_found);
  EXPECT_EQ(there_->begin({.number = m.number, .seen = m.lease, .boot = "b", .disk = "d"})
                .error()
                .code,
            errc::malformed);
}

TEST_P(CoordinatorContract, OfTwoThatBeginAtOnceOneDoes) {
  const auto m = here_->enroll(name('n', 1)).value();
  std::array<bool, 4> done{};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < done.size(); ++i) {
    threads.emplace_back([&, i] {
      done.at(i) = (i % 2 == 0 ? here_ : there_)
                       ->begin({.number = m.number,
                                .seen = m.lease,
                                .boot = name('b', i),
                                .disk = name('d', 1)})
                       .has_value();
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(std::count(done.begin(), done.end(), true), 1);
  EXPECT_EQ(here_->members()->front().lease.starts, 1U);
}

TEST_P(CoordinatorContract, RenewalsCountAndSayWhatTheNodeIs) {
  const auto m = begun(1);
  const node_facts facts{.address = "192.0.2.1:7777",
                         .roles = "ingress delivery",
                         .failure_domain = "rack \xFF",
                         .versions = "1",
                         .load = 42,
                         .draining = true};
  const cluster::coordinator::holder who{.name = {.number = m.number, .tenure = m.lease.tenure},
                                         .boot = m.lease.boot};
  EXPECT_EQ(here_->renew(who, facts), m.lease.renewals + 1);
  EXPECT_EQ(there_->renew(who, facts), m.lease.renewals + 2) << "a peer relays it";
  EXPECT_EQ(there_->members()->front().facts, facts);
  auto other = who;
  other.boot = name('b', 9);
  EXPECT_EQ(here_->renew(other, facts).error().code, errc::conflict);
  other = who;
  other.name.tenure += 1;
  EXPECT_EQ(here_->renew(other, facts).error().code, errc::conflict);
  other.name.number = 50;
  EXPECT_EQ(here_->renew(other, facts).error().code, errc::conflict);
}

TEST_P(CoordinatorContract, OnlyWhoStoodStillIsFenced) {
  const auto m = begun(1);
  const tenure_name whose{m.number, m.lease.tenure};
  ASSERT_TRUE(renewed(m));
  EXPECT_EQ(here_->fence(whose, m.lease.renewals), false) << "it renewed in the meantime";
  EXPECT_EQ(here_->fence({m.number, 2}, m.lease.renewals + 1), false);
  EXPECT_EQ(here_->fence({m.number, 0}, m.lease.renewals + 1), false);
  EXPECT_EQ(here_->fence({9, 1}, 0), false);
  EXPECT_TRUE(here_->fences()->empty());
  EXPECT_EQ(there_->fence(whose, m.lease.renewals + 1), true);
  EXPECT_EQ(here_->fence(whose, m.lease.renewals + 1), true) << "it is";
  EXPECT_EQ(here_->fences(), std::vector{whose});
  EXPECT_EQ(renewed(m).error().code, errc::conflict);
  EXPECT_TRUE(here_->members()->front().lease.fenced);
}

TEST_P(CoordinatorContract, ANodeThatWasFencedGoesOnWithAnotherTenure) {
  const auto m = begun(1);
  ASSERT_EQ(here_->fence({m.number, 1}, m.lease.renewals), true);
  const auto seen = here_->members()->front().lease;
  const auto again = here_->begin({.number = m.number,
                                   .seen = seen,
                                   .boot = name('b', 2),
                                   .disk = m.lease.disk})
                         .value();
  EXPECT_EQ(again.tenure, 2U);
  EXPECT_FALSE(again.fenced);
  EXPECT_EQ(here_->fence({m.number, 1}, 0), true) << "the old one stays fenced";
  EXPECT_EQ(here_->fences()->size(), 1U);
}

TEST_P(CoordinatorContract, AnotherDiskEndsTheTenureOfTheOldOne) {
  const auto m = begun(1);
  const auto again = here_->begin({.number = m.number,
                                   .seen = m.lease,
                                   .boot = name('b', 2),
                                   .disk = name('d', 2)})
                         .value();
  EXPECT_EQ(again.tenure, 2U);
  EXPECT_EQ(again.disk, name('d', 2));
  EXPECT_EQ(there_->fences(), (std::vector<tenure_name>{{m.number, 1}}));
}

// The answer was lost, and the same process asks again.
TEST_P(CoordinatorContract, WhoAsksAgainHasBegun) {
  const auto m = here_->enroll(name('n', 1)).value();
  const cluster::coordinator::beginning b{
      .number = m.number, .seen = m.lease, .boot = name('b', 1), .disk = name('d', 1)};
  const auto first = here_->begin(b).value();
  EXPECT_EQ(there_->begin(b), first);
  ASSERT_TRUE(here_->renew({.name = {m.number, 1}, .boot = b.boot}, {}));
  EXPECT_EQ(there_->begin(b)->starts, 1U) << "also after it has renewed";
  auto other = b;
  other.boot = name('b', 2);
  EXPECT_EQ(there_->begin(other).error().code, errc::conflict);
}

// Whoever has a certificate may tell of fences: no invented one may use up all tenures.
TEST_P(CoordinatorContract, TenuresDoNotGrowBeyondWhatAQueueIdHolds) {
  const auto m = begun(1);
  ASSERT_TRUE(here_->restore_fences({{m.number, cluster::tenure_max + 1}, {m.number, 0xFFFFFFFF}}));
  EXPECT_TRUE(here_->fences()->empty());
  EXPECT_TRUE(renewed(m));
  ASSERT_TRUE(here_->restore_fences({{m.number, 1}, {m.number, cluster::tenure_max}}));
  EXPECT_EQ(here_->begin({.number = m.number,
                          .seen = here_->members()->front().lease,
                          .boot = name('b', 2),
                          .disk = m.lease.disk})
                .error()
                .code,
            errc::limit_exceeded);
}

// The database was failed over to a standby that lacks the last fences.
TEST_P(CoordinatorContract, FencesThatWereForgottenAreLearnedAgain) {
  const auto m = begun(1);
  const auto other = begun(2);
  const std::vector<tenure_name> known{{m.number, 1}, {other.number, 2}, {40, 3}, {41, 0}};
  ASSERT_TRUE(there_->restore_fences(known));
  ASSERT_TRUE(here_->restore_fences(known));
  ASSERT_TRUE(here_->restore_fences({}));
  EXPECT_EQ(here_->fences(), (std::vector<tenure_name>{{m.number, 1}, {other.number, 2}, {40, 3}}));
  EXPECT_EQ(renewed(m).error().code, errc::conflict);
  EXPECT_TRUE(renewed(other)) << "a later tenure than its own";
  // It had that tenure already, before it was forgotten: it does not get it again.
  ASSERT_EQ(here_->fence({other.number, 1}, other.lease.renewals + 1), true);
  const auto again = here_->begin({.number = other.number,
                                   .seen = here_->members()->at(1).lease,
                                   .boot = name('b', 3),
                                   .disk = other.lease.disk});
  EXPECT_EQ(again->tenure, 3U);
}

TEST_P(CoordinatorContract, ATaskHasOneLeaderUntilItsTenureEnds) {
  const auto first = begun(1);
  const auto second = begun(2);
  const tenure_name one{first.number, 1};
  const tenure_name two{second.number, 1};
  EXPECT_EQ(here_->lead("acme", one), (cluster::leadership{"acme", one, 1}));
  EXPECT_EQ(there_->lead("acme", two), (cluster::leadership{"acme", one, 1}));
  EXPECT_EQ(there_->lead("reports", two), (cluster::leadership{"reports", two, 1}));
  EXPECT_EQ(here_->lead("acme", one)->term, 1U);
  ASSERT_TRUE(there_->resign("acme", two)) << "it is not the leader";
  EXPECT_EQ(there_->lead("acme", two)->leader, one);
  ASSERT_EQ(there_->fence(one, first.lease.renewals), true);
  EXPECT_EQ(here_->lead("acme", one).error().code, errc::conflict);
  EXPECT_EQ(there_->lead("acme", two), (cluster::leadership{"acme", two, 2}));
  ASSERT_TRUE(there_->resign("acme", two));
  EXPECT_EQ(there_->lead("acme", two)->term, 3U);
  ASSERT_TRUE(here_->remove(second.number));
  EXPECT_EQ(there_->lead("acme", two).error().code, errc::conflict);
}

}  // namespace signpost::test
