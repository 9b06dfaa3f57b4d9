// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A disk that is full, breaks or stalls: what is refused, what still works, and how it ends.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"

namespace signpost::storage {
namespace {

using model::outcome;

class SpoolFault : public testing::Test {
 protected:
  SpoolFault() {
    configure_logging({.level = log_level::off});
    open();
  }
  spool_options options() const {
    return {.path = folder_.path() + "/spool",
            .commit_deadline = milliseconds(20),
            .free_octets_min = 1000,
            .env = env_.get(),
            .look_at_volume = disk_->look(),
            .memory_octets = 128U << 10};
  }
  void open() { spool_ = must_open(options()); }
  result<std::vector<write_receipt>> try_accept(const message_options& m = {}) {
    last_ = make_message(*spool_, m);
    change_set changes;
    changes.accept(last_);
    return spool_->commit(std::move(changes));
  }
  bool has(const model::queue_id& id) { return spool_->message(id).has_value(); }
  /// Fills buffers until a commit fails, and says how.
  std::optional<error> accept_until_error() {
    for (int i = 0; i < 500; ++i) {
      if (auto receipts = try_accept(); !receipts) return receipts.error();
      promised_.push_back(last_.message.id);
    }
    return std::nullopt;
  }
  void expect_all_promised() {
    for (const auto& id : promised_) {
      EXPECT_TRUE(has(id));
      EXPECT_TRUE(spool_->body(id, budget_).has_value());
    }
  }

  temporary_folder folder_;
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_);
  std::unique_ptr<spool> spool_;
  memory_budget budget_{64U << 20};
  new_message last_;
  std::vector<model::queue_id> promised_;
};

TEST_F(SpoolFault, AFullDiskRefusesAndRecoversByItself) {
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::no_space);
  const auto refused = try_accept();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::no_space);
  EXPECT_EQ(spool_->health(), spool_health::full);
  EXPECT_FALSE(has(last_.message.id));
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::full);
  EXPECT_EQ(commit(*spool_, settled(old.envelopes[0], outcome::delivered)).error().code,
            errc::no_space);
  EXPECT_EQ(all_due(*spool_), old.envelopes);  // reading goes on
  disk_->set_fault(disk_fault::none);
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_TRUE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
  EXPECT_TRUE(try_accept().has_value());
  const auto fresh = last_;
  spool_.reset();
  open();
  // The refused message may be there or not (its client was told to keep it); these two are sure.
  EXPECT_TRUE(has(fresh.message.id));
  EXPECT_FALSE(has(old.message.id));
}

TEST_F(SpoolFault, AFullDiskWhileFilesAreWrittenLosesNothing) {
  disk_->set_fault(disk_fault::no_space, ".sst");
  const auto failed = accept_until_error();
  ASSERT_TRUE(failed.has_value());
  disk_->set_fault(disk_fault::none);
  for (int i = 0; i < 5 && spool_->health() != spool_health::well; ++i) spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_TRUE(try_accept().has_value());
  expect_all_promised();
  spool_.reset();
  open();
  expect_all_promised();
}

// RocksDB must not find out by itself that the disk is full: it may not come back from that.
TEST_F(SpoolFault, TheLastOctetsOfTheDiskAreLeftAlone) {
  const auto old = accept(*spool_);
  disk_->set_free_octets(options().free_octets_min / 2 - 1);
  const auto operations = disk_->operations("/spool/");
  EXPECT_EQ(commit(*spool_, settled(old.envelopes[0], outcome::delivered)).error().code,
            errc::no_space);
  spool_->poll_health();
  EXPECT_EQ(disk_->operations("/spool/"), operations);
  EXPECT_EQ(spool_->health(), spool_health::full);
  disk_->set_free_octets(options().free_octets_min / 2);
  EXPECT_TRUE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
  EXPECT_EQ(spool_->health(), spool_health::full);  // for mail from outside
}

TEST_F(SpoolFault, ADiskThatStaysFullIsNotAskedAgainUntilThereIsRoom) {
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::no_space);
  EXPECT_FALSE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
  disk_->set_free_octets(0);
  const auto operations = disk_->operations("/spool/");
  for (int i = 0; i < 5; ++i) spool_->poll_health();
  EXPECT_EQ(disk_->operations("/spool/"), operations);
  disk_->set_fault(disk_fault::none);
  disk_->set_free_octets(1U << 30);
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_TRUE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
}

