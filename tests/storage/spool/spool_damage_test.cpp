// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Sorted files of the mail's database are damaged or gone. The spool opens, what can be derived is
// there again, what is there is delivered, and every message that is not is counted and named.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/manifest_reader.hpp"
#include "storage/format/rocks_options.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/repair/table_mending.hpp"
#include "tests/storage/damage.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

constexpr std::size_t messages = 160;
/// Kept whole in sorted files, and kept in blob files.
constexpr std::size_t small_body = 300;
constexpr std::size_t large_body = 3000;

class SpoolDamage : public testing::Test {
 protected:
  SpoolDamage() { configure_logging({.level = log_level::off}); }
  spool_options options() const {
    return {.path = folder_.path() + "/spool",
            .env = env_.get(),
            .memory_octets = 512U << 10,
            .record_entries = 4096};
  }
  void open() {
    spool_.reset();
    spool_ = must_open(options());
  }
  /// The operator knows what is missing.
  void accept_losses() {
    const loss_register losses(options().path);
    for (const auto& l : losses.pending()) ASSERT_TRUE(losses.accept(l.id));
    spool_->poll_health();
  }

  /// Mail of three recipients each for several next hops, all of it in sorted files.
  void fill() {
    open();
    change_set changes;
    for (std::size_t i = 0; i < messages; ++i) {
      auto m = make_message(*spool_, {.recipients = 3,
                                      .due = start + seconds(i),
                                      .next_hop = hop(i),
                                      .octets = i % 2 == 0 ? small_body : large_body});
      queued_.insert(m.message.id);
      changes.accept(std::move(m));
    }
    ASSERT_TRUE(spool_->commit(std::move(changes)).has_value());
    flush();
  }
  static std::string hop(std::size_t i) { return "dest" + std::to_string(i % 4) + ".example"; }
  /// Closes; each family has one file then.
  void flush() {
    spool_.reset();
    const auto mail = std::move(*database::open(options()));
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (auto* family : mail->families()) {
      ASSERT_TRUE(mail->db().Flush({}, family).ok());
      ASSERT_TRUE(mail->db().CompactRange(all, family, nullptr, nullptr).ok());
    }
  }
  std::vector<fs::path> files_of(const std::string& family) const {
    std::vector<fs::path> found;
    const auto needs = read_log_needs(*env_->GetFileSystem(), options().path);
    for (const auto& [number, table] : needs->tables) {
      if (needs->family_names.at(table.family) != family) continue;
      char name[32];
      std::snprintf(name, sizeof name, "%06llu.sst", static_cast<unsigned long long>(number));
      found.push_back(fs::path(options().path) / name);
    }
    return found;
  }
  void damage(const std::string& family, const std::function<void(const fs::path&)>& how) {
    const auto files = files_of(family);
    ASSERT_FALSE(files.empty()) << family;
    for (const auto& file : files) how(file);
  }
  std::string report() const {
    std::string text;
    const loss_register losses(options().path);
    for (const auto& l : losses.pending()) text += read_file(losses.file_of(l.id));
    return text;
  }
  bool is_whole(const model::queue_id& id) {
    memory_budget budget{16U << 20};
    const auto body = spool_->body(id, budget);
    const auto rows = spool_->envelopes(id);
    return spool_->message(id) && body && rows && rows->size() == 3
           && (*body)->octets() == body_of(id, (*body)->octets().size());
  }
  /// What is not whole any more; every one of them is named.
  std::size_t expect_missing_are_named(const std::string& what) {
    const auto text = report();
    std::size_t missing = 0;
    for (const auto& id : queued_) {
      if (is_whole(id)) continue;
      ++missing;
      EXPECT_NE(text.find(id.to_string()), std::string::npos) << what;
    }
    EXPECT_EQ(spool_->health(), missing > 0 ? spool_health::incomplete : spool_health::well)
        << what;
    EXPECT_EQ(spool_->unaccounted(), missing) << what;
    return missing;
  }
  void expect_schedule_is_whole(const std::string& what) {
    const auto due = all_due(*spool_);
    EXPECT_EQ(due.size(), spool_->totals().envelopes) << what;
    std::size_t by_hop = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto page = spool_->scan_next_hop(hop(i), {}, wall_time::max(), 10'000);
      ASSERT_TRUE(page.has_value()) << what;
      by_hop += page->envelopes.size();
    }
    EXPECT_EQ(by_hop, due.size()) << what;
  }
  void poll_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) {
      spool_->poll_health();
      std::this_thread::yield();
    }
  }
  /// All of it is delivered, and the files can be rewritten.
  void expect_it_drains(const std::string& what) {
    for (const auto& e : all_due(*spool_)) {
      ASSERT_TRUE(commit(*spool_, settled(e, outcome::delivered))) << what;
    }
    EXPECT_EQ(spool_->totals().messages, 0U) << what;
    flush();
    open();
    EXPECT_EQ(spool_->totals().messages, 0U) << what;
    EXPECT_TRUE(all_due(*spool_).empty()) << what;
  }

  temporary_folder folder_;
  std::shared_ptr<fault_file_system> disk_ = std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(disk_);
  std::unique_ptr<spool> spool_;
  std::set<model::queue_id> queued_;
};

