// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may serve, and whose tenure may be ended.
#include <gtest/gtest.h>

#include "cluster/leases/lease_machine.hpp"

namespace signpost::cluster::leases {
namespace {

using namespace std::chrono_literals;

struct notes final : lease_outlet {
  void renew(const identity& self, node_number via, std::span<const member_row>) override {
    ++renewals;
    number = self.renewals;
    last_via = via;
  }
  void fence(const observation& seen) override { fenced.push_back(seen); }
  void ask_for_tenure(tenure_number above) override { asked_above = above; }
  void beat(const wire::heartbeat& b) override { last = b; }
  void keep(std::span<const member_row> rows) override { kept.assign(rows.begin(), rows.end()); }
  void leave(leave_reason why, const wire::member_news&) override { left.push_back(why); }

  int renewals = 0;
  std::uint64_t number = 0;
  node_number last_via = 0;
  std::vector<observation> fenced;
  tenure_number asked_above = 0;
  wire::heartbeat last;
  std::vector<member_row> kept;
  std::vector<leave_reason> left;
};

class Lease : public testing::Test {
 protected:
  Lease() {
    for (node_number n = 1; n <= 3; ++n) {
      rows.push_back({.node = n, .disk = 100U + n, .tenure = 1, .starts = 1, .renewals = 10});
    }
    lease.restore(rows, now);
  }
  void tick(milliseconds by = 1s) {
    now += by;
    lease.proof(now);
    lease.tick(now);
  }
  /// A renewal that succeeds: the others renew, too, unless they are silent.
  void renew() {
    const auto sent = now;
    rows[0].renewals = out.number;
    for (node_number n = 2; n <= 3; ++n) {
      if (n != silent) ++rows[n - 1U].renewals;
    }
    lease.renewed(sent, timeline, rows, now + 5ms);
  }
  void hear(node_number from, bool hears_us = true, std::optional<std::uint64_t> ago = {}) {
    wire::heartbeat b{.boot = from, .renewed_ms_ago = ago};
    for (const auto& row : rows) {
      b.members.push_back({.node = row.node,
                           .disk = row.disk,
                           .tenure = row.tenure,
                           .starts = row.starts,
                           .heard = row.node != 1 || hears_us});
    }
    lease.heard(from, b, now);
  }

