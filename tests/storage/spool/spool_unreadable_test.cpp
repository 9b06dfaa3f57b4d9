// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Octets that the disk does not give back: what is told apart, what still works, and what the
// operator learns.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "base/log.hpp"
#include "storage/spool/repair/mending_spool.hpp"
#include "storage/spool/unreadable_register.hpp"
#include "tests/storage/damage.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;
using model::outcome;

class SpoolUnreadable : public testing::Test {
 protected:
  SpoolUnreadable() {
    configure_logging({.level = log_level::off});
    open();
  }
  spool_options options() const { return {.path = folder_.path() + "/spool"}; }
  /// With buffers that soon go to files.
  spool_options small() const {
    auto o = options();
    o.memory_octets = 128U << 10;
    o.free_octets_min = 1000;
    return o;
  }
  void open() { spool_ = must_open(options()); }
  /// What was in the log alone stands in files afterwards.
  void open_again() {
    spool_.reset();
    open();
  }
  std::vector<fs::path> files(std::string_view ending) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(options().path)) {
      if (entry.path().extension() == ending) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }
  /// Turns octets over where `text` begins, in whichever of these files has it.
  bool damage(std::string_view ending, const std::string& text) {
    for (const auto& path : files(ending)) {
      const auto at = read_file(path).find(text);
      if (at == std::string::npos) continue;
      flip_at(path, at, 16);
      return true;
    }
    return false;
  }
  /// Of the family, the first rows of each file, once.
  bool damage_rows(const std::string& family) {
    for (const auto& path : files(".sst")) {
      const auto octets = read_file(path);
      if (octets.find("rocksdb") == std::string::npos) continue;
      if (octets.find(family) == std::string::npos) continue;
      if (damaged_files_.insert(path).second) flip_at(path, 4, 36);
    }
    return !damaged_files_.empty();
  }
  std::uint64_t damage_met() { return dynamic_cast<mending_spool&>(*spool_).damage_met(); }
  errc body_error(const new_message& m) {
    const auto body = spool_->body(m.message.id, budget_);
    return body ? errc{} : body.error().code;
  }

  temporary_folder folder_;
  std::unique_ptr<spool> spool_;
  std::set<fs::path> damaged_files_;
  memory_budget budget_{64U << 20};
};

std::string text_in(const new_message& m) {
  return std::string(m.body->octets().substr(m.body->octets().size() / 2, 48));
}

/// Whose octets are nowhere the same.
new_message accept_large(spool& spool) {
  auto m = make_message(spool);
  std::string text = "Subject: large\r\n\r\n";
  for (int line = 0; text.size() < body_whole_octets_max + 300'000; ++line) {
    text += "this is line " + std::to_string(1'000'000 + line) + " of a large message\r\n";
  }
  m.message.size = text.size();
  m.body = std::make_shared<const message_body>(std::move(text));
  change_set changes;
  changes.accept(m);
  EXPECT_TRUE(spool.commit(std::move(changes)));
  return m;
}

TEST_F(SpoolUnreadable, ADamagedBodyIsCorruptAndNobodyElseIs) {
  const auto damaged = accept(*spool_, {.octets = 5000});
  const auto sound = accept(*spool_, {.octets = 5000});
  open_again();
  ASSERT_TRUE(damage(".blob", text_in(damaged)));
  open_again();
  EXPECT_EQ(body_error(damaged), errc::corrupt);
  EXPECT_EQ(body_error(sound), errc{});
  EXPECT_TRUE(spool_->message(damaged.message.id));
  EXPECT_EQ(*spool_->envelopes(damaged.message.id), damaged.envelopes);
  EXPECT_TRUE(commit(*spool_, settled(damaged.envelopes[0], outcome::bounced)));
  EXPECT_EQ(body_error(damaged), errc::not_found);
  EXPECT_EQ(spool_->totals().messages, 1U);
}

TEST_F(SpoolUnreadable, ABodyWhoseFileIsGoneIsCorruptButNotIfTheWholeFolderIs) {
  const auto lost = accept(*spool_, {.octets = 5000});
  open_again();
  const auto path = options().path;
  fs::rename(path, path + ".elsewhere");
  EXPECT_EQ(body_error(lost), errc::unavailable);
  fs::rename(path + ".elsewhere", path);
  EXPECT_EQ(body_error(lost), errc{});
  open_again();
  for (const auto& file : files(".blob")) fs::remove(file);
  EXPECT_EQ(body_error(lost), errc::corrupt);
}

TEST_F(SpoolUnreadable, OfALargeMessageThePartsBeforeTheDamageCanBeRead) {
  const auto m = accept_large(*spool_);
  open_again();
  ASSERT_TRUE(damage(".blob", std::string(m.body->octets().substr(3 * body_part_octets + 99, 64))));
  open_again();
  EXPECT_TRUE(spool_->body_part(m.message.id, 0));
  EXPECT_TRUE(spool_->body_part(m.message.id, 2));
  EXPECT_EQ(spool_->body_part(m.message.id, 3).error().code, errc::corrupt);
  EXPECT_EQ(body_error(m), errc::corrupt);
}