void flip_a_tenth(const fs::path& file) { flip(file, 0.1); }
void remove_it(const fs::path& file) { fs::remove(file); }
void cut_it(const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }
void empty_it(const fs::path& file) { fs::resize_file(file, 0); }
void zero_it(const fs::path& file) { write_file(file, std::string(fs::file_size(file), '\0')); }
void spoil_its_end(const fs::path& file) { flip(file, 0.97, 64); }

struct kind_of_damage {
  const char* name;
  void (*inflict)(const fs::path&);
};
constexpr kind_of_damage kinds[] = {{"flipped", flip_a_tenth}, {"removed", remove_it},
                                    {"cut", cut_it},           {"empty", empty_it},
                                    {"zeros", zero_it},        {"end spoilt", spoil_its_end}};

// ---- when it is opened ----

TEST_F(SpoolDamage, WhatIsDerivableIsMadeAgainAndNothingIsLost) {
  fill();
  for (const auto* family : {"sched", "dest"}) {
    for (const auto& kind : kinds) {
      const auto what = std::string(kind.name) + " " + family;
      damage(family, kind.inflict);
      open();
      EXPECT_EQ(expect_missing_are_named(what), 0U);
      // `dest` is not read at the start: whoever meets the damage has it mended.
      (void)spool_->scan_next_hop(hop(0), {}, wall_time::max(), 10'000);
      spool_->poll_health();
      EXPECT_EQ(expect_missing_are_named(what), 0U);
      expect_schedule_is_whole(what);
      flush();
    }
  }
  open();
  expect_it_drains("after all");
}

TEST_F(SpoolDamage, AFlippedBlockOfRecordsCostsOnlyWhatIsInIt) {
  for (const auto* family : {"env", "rcpt"}) {
    fill();
    damage(family, flip_a_tenth);
    open();
    (void)all_due(*spool_);
    for (const auto& id : queued_) (void)spool_->message(id);
    spool_->poll_health();
    const auto missing = expect_missing_are_named(family);
    EXPECT_GT(missing, 0U) << family;
    EXPECT_LT(missing, messages / 4) << family;
    expect_schedule_is_whole(family);
    expect_it_drains(family);
    spool_.reset();
    queued_.clear();
    for (const auto* ending : {"", ".acknowledged", ".losses", "-activity"}) {
      fs::remove_all(options().path + ending);
    }
  }
}

TEST_F(SpoolDamage, AFileOfRecordsThatIsLostIsToldAndTheNodeStarts) {
  for (const auto* family : {"env", "rcpt"}) {
    for (const auto& kind : kinds) {
      if (kind.inflict == flip_a_tenth) continue;  // only a part is lost then
      const auto what = std::string(kind.name) + " " + family;
      fill();
      damage(family, kind.inflict);
      open();
      for (const auto& id : queued_) (void)spool_->message(id);
      spool_->poll_health();
      EXPECT_GT(expect_missing_are_named(what), 0U) << what;
      expect_schedule_is_whole(what);
      // What comes later is not concerned, once the loss is accepted.
      accept_losses();
      EXPECT_EQ(spool_->health(), spool_health::well) << what;
      accept(*spool_);
      expect_it_drains(what);
      spool_.reset();
      queued_.clear();
      for (const auto* ending : {"", ".acknowledged", ".losses", "-activity"}) {
        fs::remove_all(options().path + ending);
      }
    }
  }
}

TEST_F(SpoolDamage, DamagedNumbersOfTheStoreCostNoMail) {
  fill();
  for (const auto& kind : kinds) {
    damage("meta", kind.inflict);
    open();
    EXPECT_EQ(expect_missing_are_named(kind.name), 0U);
    const auto fresh = accept(*spool_);
    EXPECT_FALSE(queued_.contains(fresh.message.id)) << "ids are not given twice";
    ASSERT_TRUE(commit(*spool_, settled(fresh.envelopes[0], outcome::delivered)));
    flush();
  }
}

TEST_F(SpoolDamage, OctetsThatAreLostLeaveTheirRecipientsQueued) {
  fill();
  damage("body", flip_a_tenth);
  open();
  for (const auto& id : queued_) (void)is_whole(id);
  spool_->poll_health();
  const auto unreadable = expect_missing_are_named("body");
  EXPECT_GT(unreadable, 0U);
  EXPECT_LT(unreadable, messages / 4);
  EXPECT_EQ(all_due(*spool_).size(), 3 * messages) << "their senders can be told";
  expect_it_drains("body");
}

TEST_F(SpoolDamage, AFileWithReferencesToOctetsThatIsLostEndsNoProcess) {
  fill();
  damage("body", remove_it);
  open();
  EXPECT_EQ(expect_missing_are_named("body"), messages);
  expect_it_drains("body");
  accept_losses();
  const auto m = accept(*spool_);
  flush();
  open();
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
}

// ---- while it is open ----

TEST_F(SpoolDamage, AFileThatCannotBeRewrittenIsMendedAndMailGoesOn) {
  fill();
  damage("dest", flip_a_tenth);
  const auto kept = loss_register(options().path).folder();
  // Each start makes a file of what the log has, until there are enough to be compacted.
  for (int starts = 0; starts < 10 && !fs::exists(kept); ++starts) {
    open();
    // No commit fails over it.
    queued_.insert(
        accept(*spool_, {.recipients = 3, .next_hop = hop(0), .octets = small_body}).message.id);
    const auto enough = std::chrono::steady_clock::now() + milliseconds(starts < 4 ? 0 : 3000);
    do {
      spool_->poll_health();
      std::this_thread::yield();
    } while (!fs::exists(kept) && std::chrono::steady_clock::now() < enough);
  }
  EXPECT_TRUE(fs::exists(kept)) << "the file was kept";
  EXPECT_EQ(spool_->damaged_files(), 1U);
  EXPECT_EQ(expect_missing_are_named("dest"), 0U);
  expect_schedule_is_whole("dest");
  expect_it_drains("dest");
}

TEST_F(SpoolDamage, WhatIsFoundByReadingAllOfItIsMended) {
  fill();
  damage("dest", flip_a_tenth);
  auto scrubbing = options();
  scrubbing.scrub_octets_per_second = 1U << 30;
  scrubbing.scrub_interval = milliseconds(10);
  spool_ = must_open(scrubbing);
  poll_until([&] { return spool_->damaged_files() > 0; });
  EXPECT_EQ(spool_->damaged_files(), 1U);
  EXPECT_GE(spool_->scrub().findings, 1U) << "what was counted before still is";
  EXPECT_EQ(expect_missing_are_named("dest"), 0U);
  expect_schedule_is_whole("dest");
}

TEST_F(SpoolDamage, ReadersAndTheWriterWaitWhileItIsMended) {
  fill();
  open();
  std::atomic<bool> ending{false};
  std::atomic<std::size_t> failed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!ending) {
        for (const auto& id : queued_) failed += spool_->message(id) ? 0U : 1U;
        (void)spool_->health();
        (void)spool_->trouble();
        (void)spool_->totals();
        (void)spool_->log_state();
      }
    });
  }
  damage("dest", flip_a_tenth);
  // Nobody has read it yet, and readers who never pause do not keep it from being mended.
  (void)spool_->scan_next_hop(hop(0), {}, wall_time::max(), 10'000);
  spool_->poll_health();
  EXPECT_TRUE(commit(*spool_, settled(all_due(*spool_).front(), outcome::delivered)));
  ending = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(spool_->damaged_files(), 1U);
  EXPECT_EQ(failed, 0U);
}

