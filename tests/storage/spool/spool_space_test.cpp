// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a store gives back to a disk, what it keeps in reserve, and when a full disk counts as
// broken.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/space_reserve.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

constexpr std::uint64_t mib = 1U << 20;

std::uint64_t octets_in(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::error_code gone;  // files come and go
    const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
    if (!gone) sum += size;
  }
  return sum;
}

class SpoolSpace : public testing::Test {
 protected:
  SpoolSpace() { configure_logging({.level = log_level::off}); }
  spool_options options() const {
    return {.path = path_,
            .free_octets_min = mib,
            .reserve_octets = mib,
            .full_deadline = milliseconds(50),
            .idle_after = milliseconds(0),
            .env = env_.get(),
            .look_at_volume = disk_->look(),
            .memory_octets = 8 * mib};
  }
  void open() {
    disk_->set_free_octets(1U << 30);
    spool_ = must_open(options());
  }
  /// Mail that comes and goes.
  void pass_through(std::size_t messages) {
    for (std::size_t n = 0; n < messages; ++n) {
      const auto m = accept(*spool_, {.octets = 100'000});
      ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
    }
  }
  template <typename Question>
  bool polled_until(Question question) {
    const auto enough = std::chrono::steady_clock::now() + seconds(20);
    while (!question() && std::chrono::steady_clock::now() < enough) {
      spool_->poll_health();
      std::this_thread::yield();
    }
    return question();
  }

  temporary_folder folder_;
  std::string path_ = folder_.path() + "/spool";
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_);
  std::unique_ptr<spool> spool_;
};

TEST_F(SpoolSpace, AnIdleStoreGivesBackWhatItsLogHeld) {
  open();
  pass_through(60);
  ASSERT_GT(wal_octets(path_), 4 * mib);
  EXPECT_TRUE(polled_until([&] { return wal_octets(path_) < mib; })) << wal_octets(path_);
}

TEST_F(SpoolSpace, ADrainedStoreGivesBackItsFiles) {
  open();
  std::vector<model::envelope> queued;
  for (int n = 0; n < 200; ++n) queued.push_back(accept(*spool_, {.octets = 100'000}).envelopes[0]);
  ASSERT_GT(octets_in(path_), 16 * mib);
  for (const auto& e : queued) {
    ASSERT_TRUE(commit(*spool_, settled(e, outcome::delivered)));
  }
  EXPECT_TRUE(polled_until([&] { return octets_in(path_) < 10 * mib; })) << octets_in(path_);
}

TEST_F(SpoolSpace, WhatIsQueuedSurvivesTheGivingBack) {
  open();
  std::vector<model::queue_id> kept;
  for (int n = 0; n < 150; ++n) {
    const auto m = accept(*spool_, {.octets = 100'000});
    if (n % 50 == 0) {
      kept.push_back(m.message.id);
    } else {
      ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
    }
  }
  disk_->set_free_octets(mib - 1);  // short, so files are rewritten although something is queued
  (void)polled_until([&] { return octets_in(path_) < 10 * mib; });
  spool_.reset();
  open();
  memory_budget budget{64U << 20};
  for (const auto& id : kept) EXPECT_TRUE(spool_->body(id, budget).has_value());
}

TEST_F(SpoolSpace, TheReserveIsGivenUpAtNeedAndTakenAgain) {
  open();
  const auto reserve = reserve_path_of(options());
  spool_->poll_health();
  ASSERT_TRUE(fs::exists(reserve));
  EXPECT_GE(octets_in(reserve), mib / 2);
  disk_->set_free_octets(100);
  spool_->poll_health();
  EXPECT_FALSE(fs::exists(reserve));
  disk_->set_free_octets(mib);  // hardly enough: it would be short again at once
  spool_->poll_health();
  EXPECT_FALSE(fs::exists(reserve));
  disk_->set_free_octets(10 * mib);
  spool_->poll_health();
  EXPECT_TRUE(fs::exists(reserve));
}

TEST_F(SpoolSpace, AReserveThatIsNotWantedAnyMoreIsRemoved) {
  const auto reserve = folder_.path() + "/reserve";
  {
    space_reserve first(reserve, mib);
    first.take(10 * mib, mib);
    EXPECT_TRUE(first.held());
  }
  EXPECT_TRUE(space_reserve(reserve, mib).held());
  EXPECT_FALSE(space_reserve(reserve, 0).held());
  EXPECT_FALSE(fs::exists(reserve));
}

// A quota, or a RocksDB that does not come back: free space is there and helps nothing.
TEST_F(SpoolSpace, FullWithRoomIsFailedAfterAWhile) {
  open();
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::no_space);
  EXPECT_EQ(commit(*spool_, settled(old.envelopes[0], outcome::delivered)).error().code,
            errc::no_space);
  EXPECT_EQ(spool_->health(), spool_health::full);
  EXPECT_TRUE(polled_until([&] { return spool_->health() == spool_health::failed; }));
  EXPECT_NE(spool_->trouble(), "");
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::failed) << "it does not go back and forth";
  disk_->set_fault(disk_fault::none);
  spool_.reset();
  open();
  EXPECT_EQ(spool_->health(), spool_health::well);
}

TEST_F(SpoolSpace, FullWithoutRoomIsWaitedOut) {
  open();
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::no_space);
  EXPECT_FALSE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
  disk_->set_free_octets(0);
  const auto enough = std::chrono::steady_clock::now() + 3 * options().full_deadline;
  while (std::chrono::steady_clock::now() < enough) {
    spool_->poll_health();
    std::this_thread::yield();
  }
  EXPECT_EQ(spool_->health(), spool_health::full);
}

TEST(Volume, SmallVolumesGetSmallLogs) {
  const auto small = plan_for_volume(100 * mib);
  EXPECT_LE(small.wal_octets_max + small.memory_octets + small.free_octets_min
                + small.reserve_octets,
            50 * mib);
  EXPECT_GE(small.free_octets_min, small.memory_octets) << "room for a flush";
  const auto large = plan_for_volume(1ULL << 40);
  EXPECT_EQ(large.memory_octets, 64 * mib);
  EXPECT_EQ(large.wal_octets_max, 256 * mib);
  EXPECT_EQ(large.free_octets_min, 256 * mib);
  EXPECT_EQ(plan_for_volume(std::nullopt).memory_octets, 64 * mib);
}

TEST(Volume, WhatOpeningNeedsGrowsWithTheLog) {
  temporary_folder folder;
  const auto volume = look_at_volume(folder.path() + "/not/there/yet");
  ASSERT_TRUE(volume.free_octets.has_value());
  EXPECT_EQ(why_no_room_to_open(folder.path(), {folder.path()}), "");
  const auto log = folder.path() + "/000001.log";
  std::ofstream(log).put('x');
  fs::resize_file(log, *volume.free_octets);  // sparse
  EXPECT_NE(why_no_room_to_open(folder.path(), {folder.path()}).find("full"), std::string::npos);
}

TEST(Volume, InodesThatAreFewAreSeen) {
  EXPECT_EQ(files_low({}), 0U);
  EXPECT_EQ(files_low({.files = 1'000'000}), 256U);
  EXPECT_EQ(files_none({.files = 1'000'000}), 64U);
  EXPECT_LT(files_none({.files = 200}), files_low({.files = 200}));
}

TEST(VolumeWatch, LooksOnceInAWhile) {
  std::uint64_t looks = 0;
  const auto counted = [&](const std::string& path) {
    EXPECT_EQ(path, "/somewhere");
    return volume_state{.free_octets = ++looks};
  };
  volume_watch rarely("/somewhere", counted, std::chrono::hours(1));
  EXPECT_EQ(rarely.look().free_octets, 1U);
  EXPECT_EQ(rarely.look().free_octets, 1U);
  EXPECT_EQ(rarely.look_now().free_octets, 2U);
  EXPECT_EQ(rarely.look().free_octets, 2U);
  volume_watch always("/somewhere", counted, milliseconds(0));
  EXPECT_EQ(always.look().free_octets, 3U);
  EXPECT_EQ(always.look().free_octets, 4U);
}

TEST(VolumeWatch, ACommitLooksOnceAtMost) {
  configure_logging({.level = log_level::off});
  const temporary_folder folder;
  std::uint64_t looks = 0;
  const auto spool = must_open({.path = folder.path() + "/spool",
                                .look_at_volume = [&](const std::string& path) {
                                  ++looks;
                                  return look_at_volume(path);
                                }});
  const auto before = looks;
  for (int n = 0; n < 5; ++n) accept(*spool);
  EXPECT_EQ(looks, before + 5);
}

}  // namespace
}  // namespace signpost::storage