TEST_F(SpoolUnreadable, TheFirstPartCanBeReadAlsoIfTheSecondIsDamaged) {
  const auto m = accept_large(*spool_);
  open_again();
  ASSERT_TRUE(damage(".blob", std::string(m.body->octets().substr(body_part_octets + 99, 64))));
  open_again();
  EXPECT_TRUE(spool_->body_part(m.message.id, 0));
  EXPECT_EQ(spool_->body_part(m.message.id, 1).error().code, errc::corrupt);
}

TEST_F(SpoolUnreadable, DamagedRecipientsHoldUpNobodyAndAreNoted) {
  spool_.reset();
  spool_ = must_open(small());
  // Rows that nobody has read since they went to a file: they are not in a cache.
  const auto damaged = accept(*spool_, {.recipients = 60});
  std::vector<new_message> sound;
  // Once a file is there the rows may still be read from memory for a moment.
  const auto is_met = [&] { return all_due(*spool_).size() < 60 + 20 * sound.size(); };
  for (int round = 0; round < 200 && !(damage_rows("rcpt") && is_met()); ++round) {
    sound.push_back(accept(*spool_, {.recipients = 20, .octets = 20'000}));
  }
  const auto last = accept(*spool_, {.due = start + seconds(1)});
  for (int i = 0; i < 2; ++i) {
    const auto due = all_due(*spool_);
    EXPECT_LT(due.size(), 61 + 20 * sound.size());
    EXPECT_TRUE(std::ranges::find(due, last.envelopes[0]) != due.end());
    EXPECT_TRUE(std::ranges::find(due, sound.back().envelopes[0]) != due.end());
  }
  EXPECT_GE(spool_->unreadable(), 1U);
  const auto told = read_file(folder_.path() + "/spool.losses/messages.unreadable");
  const auto named = "message " + damaged.message.id.to_string() + " number=0 ";
  ASSERT_NE(told.find(named), std::string::npos);
  EXPECT_EQ(told.find(named, told.find(named) + 1), std::string::npos);
  EXPECT_NE(told.find("sender=<alice@sender.example> recipient=unknown"), std::string::npos);
  // What is known to its attempt can still be written, and the message stays for who mends it.
  EXPECT_TRUE(commit(*spool_, settled(damaged.envelopes[0], outcome::delivered)));
  EXPECT_TRUE(commit(*spool_, settled(last.envelopes[0], outcome::delivered)));
  EXPECT_TRUE(spool_->message(damaged.message.id));
}

// RocksDB rewrites blob files behind our back, and would take no writes after it met damage.
TEST_F(SpoolUnreadable, DamageThatIsMetInTheBackgroundDoesNotEndTheStore) {
  spool_.reset();
  spool_ = must_open(small());
  const auto damaged = accept(*spool_, {.octets = 20'000});
  const auto fill = [&] {
    for (int i = 0; i < 20; ++i) {
      const auto m = accept(*spool_, {.octets = 20'000});
      if (!commit(*spool_, settled(m.envelopes[0], outcome::delivered))) return false;
    }
    return true;
  };
  while (files(".blob").empty() || !damage(".blob", text_in(damaged))) ASSERT_TRUE(fill());
  for (int round = 0; round < 100 && damage_met() == 0; ++round) {
    // It may have been rewritten just before the damage.
    (void)damage(".blob", text_in(damaged));
    ASSERT_TRUE(fill()) << round;
    spool_->poll_health();
    ASSERT_EQ(spool_->health(), spool_health::well) << round;
  }
  ASSERT_GT(damage_met(), 0U);
  ASSERT_TRUE(fill());
  EXPECT_EQ(body_error(damaged), errc::corrupt);
  EXPECT_TRUE(commit(*spool_, settled(damaged.envelopes[0], outcome::bounced)));
  EXPECT_TRUE(fill());
}

TEST_F(SpoolUnreadable, TheRegisterWaitsForTheOperatorAlsoOverARestart) {
  const auto id = spool_->next_id(start);
  const unreadable_recipient one{.id = id,
                                 .index = 3,
                                 .recipient = "u@zone.example\nmessage forged",
                                 .destination = "v@dest.example",
                                 .sender = "",
                                 .why = "block checksum mismatch"};
  EXPECT_TRUE(spool_->note_unreadable({one}, start));
  EXPECT_TRUE(spool_->note_unreadable({one}, start));
  EXPECT_EQ(spool_->unreadable(), 1U);
  open_again();
  EXPECT_EQ(spool_->unreadable(), 1U);
  EXPECT_TRUE(spool_->note_unreadable({one}, start));
  unreadable_register seen(options().path);
  EXPECT_EQ(seen.messages(), 1U);
  EXPECT_EQ(std::ranges::count(read_file(seen.file()), '\n'), 1);
  EXPECT_TRUE(seen.accept(start));
  EXPECT_EQ(seen.accept(start).error().code, errc::not_found);
  spool_->poll_health();
  EXPECT_EQ(spool_->unreadable(), 0U);
  EXPECT_TRUE(spool_->note_unreadable({one}, start + seconds(9)));
  EXPECT_EQ(spool_->unreadable(), 1U);
}

TEST_F(SpoolUnreadable, WhatCannotBeNotedIsSaid) {
  write_file(folder_.path() + "/spool.losses", "no folder");
  EXPECT_FALSE(spool_->note_unreadable({{.id = spool_->next_id(start)}}, start));
  EXPECT_EQ(spool_->unreadable(), 0U);
}

}  // namespace
}  // namespace signpost::storage