TEST_F(SpoolDamage, TheDamageIsKeptAndAnotherStartFindsNone) {
  fill();
  damage("rcpt", flip_a_tenth);
  const auto before = survey_tables({.folder = options().path, .env = env_.get()});
  ASSERT_TRUE(before.has_value());
  ASSERT_EQ(before->damaged.size(), 1U);
  EXPECT_EQ(before->damaged[0].family, "rcpt");
  EXPECT_FALSE(before->damaged[0].as_a_whole);
  open();
  const auto kept = fs::path(loss_register(options().path).folder())
                    / ("kept-table-" + before->damaged[0].file) / before->damaged[0].file;
  EXPECT_TRUE(fs::exists(kept));
  spool_.reset();
  const auto after = survey_tables({.folder = options().path, .env = env_.get()});
  ASSERT_TRUE(after.has_value());
  EXPECT_FALSE(after->any());
  EXPECT_GT(after->files, 4U);
}

// Ended between the mending and the telling.
TEST_F(SpoolDamage, WhatWasMendedAndNotToldIsToldByTheNextStart) {
  fill();
  damage("rcpt", flip_a_tenth);
  const auto mended = mend_tables({.folder = options().path, .env = env_.get()});
  ASSERT_TRUE(mended.has_value());
  EXPECT_TRUE(is_mending_noted({.folder = options().path, .env = env_.get()}));
  const auto again = mend_tables({.folder = options().path, .env = env_.get()});
  ASSERT_TRUE(again.has_value());
  ASSERT_EQ(again->damaged.size(), 1U);
  EXPECT_EQ(again->damaged[0].to_string(), mended->damaged[0].to_string());
  EXPECT_EQ(again->kept, mended->kept);
  open();
  EXPECT_FALSE(is_mending_noted({.folder = options().path, .env = env_.get()}));
  EXPECT_GT(expect_missing_are_named("rcpt"), 0U);
  EXPECT_NE(report().find(mended->damaged[0].file), std::string::npos);
  expect_schedule_is_whole("rcpt");
}

