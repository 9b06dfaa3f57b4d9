// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The activity log apart from the mail: whatever befalls it, mail goes on.
#include "storage/spool/activity_log.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "model/queue/codec.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/activity_space.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "tests/storage/damage.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

class ActivityLog : public testing::Test {
 protected:
  ActivityLog() { configure_logging({.level = log_level::off}); }
  spool_options options() const {
    return {.path = folder_.path() + "/spool",
            .log_sync_interval = milliseconds(5),
            .env = env_.get(),
            .look_at_volume = disk_->look(),
            .memory_octets = 512U << 10,
            .time = &clock_};
  }
  std::string log_path() const { return activity_path_of(options()); }
  void open() { spool_ = must_open(options()); }
  void close() { spool_.reset(); }
  /// Puts all events into sorted files.
  void flush_log() {
    close();
    const auto log = open_log();
    ASSERT_TRUE(log->Flush({}).ok());
  }
  std::unique_ptr<rocksdb::DB> open_log() {
    rocksdb::DB* raw = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(make_log_options(options()), log_path(), &raw).ok());
    return std::unique_ptr<rocksdb::DB>(raw);
  }
  std::size_t events() { return spool_->recent_events("", recent_events_max)->size(); }
  /// True once `condition` holds; gives up after some seconds.
  template <typename Condition>
  bool soon(Condition condition) {
    const auto enough = std::chrono::steady_clock::now() + seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < enough) std::this_thread::yield();
    return condition();
  }
  void expect_mail_goes_on() {
    const auto m = accept(*spool_);
    EXPECT_EQ(spool_->health(), spool_health::well);
    EXPECT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
    for (const auto& e : all_due(*spool_)) EXPECT_NE(e.id, m.message.id);
  }
  std::size_t set_aside() const {
    return files_with(folder_.path(), "spool-activity.damaged-").size();
  }

  temporary_folder folder_;
  test::manual_clock clock_{start};
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_);
  std::unique_ptr<spool> spool_;
};

// ---- a log that is damaged or cannot be written ----

TEST_F(ActivityLog, KeepsEventsOverARestart) {
  open();
  const auto m = accept(*spool_);
  close();
  open();
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 1U);
  EXPECT_TRUE(spool_->log_state().well);
}

TEST_F(ActivityLog, DamagedFilesStopNoMailAndCostOnlyWhatTheyHold) {
  open();
  for (int i = 0; i < 300; ++i) accept(*spool_);
  for (const auto& e : all_due(*spool_)) commit(*spool_, settled(e, outcome::delivered));
  flush_log();
  // No compaction may come to the damage before the reader: it would begin the log anew.
  ASSERT_TRUE(open_log()->CompactRange({}, nullptr, nullptr).ok());
  for (const auto& file : files_with(log_path(), ".sst")) flip(file, 0.3);
  open();
  EXPECT_LT(events(), 600U);
  EXPECT_GT(spool_->log_state().damaged_rows, 0U);
  expect_mail_goes_on();
  EXPECT_TRUE(spool_->recent_events("zone.example", 10).has_value());
}