TEST_F(SpoolFault, ABrokenLogFailsTheStoreUntilItIsOpenedAgain) {
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::io_error, ".log");
  EXPECT_EQ(try_accept().error().code, errc::unavailable);
  const auto refused = last_;
  EXPECT_EQ(spool_->health(), spool_health::failed);
  disk_->set_fault(disk_fault::none);
  spool_->poll_health();
  // Whether RocksDB can go on or not: what it says must be true.
  if (spool_->health() == spool_health::failed) {
    EXPECT_EQ(try_accept().error().code, errc::unavailable);
    EXPECT_FALSE(has(refused.message.id));
    EXPECT_EQ(all_due(*spool_), old.envelopes);
    spool_.reset();
    open();
  }
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_TRUE(has(old.message.id));
  EXPECT_TRUE(try_accept().has_value());
}

TEST_F(SpoolFault, ABrokenFlushLosesNothing) {
  disk_->set_fault(disk_fault::io_error, ".sst");
  const auto failed = accept_until_error();
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->code, errc::unavailable);
  disk_->set_fault(disk_fault::none);
  for (int i = 0; i < 5 && spool_->health() != spool_health::well; ++i) spool_->poll_health();
  EXPECT_NE(spool_->health(), spool_health::full);
  expect_all_promised();
  spool_.reset();
  open();
  expect_all_promised();
  EXPECT_TRUE(try_accept().has_value());
}

// Whatever file it was that could not be opened: nothing of it was touched, and so nothing needs a
// restart.
TEST_F(SpoolFault, AProcessWithoutDescriptorsRecoversByItself) {
  for (const std::string file : {".log", ".sst", ".blob", ""}) {
    promised_.clear();
    disk_->set_fault(disk_fault::no_descriptors, file);
    const auto enough = std::chrono::steady_clock::now() + seconds(20);
    const auto failed = accept_until_error();
    ASSERT_TRUE(failed.has_value()) << file;
    EXPECT_EQ(failed->code, errc::unavailable) << file;
    EXPECT_NE(spool_->trouble(), "") << file;
    if (spool_->health() == spool_health::failed) {
      EXPECT_NE(spool_->trouble().find("descriptor"), std::string::npos) << spool_->trouble();
    }
    spool_->poll_health();
    disk_->set_fault(disk_fault::none);
    while (spool_->health() != spool_health::well && std::chrono::steady_clock::now() < enough) {
      spool_->poll_health();
      std::this_thread::yield();
    }
    EXPECT_EQ(spool_->health(), spool_health::well) << file;
    EXPECT_EQ(spool_->trouble(), "");
    EXPECT_TRUE(try_accept().has_value()) << file;
    expect_all_promised();
    spool_.reset();
    open();
    expect_all_promised();
  }
}

TEST_F(SpoolFault, LowSpaceRefusesMailFromOutsideOnly) {
  const auto old = accept(*spool_, {.recipients = 2});
  disk_->set_free_octets(999);
  EXPECT_EQ(try_accept().error().code, errc::no_space);
  EXPECT_EQ(spool_->health(), spool_health::full);
  // Outcomes and bounces are what frees space.
  EXPECT_TRUE(commit(*spool_, settled(old.envelopes[0], outcome::delivered)));
  change_set bounce;
  bounce.update(settled(old.envelopes[1], outcome::bounced));
  bounce.accept(make_message(*spool_, {.client = ""}));
  EXPECT_TRUE(spool_->commit(std::move(bounce)).has_value());
  EXPECT_EQ(spool_->totals().messages, 1U);
  disk_->set_free_octets(1000);
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_TRUE(try_accept().has_value());
}

TEST_F(SpoolFault, LowSpaceIsSeenWithoutACommit) {
  disk_->set_free_octets(10);
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::full);
  disk_->set_free_octets(std::nullopt);
  spool_->poll_health();
  EXPECT_EQ(spool_->health(), spool_health::well);
}