TEST_F(SpoolDamage, WithoutARecordOfWhatWasAcknowledgedPartsOfMessagesAreTold) {
  fill();
  damage("rcpt", flip_a_tenth);
  fs::remove(options().path + ".acknowledged");
  ASSERT_TRUE(mend_tables({.folder = options().path, .env = env_.get()}).has_value());
  open();
  EXPECT_EQ(spool_->health(), spool_health::incomplete);
  const auto text = report();
  for (const auto& id : queued_) {
    if (is_whole(id)) continue;
    EXPECT_NE(text.find(id.to_string()), std::string::npos);
  }
}

TEST_F(SpoolDamage, ManyBadBlocksAreTakenOutOneByOne) {
  fill();
  damage("rcpt", [](const fs::path& file) {
    for (const auto at : {0.05, 0.2, 0.35, 0.5, 0.65}) flip(file, at, 4);
  });
  const auto mended = mend_tables({.folder = options().path, .env = env_.get()});
  ASSERT_TRUE(mended.has_value());
  ASSERT_EQ(mended->damaged.size(), 1U);
  EXPECT_FALSE(mended->damaged[0].as_a_whole);
  EXPECT_GE(mended->damaged[0].blocks, 3U);
  EXPECT_NE(mended->damaged[0].to_string().find("(rcpt)"), std::string::npos);
  EXPECT_FALSE(survey_tables({.folder = options().path, .env = env_.get()})->any());
}

TEST_F(SpoolDamage, WhatSomebodyHasOpenIsLeftAlone) {
  fill();
  open();
  EXPECT_EQ(mend_tables({.folder = options().path, .env = env_.get()}).error().code,
            errc::conflict);
  EXPECT_EQ(mend_tables({.folder = folder_.path() + "/none"}).error().code, errc::not_found);
}

}  // namespace
}  // namespace signpost::storage