// What stopped all mail for good: the log's compaction met a bad block.
TEST_F(ActivityLog, ACompactionOverABadBlockStopsNoMailAndTheLogBeginsAnew) {
  open();
  for (int i = 0; i < 100; ++i) accept(*spool_);
  for (const auto& e : all_due(*spool_)) commit(*spool_, settled(e, outcome::delivered));
  flush_log();
  for (const auto& file : files_with(log_path(), ".sst")) flip(file, 0.3);
  open();
  // Until it has files enough to be compacted.
  for (int i = 0; i < 20'000 && spool_->log_state().set_aside == 0; ++i) expect_mail_goes_on();
  ASSERT_TRUE(soon([&] { return spool_->log_state().set_aside > 0 && spool_->log_state().well; }));
  EXPECT_EQ(set_aside(), 1U);
  accept(*spool_);
  EXPECT_GT(events(), 0U);
}

TEST_F(ActivityLog, AnyFileThatIsMissingOrSpoiltCostsTheLogAtMost) {
  for (const auto* name : {"CURRENT", "MANIFEST", "OPTIONS", "IDENTITY", ".sst", ".log"}) {
    for (const bool removed : {false, true}) {
      open();
      for (int i = 0; i < 20; ++i) accept(*spool_);
      flush_log();
      for (const auto& file : files_with(log_path(), name)) {
        if (removed) {
          fs::remove(file);
        } else {
          flip_everywhere(file, 16);
        }
      }
      open();
      EXPECT_TRUE(spool_->log_state().well) << name;
      expect_mail_goes_on();
      EXPECT_GT(events(), 0U) << name;
      for (const auto& e : all_due(*spool_)) commit(*spool_, settled(e, outcome::delivered));
      close();
      EXPECT_LE(set_aside(), damaged_logs_kept);
    }
  }
  EXPECT_EQ(set_aside(), damaged_logs_kept);
}

// What a disk without power left there: RocksDB, told to skip damage, never came to its end.
TEST_F(ActivityLog, GarbageThatLooksLikeAnOldRecordHoldsUpNoStart) {
  open();
  for (int i = 0; i < 20; ++i) accept(*spool_);
  ASSERT_EQ(events(), 20U);
  close();
  for (const auto& file : files_with(log_path(), ".log")) {
    // Checksum, length 0, a whole record of a log that is used again (5), its number (not ours).
    const std::string garbage("\x11\x22\x33\x44\0\0\x05\0\0\0\0garbage", 18);
    std::ofstream(file, std::ios::app | std::ios::binary) << garbage;
  }
  open();
  EXPECT_TRUE(spool_->log_state().well);
  EXPECT_EQ(events(), 20U);
  expect_mail_goes_on();
}

TEST_F(ActivityLog, AFolderThatIsGoneIsMadeAgain) {
  open();
  accept(*spool_);
  close();
  fs::remove_all(log_path());
  open();
  EXPECT_EQ(events(), 0U);
  EXPECT_EQ(all_due(*spool_).size(), 1U);
  expect_mail_goes_on();
  EXPECT_EQ(events(), 2U);
}

TEST_F(ActivityLog, ALogWithoutRoomToBeOpenedIsOpenedWhenThereIs) {
  open();
  accept(*spool_);
  close();
  disk_->set_free_octets(log_opening_octets - 1);
  auto narrow = options();
  narrow.free_octets_min = 1U << 20;
  spool_ = must_open(narrow);
  EXPECT_FALSE(spool_->log_state().well);
  EXPECT_EQ(spool_->health(), spool_health::well);
  disk_->set_free_octets(1U << 30);
  ASSERT_TRUE(soon([&] { return spool_->log_state().well; }));
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(set_aside(), 0U);
}

// ---- its room ----

TEST_F(ActivityLog, AnIdleLogGivesBackItsWriteAheadLog) {
  auto idle = options();
  idle.idle_after = milliseconds(20);
  spool_ = must_open(idle);
  for (int i = 0; i < 200; ++i) accept(*spool_, {.octets = 64});
  EXPECT_TRUE(soon([&] { return wal_octets(log_path()) == 0; })) << wal_octets(log_path());
  EXPECT_EQ(events(), 200U);
}

TEST_F(ActivityLog, TheOldestEventsGoWhenThereAreTooMany) {
  auto small = options();
  small.log_octets_max = 24U << 10;
  small.idle_after = milliseconds(1);
  const auto octets = [&] {
    std::uint64_t sum = 0;
    for (const auto& file : files_with(log_path(), ".sst")) {
      std::error_code gone;
      const auto size = fs::file_size(file, gone);
      sum += gone ? 0 : size;
    }
    return sum;
  };
  spool_ = must_open(small);
  model::queue_id last;
  for (int i = 0; i < 2000; ++i) {
    clock_.advance(seconds(1));
    auto m = make_message(*spool_, {.octets = 64});
    m.events.front().at = clock_.now();
    last = m.message.id;
    change_set changes;
    changes.accept(std::move(m));
    ASSERT_TRUE(spool_->commit(std::move(changes)).has_value());
  }
  ASSERT_TRUE(soon([&] {
    return octets() > 0 && octets() < small.log_octets_max && events() < 1990U;
  })) << octets()
      << " octets, " << events() << " events";
  EXPECT_GT(events(), 20U);
  EXPECT_EQ(spool_->timeline(last)->size(), 1U) << "the newest stay";
}

TEST_F(ActivityLog, ACopyOfTheSpoolHasTheLogBesideIt) {
  open();
  const auto m = accept(*spool_);
  const auto copy = folder_.path() + "/copy";
  fs::create_directory(copy);
  ASSERT_TRUE(spool_->copy_to(copy).has_value());
  close();
  auto copied = options();
  copied.path = copy + "/spool";
  spool_ = must_open(copied);
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 1U);
  EXPECT_EQ(all_due(*spool_).size(), 1U);
}

