// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Looking through a spool, saving what can be read of it, making its schedule anew: with damage in
// every kind of file.
#include "storage/spool/repair/spool_tools.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/log.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

class SpoolTools : public testing::Test {
 protected:
  SpoolTools() {
    configure_logging({.level = log_level::off});
    open();
    for (int i = 0; i < 6; ++i) {
      accepted_.push_back(accept(*spool_, {.recipients = 2, .octets = 4000}));
    }
    accepted_.push_back(accept(*spool_, {.octets = body_whole_octets_max + 400'000}));
    accepted_.push_back(accept(*spool_, {.octets = 300}));
    EXPECT_TRUE(commit(*spool_, settled(accepted_[0].envelopes[1], outcome::delivered)));
    ended_ = accept(*spool_);
    EXPECT_TRUE(commit(*spool_, settled(ended_.envelopes[0], outcome::delivered)));
  }
  spool_options options() const { return {.path = folder_.path() + "/spool"}; }
  void open() { spool_ = must_open(options()); }
  /// Everything stands in sorted files and blob files.
  void close_flushed() {
    for (int i = 0; i < 2; ++i) {
      spool_.reset();
      open();
    }
    spool_.reset();
  }
  void each_file(std::string_view ending, const std::function<void(std::string&)>& change,
                 std::string_view with = {}) {
    for (const auto& entry : fs::directory_iterator(options().path)) {
      if (entry.path().extension() != ending) continue;
      auto octets = read_file(entry.path());
      if (octets.find(with) == std::string::npos) continue;
      change(octets);
      write_file(entry.path(), octets);
    }
  }
  static void turn(std::string& octets, std::size_t at, std::size_t count = 16) {
    for (std::size_t i = at; i < std::min(at + count, octets.size()); ++i) {
      octets[i] = static_cast<char>(~octets[i]);
    }
  }
  std::string names(const std::vector<std::string>& lines) const {
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    return all;
  }
  spool_report checked() {
    auto report = check_spool(options().path);
    EXPECT_TRUE(report) << to_string(report.error());
    EXPECT_FALSE(fs::exists(options().path + ".view"));
    return report ? std::move(*report) : spool_report{};
  }
  /// What a node would find after the salvage.
  std::vector<model::envelope> salvaged(const spool_report& report) {
    EXPECT_TRUE(exchange_spool(options().path, fresh(), folder_.path() + "/old", report, start));
    open();
    EXPECT_EQ(spool_->health(), spool_health::well);
    EXPECT_EQ(spool_->unaccounted(), 0U);
    return all_due(*spool_);
  }
  static void wait_until(const std::function<bool()>& done, milliseconds longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }
  std::string fresh() const { return folder_.path() + "/fresh"; }
  std::string aside() const { return folder_.path() + "/aside"; }

  temporary_folder folder_;
  std::unique_ptr<spool> spool_;
  std::vector<new_message> accepted_;
  new_message ended_;
  memory_budget budget_{64U << 20};
};

TEST_F(SpoolTools, AWellSpoolIsWellAlsoWithAWriteAheadLog) {
  for (const bool flushed : {false, true}) {
    if (!flushed) spool_.reset();
    if (flushed) close_flushed();
    const auto before = fs::last_write_time(options().path + "/CURRENT");
    const auto report = checked();
    EXPECT_TRUE(report.is_well()) << names(report.damage) << names(report.lost);
    EXPECT_EQ(report.messages, 8U);
    EXPECT_EQ(report.recipients, 13U);
    EXPECT_EQ(fs::last_write_time(options().path + "/CURRENT"), before);
  }
}

TEST_F(SpoolTools, NobodyLooksWhileANodeRuns) {
  const auto report = check_spool(options().path);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, errc::conflict);
}

TEST_F(SpoolTools, ADamagedBodyIsNamedAndAllOthersAreSaved) {
  close_flushed();
  const auto text = std::string(accepted_[2].body->octets().substr(1500, 40));
  each_file(".blob", [&](std::string& octets) { turn(octets, octets.find(text)); }, text);
  const auto report = checked();
  ASSERT_EQ(report.lost.size(), 1U) << names(report.lost);
  EXPECT_TRUE(report.lost[0].starts_with(accepted_[2].message.id.to_string()));
  EXPECT_NE(report.lost[0].find("<alice@sender.example>"), std::string::npos);
  const auto saved = salvage_spool(options().path, fresh(), aside());
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_EQ(saved->lost, report.lost);
  EXPECT_EQ(saved->messages, 7U);
  const auto due = salvaged(*saved);
  EXPECT_EQ(due.size(), 11U);
  for (const auto& m : accepted_) {
    if (m.message.id == accepted_[2].message.id) continue;
    EXPECT_EQ(spool_->message(m.message.id).value(), m.message);
    EXPECT_EQ((*spool_->body(m.message.id, budget_))->octets(), m.body->octets());
  }
  EXPECT_EQ(spool_->envelopes(accepted_[0].message.id)->at(1).state, outcome::delivered);
  EXPECT_FALSE(spool_->message(ended_.message.id));
  EXPECT_GT(spool_->next_id(start), accepted_.back().message.id);
  const auto told = [&] {
    std::string all;
    for (const auto& entry : fs::directory_iterator(options().path + ".losses")) {
      all += read_file(entry.path());
    }
    return all;
  }();
  EXPECT_NE(told.find("message " + accepted_[2].message.id.to_string()), std::string::npos);
}

TEST_F(SpoolTools, RecipientsThatCannotBeReadAreNamedAndTheirOctetsKept) {
  close_flushed();
  each_file(".sst", [&](std::string& octets) { turn(octets, 4, 40); }, "rcpt");
  const auto report = checked();
  EXPECT_FALSE(report.damage.empty());
  EXPECT_EQ(report.messages, 0U);
  EXPECT_EQ(report.lost.size(), 8U) << names(report.lost);
  const auto saved = salvage_spool(options().path, fresh(), aside());
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_EQ(saved->lost.size(), 8U);
  EXPECT_EQ(read_file(aside() + "/" + accepted_[3].message.id.to_string() + ".eml"),
            accepted_[3].body->octets());
  EXPECT_TRUE(salvaged(*saved).empty());
}

TEST_F(SpoolTools, RecordsThatCannotBeReadLeaveOctetsAndRecipientsBehind) {
  close_flushed();
  each_file(".sst", [&](std::string& octets) { turn(octets, 4, 40); }, "env");
  const auto saved = salvage_spool(options().path, fresh(), aside());
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_EQ(saved->lost.size(), 8U);
  EXPECT_NE(saved->lost[0].find("sender=unknown recipients=<user0@zone.example>"),
            std::string::npos);
  EXPECT_EQ(read_file(aside() + "/" + accepted_[7].message.id.to_string() + ".eml"),
            accepted_[7].body->octets());
}

TEST_F(SpoolTools, ADamagedScheduleIsMadeAnewAndNobodyIsLost) {
  close_flushed();
  each_file(".sst", [&](std::string& octets) { turn(octets, 4, 40); }, "sched");
  auto report = checked();
  EXPECT_FALSE(report.damage.empty());
  EXPECT_TRUE(report.lost.empty()) << names(report.lost);
  const auto placed = rebuild_schedule(options().path);
  ASSERT_TRUE(placed) << to_string(placed.error());
  EXPECT_EQ(*placed, 13U);
  open();
  EXPECT_EQ(all_due(*spool_).size(), 13U);
  EXPECT_EQ(spool_->unaccounted(), 0U);
  spool_.reset();
  report = checked();
  EXPECT_TRUE(report.is_well()) << names(report.damage) << names(report.lost);
}

TEST_F(SpoolTools, WithoutTheNameOfTheListOfFilesItIsFound) {
  close_flushed();
  write_file(options().path + "/CURRENT", "");
  const auto saved = salvage_spool(options().path, fresh(), aside());
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_EQ(saved->messages, 8U);
  EXPECT_EQ(salvaged(*saved).size(), 13U);
}

TEST_F(SpoolTools, AHoleInTheLogIsToldAndWhatIsBehindItIsSaved) {
  spool_.reset();
  const auto text = accepted_[3].message.id.to_string();
  each_file(".log", [&](std::string& octets) { turn(octets, octets.find(text)); }, text);
  const auto report = checked();
  ASSERT_FALSE(report.damage.empty());
  EXPECT_NE(names(report.damage).find("write-ahead log"), std::string::npos);
  const auto saved = salvage_spool(options().path, fresh(), aside());
  ASSERT_TRUE(saved) << to_string(saved.error());
  EXPECT_NE(names(saved->lost).find(accepted_[3].message.id.to_string()), std::string::npos);
  EXPECT_GE(saved->messages, 6U);
}

TEST_F(SpoolTools, WhatWasAcknowledgedAndIsNotThereIsNamed) {
  spool_.reset();
  each_file(".log", [](std::string& octets) { octets.clear(); });
  const auto report = checked();
  for (const auto& m : accepted_) {
    EXPECT_NE(names(report.lost).find(m.message.id.to_string()), std::string::npos);
  }
  EXPECT_EQ(names(report.lost).find(ended_.message.id.to_string()), std::string::npos);
}

TEST_F(SpoolTools, AMissingFileIsNamedAndTheRestIsSaved) {
  close_flushed();
  for (const auto& entry : fs::directory_iterator(options().path)) {
    if (entry.path().extension() == ".blob") fs::remove(entry.path());
  }
  const auto report = checked();
  // One message is small enough to stand beside its row.
  EXPECT_EQ(report.messages, 1U);
  EXPECT_EQ(report.lost.size(), 7U);
}

TEST_F(SpoolTools, NothingIsOverwritten) {
  spool_.reset();
  fs::create_directory(fresh());
  EXPECT_EQ(salvage_spool(options().path, fresh(), aside()).error().code, errc::conflict);
}

// ---- while it runs -----------------------------------------------------------------------------

TEST_F(SpoolTools, DamageIsFoundBeforeAnybodyNeedsTheMessage) {
  close_flushed();
  const auto text = std::string(accepted_[4].body->octets().substr(1500, 40));
  each_file(".blob", [&](std::string& octets) { turn(octets, octets.find(text)); }, text);
  auto scrubbing = options();
  scrubbing.scrub_octets_per_second = 1U << 30;
  scrubbing.scrub_interval = milliseconds(10);
  spool_ = must_open(scrubbing);
  wait_until([&] { return spool_->scrub().passes > 0; }, seconds(20));
  const auto state = spool_->scrub();
  EXPECT_GE(state.passes, 1U);
  EXPECT_GE(state.findings, 1U);
  EXPECT_GT(state.octets, body_whole_octets_max);
  const auto damaged = spool_->take_damaged();
  ASSERT_FALSE(damaged.empty());
  EXPECT_EQ(damaged[0], accepted_[4].message.id);
}

TEST_F(SpoolTools, TheScrubKeepsToItsRateAndEndsAtOnce) {
  spool_.reset();
  auto scrubbing = options();
  scrubbing.scrub_octets_per_second = 1000;
  scrubbing.scrub_interval = milliseconds(1);
  spool_ = must_open(scrubbing);
  wait_until([] { return false; }, milliseconds(200));
  EXPECT_LT(spool_->scrub().octets, 20'000U);
  EXPECT_EQ(spool_->scrub().passes, 0U);
  const auto began = std::chrono::steady_clock::now();
  spool_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(3));
}

}  // namespace
}  // namespace signpost::storage
