// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/disk_shares.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_spool.hpp"

namespace signpost::actors {
namespace {

constexpr std::uint64_t mib = 1 << 20;

class DiskShares : public testing::Test {
 protected:
  void put(const std::vector<std::string>& zones, std::uint64_t octets) {
    storage::new_message m;
    m.message.id = spool.next_id(now);
    m.message.accepted = now;
    m.message.size = octets;
    m.message.recipients = static_cast<std::uint32_t>(zones.size());
    m.body = std::make_shared<const message_body>("x");
    for (const auto& zone : zones) {
      m.envelopes.push_back({.id = m.message.id,
                             .index = static_cast<std::uint32_t>(m.envelopes.size()),
                             .zone = zone,
                             .next_hop = model::next_hop("dest.example"),
                             .next_attempt = now,
                             .expires = now + std::chrono::hours(1)});
    }
    storage::change_set changes;
    changes.accept(std::move(m));
    ASSERT_TRUE(spool.commit(std::move(changes)));
  }

  wall_time now{std::chrono::hours(1'000'000)};
  test::fake_spool spool;
  std::optional<disk_room> room = disk_room{.free_octets = 100 * mib, .kept_octets = 20 * mib};
  std::map<std::string, std::string, std::less<>> accounts;
  disk_shares shares{{.spool = spool,
                      .room = [this] { return room; },
                      .tenant_of =
                          [this](std::string_view zone) {
                            const auto at = accounts.find(zone);
                            return at == accounts.end() ? std::string(zone) : at->second;
                          }}};
};

TEST_F(DiskShares, WhoHasMoreThanIsLeftToOthersWaits) {
  for (int i = 0; i < 9; ++i) put({"big.example", "big.example"}, 10 * mib);
  put({"small.example"}, 10 * mib);
  put({""}, 200 * mib);
  shares.look();
  EXPECT_TRUE(shares.is_over("big.example")) << "90 of the 80 that are left, each message once";
  EXPECT_FALSE(shares.is_over("small.example"));
  EXPECT_FALSE(shares.is_over("new.example"));
  room->free_octets = 120 * mib;
  shares.look();
  EXPECT_FALSE(shares.is_over("big.example"));
}

TEST_F(DiskShares, ZonesOfOneAccountAreCountedTogether) {
  accounts = {{"a.example", "one"}, {"b.example", "one"}};
  put({"a.example"}, 50 * mib);
  put({"b.example"}, 50 * mib);
  put({"c.example"}, 50 * mib);
  shares.look();
  EXPECT_TRUE(shares.is_over("a.example"));
  EXPECT_TRUE(shares.is_over("b.example"));
  EXPECT_FALSE(shares.is_over("c.example"));
}

TEST_F(DiskShares, NothingIsReadWhileThereIsRoom) {
  put({"big.example"}, 1000 * mib);
  room->free_octets = disk_shares::low_factor * room->kept_octets;
  spool.fail_reads = errc::unavailable;
  shares.look();
  EXPECT_FALSE(shares.is_over("big.example"));
}

TEST_F(DiskShares, WithNobodyElseThereIsNothingToShare) {
  accounts = {{"big.example", ""}};
  put({"big.example"}, 1000 * mib);
  shares.look();
  EXPECT_FALSE(shares.is_over("big.example"));
}

TEST_F(DiskShares, WhatCannotBeReadChangesNothing) {
  put({"big.example"}, 1000 * mib);
  shares.look();
  spool.fail_reads = errc::unavailable;
  shares.look();
  EXPECT_TRUE(shares.is_over("big.example"));
  room.reset();
  shares.look();
  EXPECT_TRUE(shares.is_over("big.example"));
}

}  // namespace
}  // namespace signpost::actors