TEST_F(ActivityLog, WithoutAPlaceEventsAreCountedAndDroppedUntilThereIsOne) {
  std::ofstream(log_path()) << "in the way";
  open();
  EXPECT_FALSE(spool_->log_state().well);
  EXPECT_FALSE(spool_->log_state().trouble.empty());
  EXPECT_EQ(spool_->recent_events("", 10).error().code, errc::unavailable);
  expect_mail_goes_on();
  EXPECT_EQ(spool_->log_state().lost, 2U);
  fs::remove(log_path());
  ASSERT_TRUE(soon([&] { return spool_->log_state().well; }));
  expect_mail_goes_on();
  EXPECT_EQ(events(), 2U);
  EXPECT_EQ(spool_->log_state().lost, 2U);
}

TEST_F(ActivityLog, AFullDiskForTheLogDropsEventsAndRecovers) {
  open();
  accept(*spool_);
  ASSERT_EQ(events(), 1U);
  disk_->limit_faults_to(log_path());
  disk_->set_fault(disk_fault::no_space);
  const auto m = accept(*spool_);
  EXPECT_EQ(spool_->health(), spool_health::well);
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  ASSERT_TRUE(soon([&] { return spool_->log_state().lost == 2U; }));
  disk_->set_fault(disk_fault::none);
  ASSERT_TRUE(soon([&] { return spool_->log_state().well; }));
  EXPECT_EQ(events(), 1U);
  EXPECT_EQ(set_aside(), 0U);
}

TEST_F(ActivityLog, ALogThatCannotBeSyncedIsOpenedAgainWithWhatItHad) {
  open();
  disk_->limit_faults_to(log_path());
  disk_->set_fault(disk_fault::io_error);
  accept(*spool_);
  ASSERT_TRUE(soon([&] { return !spool_->log_state().well; }));
  expect_mail_goes_on();
  disk_->set_fault(disk_fault::none);
  ASSERT_TRUE(soon([&] { return spool_->log_state().well; }));
  expect_mail_goes_on();
  EXPECT_GE(events(), 2U);
}

TEST_F(ActivityLog, NoCommitWaitsForTheLogsDiskAndNoMoreEventsWaitThanAreNamed) {
  open();
  accept(*spool_);
  ASSERT_EQ(events(), 1U);
  std::mutex disk;
  std::unique_lock hanging(disk);
  disk_->set_write_hook([&, log = log_path()](const std::string& path) {
    if (path.starts_with(log)) const std::lock_guard answered(disk);
  });
  const auto m = accept(*spool_);
  EXPECT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  constexpr std::size_t more = 8'192;  // far more than fit into one pause
  for (std::size_t i = 0; i < pending_events_max + more; ++i) {
    change_set changes;
    changes.record({.at = start, .kind = model::event_kind::rejected, .zone = "zone.example"});
    ASSERT_TRUE(spool_->commit(std::move(changes)).has_value());
  }
  EXPECT_EQ(spool_->health(), spool_health::well);
  const auto lost = spool_->log_state().lost;
  EXPECT_GE(lost, 1U);
  EXPECT_LE(lost, more + 2);
  hanging.unlock();
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 2U);
  EXPECT_TRUE(spool_->log_state().well);
  disk_->set_write_hook({});
}

