// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Disks that refuse to take more in other ways than by being full, and at bad moments: both stores
// wait, lose nothing, and go on by themselves; or say that they have to be opened anew.
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

constexpr std::uint64_t mib = 1U << 20;

class DiskRefusal : public testing::Test {
 protected:
  DiskRefusal() { configure_logging({.level = log_level::off}); }

  [[nodiscard]] spool_options spool_settings() const {
    return {.path = folder_.path() + "/spool",
            .free_octets_min = mib,
            .idle_after = milliseconds(0),
            .env = env_.get(),
            .memory_octets = mib};
  }
  [[nodiscard]] control_store_options control_settings() const {
    control_store_options o;
    o.path = folder_.path() + "/config";
    o.env = env_.get();
    o.free_octets_min = mib;
    return o;
  }
  static result<std::uint64_t> put_zone(model::control_store& store, std::uint64_t number) {
    return change(store, [&](auto& t) { return t.put(make_zone(number)); });
  }
  static bool polled_until_well(spool& spool) {
    const auto enough = std::chrono::steady_clock::now() + seconds(20);
    while (spool.health() != spool_health::well && std::chrono::steady_clock::now() < enough) {
      spool.poll_health();
      std::this_thread::yield();
    }
    return spool.health() == spool_health::well;
  }

  temporary_folder folder_;
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_, spared::all_files);
};

TEST_F(DiskRefusal, ASpoolWaitsForAQuotaAndForAMount) {
  const auto spool = must_open(spool_settings());
  for (const auto fault : {disk_fault::no_inodes, disk_fault::quota, disk_fault::read_only}) {
    const auto before = accept(*spool);
    disk_->set_fault(fault);
    const auto refused = commit(*spool, settled(before.envelopes[0], outcome::delivered));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::no_space);
    EXPECT_EQ(spool->health(), spool_health::full);
    for (int i = 0; i < 3; ++i) spool->poll_health();
    EXPECT_EQ(spool->health(), spool_health::full);
    disk_->set_fault(disk_fault::none);
    EXPECT_TRUE(polled_until_well(*spool)) << spool->trouble();
    EXPECT_TRUE(spool->message(before.message.id).has_value());
    EXPECT_TRUE(commit(*spool, settled(before.envelopes[0], outcome::delivered)));
  }
}

TEST_F(DiskRefusal, AControlStoreWaitsForAnyOfThem) {
  const auto store = must_open_control(control_settings());
  ASSERT_TRUE(change(*store, [](auto& t) { return t.put(make_account(1)); }));
  std::uint64_t number = 1;
  for (const auto fault : {disk_fault::no_space, disk_fault::no_inodes, disk_fault::quota,
                           disk_fault::read_only}) {
    ASSERT_TRUE(put_zone(*store, ++number));
    disk_->set_fault(fault);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(put_zone(*store, number + 100));
    EXPECT_FALSE(store->is_failed());
    EXPECT_EQ(store->trouble(), "");
    EXPECT_EQ(store->read()->totals()->zones, number - 1) << "reading goes on";
    disk_->set_fault(disk_fault::none);
    EXPECT_TRUE(put_zone(*store, ++number));
  }
  EXPECT_EQ(disagreements(*store), 0);
}

// It would else refuse changes for good, and nobody would know.
TEST_F(DiskRefusal, AControlStoreThatHasFailedSaysSo) {
  {
    const auto store = must_open_control(control_settings());
    ASSERT_TRUE(change(*store, [](auto& t) { return t.put(make_account(1)); }));
    disk_->set_fault(disk_fault::io_error);
    EXPECT_FALSE(put_zone(*store, 2));
    disk_->set_fault(disk_fault::none);
    EXPECT_TRUE(store->is_failed());
    EXPECT_NE(store->trouble().find("restart"), std::string::npos);
  }
  const auto store = must_open_control(control_settings());
  EXPECT_FALSE(store->is_failed());
  EXPECT_TRUE(put_zone(*store, 3));
  EXPECT_EQ(disagreements(*store), 0);
}

// A file that RocksDB could not write once ends the process when it is next written.
TEST_F(DiskRefusal, NoFileIsKeptThatNobodyNeeds) {
  const auto spool = must_open(spool_settings());
  const auto store = must_open_control(control_settings());
  for (const auto& path : {spool_settings().path, control_settings().path}) {
    for (const auto& entry : fs::directory_iterator(path)) {
      EXPECT_FALSE(entry.path().filename().string().starts_with("LOG")) << entry.path();
    }
  }
}

TEST_F(DiskRefusal, GarbageCollectionThatFindsNoRoomIsTriedAgain) {
  for (const auto fault : {disk_fault::no_space, disk_fault::quota}) {
    for (std::uint64_t after : {0, 1, 2, 4, 7, 11, 16, 24}) {
      SCOPED_TRACE(after);
      auto spool = must_open(spool_settings());
      std::vector<new_message> kept;
      for (int n = 0; n < 30; ++n) {
        auto m = accept(*spool, {.octets = 100'000});
        if (n % 3 == 0) {
          kept.push_back(std::move(m));
        } else {
          ASSERT_TRUE(commit(*spool, settled(m.envelopes[0], outcome::delivered)));
        }
      }
      // Short of room, it rewrites files although mail is in them.
      disk_->set_free_octets(mib - 1);
      disk_->set_fault_after(fault, after);
      const auto enough = std::chrono::steady_clock::now() + milliseconds(20);
      while (std::chrono::steady_clock::now() < enough) {
        spool->poll_health();
        std::this_thread::yield();
      }
      disk_->set_fault(disk_fault::none);
      disk_->set_free_octets(1U << 30);
      EXPECT_TRUE(polled_until_well(*spool)) << spool->trouble();
      for (int round = 0; round < 2; ++round) {
        memory_budget budget{64U << 20};
        for (const auto& m : kept) {
          EXPECT_TRUE(spool->body(m.message.id, budget).has_value()) << "round " << round;
        }
        spool.reset();
        spool = must_open(spool_settings());
      }
      for (const auto& m : kept) {
        EXPECT_TRUE(commit(*spool, settled(m.envelopes[0], outcome::delivered)));
      }
    }
  }
}

}  // namespace
}  // namespace signpost::storage