  steady_time now{1h};
  std::vector<member_row> rows;
  notes out;
  fencing_rule rule;
  lease_machine lease{{.node = 1, .disk = 101, .tenure = 1, .boot = 1, .starts = 1, .renewals = 10},
                      {}, rule, out};
  node_number silent = 0;
  std::uint64_t timeline = 1;
};

TEST_F(Lease, RenewsEveryThreeSecondsWithANumberOfItsOwn) {
  tick();
  EXPECT_EQ(out.renewals, 1);
  EXPECT_EQ(out.number, 11U);
  renew();
  tick();
  EXPECT_EQ(out.renewals, 1);
  tick(2s);
  EXPECT_EQ(out.renewals, 2);
  EXPECT_EQ(out.number, 12U) << "never one twice";
}

TEST_F(Lease, ANodeThatIsAliveAndUselessDoesNotRenew) {
  tick();
  renew();
  for (int i = 0; i < 30; ++i) {
    now += 1s;  // without a proof
    lease.tick(now);
    if (out.number != rows[0].renewals) renew();
  }
  EXPECT_LE(out.renewals, 4) << "those of the first ten seconds";
  EXPECT_FALSE(lease.may_serve(now));
}

TEST_F(Lease, IsOverTwelveSecondsAfterTheQuestion) {
  tick();
  renew();
  EXPECT_TRUE(lease.may_serve(now + 11s));
  EXPECT_FALSE(lease.may_serve(now + 12s));
}

TEST_F(Lease, WithoutACoordinatorMoreThanHalfMustBeHeardBothWays) {
  tick();
  renew();
  now += 13s;
  lease.proof(now);
  EXPECT_FALSE(lease.may_serve(now));
  hear(2, false);
  EXPECT_FALSE(lease.may_serve(now)) << "node 2 does not hear us";
  hear(2);
  EXPECT_TRUE(lease.may_serve(now)) << "two of three";
  hear(3, true, 1'000);
  EXPECT_FALSE(lease.may_serve(now)) << "the coordinator is there for somebody";
}

TEST_F(Lease, FencesWhoeverIsSilentForEighteenSeconds) {
  silent = 3;
  hear(2);
  steady_time first{};
  while (out.fenced.empty() && now < steady_time(2h)) {
    tick();
    hear(2);
    if (out.renewals > 0 && out.number != rows[0].renewals) {
      if (first == steady_time{}) first = now;
      renew();
    }
  }
  ASSERT_EQ(out.fenced.size(), 1U);
  EXPECT_EQ(out.fenced[0].node, 3);
  EXPECT_GE(now - first, 18s);
  EXPECT_LE(now - first, 22s);
}

TEST_F(Lease, AGapInOurOwnRenewalsBeginsTheWaitAgain) {
  silent = 3;
  for (int i = 0; i < 30; ++i) {
    tick();
    hear(2);
    if (i == 12) {
      lease.not_renewed(now);
    } else if (out.number != rows[0].renewals) {
      renew();
    }
    if (i < 28) { EXPECT_TRUE(out.fenced.empty()) << i; }
  }
}

// A standby took over that lacks the last renewals: whoever made them serves for them.
TEST_F(Lease, AFailoverOfTheCoordinatorBeginsTheWaitAgain) {
  silent = 3;
  for (int i = 0; i < 30; ++i) {
    tick();
    hear(2);
    if (i == 12) ++timeline;
    if (out.number != rows[0].renewals) renew();
    if (i < 28) { EXPECT_TRUE(out.fenced.empty()) << i; }
  }
}

TEST_F(Lease, BelowHalfItWaitsLonger) {
  silent = 3;
  for (int i = 0; i < 60; ++i) {
    tick();
    if (out.number != rows[0].renewals) renew();
  }
  EXPECT_TRUE(out.fenced.empty()) << "it hears nobody: one of three";
  for (int i = 0; i < 600; ++i) {
    tick();
    if (out.number != rows[0].renewals) renew();
  }
  EXPECT_FALSE(out.fenced.empty());
}

TEST_F(Lease, EndedTenuresAreKeptAndWrittenBack) {
  tick();
  hear(2);
  wire::heartbeat b{.boot = 2};
  b.members.push_back({.node = 2, .disk = 102, .tenure = 1, .starts = 1});
  b.members.push_back({.node = 3, .disk = 103, .tenure = 1, .ended = 1, .starts = 1});
  lease.heard(2, b, now);
  ASSERT_EQ(out.kept.size(), 3U);
  EXPECT_EQ(out.kept[2].ended, 1U);
  renew();  // of a coordinator that has forgotten it
  EXPECT_EQ(lease.view(now)[2].ended, 1U);
}

TEST_F(Lease, AFencedNodeStopsAndAsksForTheNextTenure) {
  tick();
  renew();
  ASSERT_TRUE(lease.may_serve(now));
  rows[0].ended = 1;
  lease.told(rows, now);
  EXPECT_FALSE(lease.may_serve(now)) << "though its lease is not over";
  tick();
  EXPECT_EQ(out.asked_above, 1U);
  lease.granted(2, now);
  tick(3s);
  rows[0].tenure = 2;
  renew();
  EXPECT_TRUE(lease.may_serve(now));
}

TEST_F(Lease, APeerRelaysWhenTheCoordinatorIsOutOfReach) {
  tick();
  hear(2);
  lease.not_renewed(now);
  for (int i = 0; i < 8 && out.last_via == 0; ++i) {
    tick();
    hear(2);
  }
  EXPECT_EQ(out.last_via, 2);
}

TEST_F(Lease, WhoeverIsBehindWhatOthersKnowBeginsAgain) {
  tick();
  wire::heartbeat b{.boot = 2};
  b.members.push_back({.node = 2, .disk = 102, .tenure = 1, .starts = 1});
  b.members.push_back({.node = 1, .disk = 101, .tenure = 1, .starts = 2, .heard = true});
  lease.heard(2, b, now);
  EXPECT_EQ(out.left, std::vector{leave_reason::behind});
  EXPECT_FALSE(lease.may_serve(now));
}

TEST_F(Lease, WhatIsNotBelievableIsNotLearnt) {
  tick();
  renew();
  wire::heartbeat b{.boot = 2, .renewed_ms_ago = UINT64_MAX / 2};
  b.members.push_back({.node = 2, .disk = 102, .tenure = 1, .starts = 1});
  b.members.push_back({.node = 3, .disk = 103, .tenure = 1, .ended = 1U << 23, .starts = 1});
  b.members.push_back({.node = 1, .disk = 101, .tenure = 1, .starts = UINT64_MAX});
  for (node_number n = 10; n < 1000; ++n) b.members.push_back({.node = n, .disk = n, .tenure = 1});
  lease.heard(2, b, now);
  EXPECT_EQ(lease.view(now).size(), 3U) << "nobody is known by hearsay alone";
  EXPECT_EQ(lease.view(now)[2].ended, 0U);
  EXPECT_TRUE(out.left.empty());
  EXPECT_TRUE(lease.may_serve(now));
}

// An age that is passed on becomes younger with each hop: after hours of it all would stop.
TEST(LeaseTogether, WithoutACoordinatorAllServeForHours) {
  std::vector<member_row> rows;
  for (node_number n = 1; n <= 5; ++n) {
    rows.push_back({.node = n, .disk = 100U + n, .tenure = 1, .starts = 1});
  }
  const fencing_rule rule;
  std::vector<notes> outs(5);
  std::vector<lease_machine> all;
  steady_time now{1h};
  for (node_number n = 1; n <= 5; ++n) {
    all.emplace_back(identity{.node = n, .disk = 100U + n, .tenure = 1, .boot = n, .starts = 1},
                     lease_options{}, rule, outs[n - 1U]);
    all.back().restore(rows, now);
    all.back().tick(now);
    // They renew at different moments, and then never again.
    all.back().renewed(now + milliseconds(700 * (n - 1)), 1, rows, now + milliseconds(700 * n));
  }
  now += 5s;
  for (int second = 0; second < 4 * 3600; ++second) {
    now += 1s;
    for (auto& lease : all) {
      lease.proof(now);
      lease.tick(now);
    }
    for (std::size_t from = 0; from < all.size(); ++from) {
      for (std::size_t to = 0; to < all.size(); ++to) {
        if (from != to) {
          all[to].heard(static_cast<node_number>(from + 1), outs[from].last, now + 20ms);
        }
      }
    }
    if (second < 2) continue;
    for (auto& lease : all) ASSERT_TRUE(lease.may_serve(now + 30ms)) << second;
  }
}

TEST(Joining, AnOldDiskIsFoundByItsStartsOrItsRenewals) {
  const member_row row{.node = 1, .starts = 5, .renewals = 1'000};
  EXPECT_EQ(decide_join({.starts = 5, .renewals = 990}, row, row), join_decision::same_disk);
  EXPECT_EQ(decide_join({.starts = 4, .renewals = 990}, row, row), join_decision::old_disk);
  EXPECT_EQ(decide_join({.starts = 5, .renewals = 900}, row, row), join_decision::old_disk);
  EXPECT_EQ(decide_join({.starts = 6, .renewals = 2'000}, row, row), join_decision::same_disk)
      << "the coordinator has forgotten something";
  auto fenced = row;
  fenced.tenure = 3;
  EXPECT_EQ(decide_join({.starts = 5, .renewals = 990, .tenure = 2}, fenced, fenced),
            join_decision::old_disk)
      << "it was granted another tenure since";
  EXPECT_EQ(decide_join({.starts = 5, .renewals = 990, .tenure = 3}, fenced, fenced),
            join_decision::same_disk);
  auto later = row;
  later.renewals = 1'001;
  EXPECT_EQ(decide_join({.starts = 5, .renewals = 990}, row, later), join_decision::refused)
      << "somebody renews it";
}

}  // namespace
}  // namespace signpost::cluster::leases