TEST_F(SpoolFault, AMixedSetFailsAsAWhole) {
  const auto old = accept(*spool_);
  disk_->set_fault(disk_fault::no_space, ".log");
  auto fresh = make_message(*spool_);
  change_set changes;
  changes.accept(fresh);
  changes.update(settled(old.envelopes[0], outcome::delivered));
  EXPECT_EQ(spool_->commit(std::move(changes)).error().code, errc::no_space);
  EXPECT_FALSE(has(fresh.message.id));
  EXPECT_EQ(all_due(*spool_), old.envelopes);
  EXPECT_EQ(spool_->totals().messages, 1U);
  disk_->set_fault(disk_fault::none);
  spool_->poll_health();
  // The caller's second try.
  change_set again;
  again.accept(fresh);
  again.update(settled(old.envelopes[0], outcome::delivered));
  EXPECT_TRUE(spool_->commit(std::move(again)).has_value());
  spool_.reset();
  open();
  EXPECT_EQ(all_due(*spool_), fresh.envelopes);
}

// The sync of table files hangs until the gate opens: buffers fill up and RocksDB wants us to wait.
// While a sync does not return nobody is answered: that must be seen from outside.
TEST_F(SpoolFault, ADiskThatDoesNotReturnIsSeen) {
  accept(*spool_);
  std::promise<void> reached;
  std::promise<void> go_on;
  std::atomic<bool> once{false};
  disk_->set_sync_hook([&](const std::string& path) {
    if (!path.ends_with(".log") || once.exchange(true)) return;
    reached.set_value();
    go_on.get_future().wait();
  });
  std::thread writer([&] { EXPECT_TRUE(try_accept().has_value()); });
  reached.get_future().wait();
  const auto patience = std::chrono::steady_clock::now() + seconds(20);
  while (spool_->health() != spool_health::failed && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_EQ(spool_->health(), spool_health::failed);
  EXPECT_NE(spool_->trouble(), "");
  go_on.set_value();
  writer.join();
  EXPECT_NE(spool_->health(), spool_health::failed);
  disk_->set_sync_hook(nullptr);
}

// The look at free space may hang as the write does (a file server that is gone), with nothing
// written at all.
TEST_F(SpoolFault, ALookAtFreeSpaceThatDoesNotReturnIsSeen) {
  accept(*spool_);
  std::promise<void> reached;
  std::promise<void> go_on;
  disk_->set_free_space_hook([&] {
    disk_->set_free_space_hook(nullptr);
    reached.set_value();
    go_on.get_future().wait();
  });
  std::thread poller([&] { spool_->poll_health(); });
  reached.get_future().wait();
  const auto patience = std::chrono::steady_clock::now() + seconds(20);
  while (spool_->health() != spool_health::failed && std::chrono::steady_clock::now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_EQ(spool_->health(), spool_health::failed);
  EXPECT_GE(spool_->waits().write, options().commit_deadline);
  go_on.set_value();
  poller.join();
  EXPECT_EQ(spool_->health(), spool_health::well);
  EXPECT_EQ(spool_->waits().write, milliseconds(0));
}

TEST_F(SpoolFault, AStalledDiskFailsCommitsAtTheirDeadline) {
  std::mutex mutex;
  std::condition_variable opened;
  bool open_gate = false;
  disk_->set_sync_hook([&](const std::string& path) {
    if (!path.ends_with(".sst") && !path.ends_with(".blob")) return;
    std::unique_lock lock(mutex);
    opened.wait(lock, [&] { return open_gate; });
  });
  const auto failed = accept_until_error();
  {
    const std::lock_guard lock(mutex);
    open_gate = true;
  }
  opened.notify_all();
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->code, errc::unavailable);
  EXPECT_EQ(spool_->health(), spool_health::slow);
  // How long the backlog takes is the machine's affair.
  const auto patience = std::chrono::steady_clock::now() + seconds(20);
  while (spool_->health() == spool_health::slow && std::chrono::steady_clock::now() < patience) {
    spool_->poll_health();
    std::this_thread::yield();
  }
  EXPECT_EQ(spool_->health(), spool_health::well);
  expect_all_promised();
  disk_->set_sync_hook(nullptr);
}

}  // namespace
}  // namespace signpost::storage