TEST_F(ActivityLog, RefusalsNeedNoSyncOfTheMail) {
  open();
  accept(*spool_);
  std::atomic<int> syncs{0};
  disk_->set_sync_hook([&](const std::string& path) {
    if (path.find("spool/") != std::string::npos) ++syncs;
  });
  change_set changes;
  changes.record({.at = start, .kind = model::event_kind::rejected, .zone = "zone.example"});
  ASSERT_TRUE(spool_->commit(std::move(changes)).has_value());
  EXPECT_EQ(syncs, 0);
  EXPECT_EQ(events(), 2U);
  disk_->set_sync_hook({});
}

// ---- the log of a spool of version 3 ----

class OldLog : public ActivityLog {
 protected:
  /// Moves what the log has back to where version 3 had it.
  void make_old(std::size_t copies = 1) {
    close();
    {
      const auto log = open_log();
      const auto mail = std::move(*database::open(options()));
      rocksdb::ColumnFamilyHandle* old = nullptr;
      ASSERT_TRUE(mail->db().CreateColumnFamily({}, "log", &old).ok());
      const std::unique_ptr<rocksdb::Iterator> rows(log->NewIterator({}));
      for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
        for (std::size_t i = 0; i < copies; ++i) {
          auto key = rows->key().ToString();
          if (i > 0) key.insert(key.size() - 16, std::to_string(i));
          ASSERT_TRUE(mail->db().Put({}, old, key, rows->value()).ok());
        }
      }
      ASSERT_TRUE(mail->db().Flush({}, old).ok());
      mail->db().DestroyColumnFamilyHandle(old);
      ASSERT_TRUE(mail->put_meta_number(schema::meta::schema_version, 3));
    }
    fs::remove_all(log_path());
  }
  bool has_old_log() {
    close();
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, options().path, &names).ok());
    return std::ranges::count(names, "log") > 0;
  }
};

TEST_F(OldLog, IsMovedWithAllItsRowsAndGoes) {
  open();
  const auto m = accept(*spool_);
  for (int i = 0; i < 200; ++i) accept(*spool_);
  const auto before = *spool_->recent_events("", recent_events_max);
  make_old();
  open();
  EXPECT_EQ(*spool_->recent_events("", recent_events_max), before);
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 1U);
  EXPECT_EQ(spool_->recent_events("zone.example", recent_events_max)->size(), before.size());
  EXPECT_EQ(all_due(*spool_).size(), 201U);
  EXPECT_FALSE(has_old_log());
  EXPECT_EQ(*std::move(*database::open(options()))->meta_number(schema::meta::schema_version),
            schema::version);
}

TEST_F(OldLog, IsMovedOnWhereAnEarlierStartWasCutShort) {
  open();
  for (int i = 0; i < 2000; ++i) accept(*spool_, {.octets = 64});
  const auto before = *spool_->recent_events("", recent_events_max);
  ASSERT_EQ(before.size(), 2000U);
  for (const std::uint64_t operations : {3, 20, 24, 28, 32}) {
    make_old();
    disk_->limit_faults_to(log_path());
    disk_->set_fault_after(disk_fault::io_error, operations);
    open();
    disk_->set_fault(disk_fault::none);
    EXPECT_TRUE(has_old_log()) << operations;
    open();
    EXPECT_EQ(*spool_->recent_events("", recent_events_max), before) << operations;
    EXPECT_FALSE(has_old_log());
    open();
  }
}

TEST_F(OldLog, ThatIsDamagedStopsNothingAndGivesWhatCanBeRead) {
  open();
  for (int i = 0; i < 1000; ++i) accept(*spool_, {.octets = 64});
  ASSERT_EQ(events(), 1000U);
  make_old();
  const auto files = files_with(options().path, ".sst");
  flip(*std::ranges::max_element(files, {}, [](const auto& f) { return fs::file_size(f); }), 0.05);
  open();
  EXPECT_GT(events(), 100U);
  EXPECT_LE(events(), 1000U);
  EXPECT_EQ(all_due(*spool_).size(), 1000U);
  for (const auto& e : all_due(*spool_)) {
    ASSERT_TRUE(commit(*spool_, settled(e, outcome::delivered)));
  }
  EXPECT_FALSE(has_old_log());
}

}  // namespace
}  // namespace signpost::storage
