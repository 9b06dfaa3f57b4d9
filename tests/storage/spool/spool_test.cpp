// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is written: accepting, changes of state, removal, ids, opening.
#include "storage/spool/spool.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "model/queue/codec.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/schema.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"

namespace signpost::storage {
namespace {

using model::outcome;
using schema::family;

class Spool : public testing::Test {
 protected:
  spool_options options() const { return {.path = folder_.path() + "/spool", .env = env_.get()}; }
  void open() { spool_ = must_open(options()); }
  void reopen() {
    spool_.reset();
    open();
  }
  /// Looks into the closed store.
  std::unique_ptr<database> raw() {
    spool_.reset();
    return std::move(*database::open(options()));
  }
  std::size_t count(const database& database, family f) {
    std::size_t n = 0;
    range_scan scan(database, f, {}, std::string(40, '\xFF'));
    for (; scan.valid(); scan.next()) ++n;
    return n;
  }
  void expect_empty_store() {
    const auto store = raw();
    for (const auto f : {family::body, family::env, family::rcpt, family::sched, family::dest}) {
      EXPECT_EQ(count(*store, f), 0U) << static_cast<int>(f);
    }
  }

  temporary_folder folder_;
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(std::make_shared<fault_file_system>());
  std::unique_ptr<spool> spool_;
  memory_budget budget_{64U << 20};
};

TEST_F(Spool, GivesBackWhatItAccepted) {
  open();
  auto m = make_message(*spool_, {.recipients = 3});
  change_set changes;
  changes.accept(m);
  const auto receipts = spool_->commit(std::move(changes));
  ASSERT_TRUE(receipts.has_value());
  ASSERT_EQ(receipts->size(), 1U);
  EXPECT_EQ(receipts->front().id(), m.message.id);
  reopen();
  EXPECT_EQ(spool_->message(m.message.id), m.message);
  EXPECT_EQ(spool_->envelopes(m.message.id), m.envelopes);
  const auto body = spool_->body(m.message.id, budget_);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ((*body)->octets(), m.body->octets());
  EXPECT_EQ(all_due(*spool_), m.envelopes);
}

TEST_F(Spool, ReceiptsComeInTheOrderOfTheMessages) {
  open();
  std::vector<new_message> messages;
  for (int i = 0; i < 5; ++i) messages.push_back(make_message(*spool_));
  std::ranges::reverse(messages);  // the order is the caller's, not that of the ids
  change_set changes;
  for (const auto& m : messages) changes.accept(m);
  const auto receipts = spool_->commit(std::move(changes));
  ASSERT_TRUE(receipts.has_value());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ((*receipts)[i].id(), messages[i].message.id);
  }
}

TEST_F(Spool, ADroppedMessageLeavesOnlyItsEventsAndGetsAReceipt) {
  open();
  auto m = make_message(*spool_);
  m.envelopes.clear();
  m.body.reset();
  change_set changes;
  changes.accept(m);
  EXPECT_EQ(spool_->commit(std::move(changes))->size(), 1U);
  EXPECT_EQ(spool_->message(m.message.id).error().code, errc::not_found);
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 1U);
  EXPECT_EQ(spool_->totals().messages, 0U);
}

TEST_F(Spool, AMessageGoesWithItsOnlyRecipient) {
  open();
  const auto m = accept(*spool_);
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  EXPECT_EQ(spool_->message(m.message.id).error().code, errc::not_found);
  EXPECT_EQ(spool_->body(m.message.id, budget_).error().code, errc::not_found);
  EXPECT_EQ(spool_->envelopes(m.message.id).error().code, errc::not_found);
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 2U);
  expect_empty_store();
}

TEST_F(Spool, AMessageStaysUntilItsLastRecipientIsFinal) {
  open();
  const auto m = accept(*spool_, {.recipients = 3});
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[1], outcome::delivered)));
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[0], start + seconds(60))));
  EXPECT_EQ(spool_->totals().envelopes, 2U);
  EXPECT_EQ(spool_->totals().deferred, 1U);
  spool_.reset();
  open();  // counted anew
  EXPECT_EQ(spool_->totals().deferred, 1U);
  const auto rows = spool_->envelopes(m.message.id);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].state, outcome::deferred);
  EXPECT_EQ((*rows)[1].state, outcome::delivered);
  EXPECT_EQ(all_due(*spool_).size(), 2U);
  ASSERT_TRUE(commit(*spool_, settled((*rows)[0], outcome::bounced)));
  EXPECT_TRUE(spool_->message(m.message.id).has_value());
  ASSERT_TRUE(commit(*spool_, settled((*rows)[2], outcome::delivered)));
  EXPECT_EQ(spool_->message(m.message.id).error().code, errc::not_found);
  EXPECT_EQ(spool_->totals().messages, 0U);
  EXPECT_EQ(spool_->totals().envelopes, 0U);
  EXPECT_EQ(spool_->totals().deferred, 0U);
  expect_empty_store();
}

TEST_F(Spool, RecipientsThatBecomeFinalInOneSetRemoveTheMessage) {
  open();
  const auto m = accept(*spool_, {.recipients = 3});
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[2], start + seconds(60))));
  change_set changes;
  for (const auto& e : m.envelopes) changes.update(settled(e, outcome::delivered));
  ASSERT_TRUE(spool_->commit(std::move(changes)));
  EXPECT_EQ(spool_->totals().messages, 0U);
  expect_empty_store();
}

TEST_F(Spool, ASetCanAcceptSettleAndRecordAtOnce) {
  open();
  const auto old = accept(*spool_);
  const auto bounce = make_message(*spool_, {.client = ""});
  change_set changes;
  changes.update(settled(old.envelopes[0], outcome::bounced));
  changes.accept(bounce);
  changes.record({.at = start, .kind = model::event_kind::rejected, .zone = "zone.example"});
  EXPECT_EQ(spool_->commit(std::move(changes))->size(), 1U);
  EXPECT_EQ(all_due(*spool_), bounce.envelopes);
  EXPECT_EQ(spool_->totals().messages, 1U);
  EXPECT_EQ(spool_->recent_events("zone.example", 100)->size(), 4U);
}

TEST_F(Spool, SeveralUpdatesOfOneEnvelopeInASetActLikeTheLast) {
  open();
  const auto m = accept(*spool_, {.recipients = 2});
  const auto first = deferred(m.envelopes[0], start + seconds(60));
  const auto second = deferred(first.after, start + seconds(120));
  change_set changes;
  changes.update(first);
  changes.update(second);
  ASSERT_TRUE(spool_->commit(std::move(changes)));
  EXPECT_EQ(spool_->envelopes(m.message.id)->front(), second.after);
  EXPECT_EQ(all_due(*spool_).size(), 2U);
  const auto store = raw();
  EXPECT_EQ(count(*store, family::sched), 2U);
  EXPECT_EQ(count(*store, family::dest), 2U);
}

// An operator removes a message while an attempt is under way; then the attempt's outcome arrives.
TEST_F(Spool, WhatIsGoneDoesNotComeBack) {
  open();
  const auto m = accept(*spool_);
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::removed)));
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[0], start + seconds(60))));
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  EXPECT_TRUE(all_due(*spool_).empty());
  EXPECT_EQ(spool_->totals().envelopes, 0U);
  EXPECT_EQ(spool_->timeline(m.message.id)->size(), 3U);  // received, removed, delivered
  expect_empty_store();
}

TEST_F(Spool, WhatIsFinalStaysFinal) {
  open();
  const auto m = accept(*spool_, {.recipients = 2});
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::removed)));
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[0], start + seconds(60))));
  EXPECT_EQ(spool_->envelopes(m.message.id)->front().state, outcome::removed);
  EXPECT_EQ(all_due(*spool_).size(), 1U);
  EXPECT_EQ(spool_->totals().envelopes, 1U);
}

TEST_F(Spool, AStaleBeforeDoesNotLeaveOldKeysBehind) {
  open();
  const auto m = accept(*spool_);
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[0], start + seconds(60))));
  // `before` is the envelope of the acceptance, not the deferred one.
  ASSERT_TRUE(commit(*spool_, deferred(m.envelopes[0], start + seconds(120))));
  const auto store = raw();
  EXPECT_EQ(count(*store, family::sched), 1U);
  EXPECT_EQ(count(*store, family::dest), 1U);
}

TEST_F(Spool, AnAcceptThatIsCommittedAgainUnchangedIsTheSameMessage) {
  open();
  const auto m = accept(*spool_);
  change_set again;
  again.accept(m);
  EXPECT_EQ(spool_->commit(std::move(again))->size(), 1U);
  EXPECT_EQ(spool_->totals().messages, 1U);
}

TEST_F(Spool, RefusesMessagesThatCannotBe) {
  open();
  const auto good = accept(*spool_);
  const auto commit_one = [&](const new_message& m) {
    change_set changes;
    changes.accept(m);
    return spool_->commit(std::move(changes)).error().code;
  };
  auto other = good;
  other.message.sender = "mallory@sender.example";
  EXPECT_EQ(commit_one(other), errc::conflict);
  auto no_body = make_message(*spool_);
  no_body.body.reset();
  EXPECT_EQ(commit_one(no_body), errc::malformed);
  auto nul = make_message(*spool_);
  nul.envelopes[0].next_hop = model::next_hop(std::string("a\0", 2));
  EXPECT_EQ(commit_one(nul), errc::malformed);
  auto twice = make_message(*spool_, {.recipients = 2});
  twice.envelopes[1].index = 0;
  EXPECT_EQ(commit_one(twice), errc::malformed);
  EXPECT_EQ(spool_->totals().messages, 1U);
}

// Every key is put once and then deleted once, in memory, in files, and across compactions.
TEST_F(Spool, ScheduleKeysSurviveFlushAndCompaction) {
  open();
  const auto m = accept(*spool_, {.recipients = 3});
  auto compact = [&] {
    const auto store = raw();
    for (const auto f : {family::sched, family::dest, family::rcpt}) {
      ASSERT_TRUE(store->db().Flush(rocksdb::FlushOptions(), store->of(f)).ok());
      rocksdb::CompactRangeOptions all;
      all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      ASSERT_TRUE(store->db().CompactRange(all, store->of(f), nullptr, nullptr).ok());
    }
  };
  compact();
  open();
  // There and back again: the same key is put, deleted and put a second time.
  const auto away = deferred(m.envelopes[0], start + seconds(60));
  ASSERT_TRUE(commit(*spool_, away));
  compact();
  open();
  auto back = deferred(away.after, start);
  ASSERT_TRUE(commit(*spool_, back));
  // The same time again: the keys must not be put twice.
  auto same = deferred(back.after, start);
  ASSERT_TRUE(commit(*spool_, same));
  compact();
  open();
  EXPECT_EQ(all_due(*spool_).size(), 3U);
  ASSERT_TRUE(commit(*spool_, settled(same.after, outcome::delivered)));
  compact();
  open();
  EXPECT_EQ(all_due(*spool_).size(), 2U);
  const auto store = raw();
  EXPECT_EQ(count(*store, family::sched), 2U);
  EXPECT_EQ(count(*store, family::dest), 2U);
}

TEST_F(Spool, ANewNextHopMovesTheKey) {
  open();
  const auto m = accept(*spool_);
  auto u = deferred(m.envelopes[0], start);
  u.after.next_hop = model::next_hop("other.example");
  ASSERT_TRUE(commit(*spool_, u));
  EXPECT_TRUE(spool_->scan_next_hop("dest.example", {}, start, 10)->envelopes.empty());
  EXPECT_EQ(spool_->scan_next_hop("other.example", {}, start, 10)->envelopes.size(), 1U);
  EXPECT_EQ(all_due(*spool_).size(), 1U);
}

TEST_F(Spool, CountsAgainWhatItFindsWhenOpened) {
  open();
  const auto a = accept(*spool_, {.recipients = 3});
  accept(*spool_, {.recipients = 2});
  accept(*spool_);
  ASSERT_TRUE(commit(*spool_, settled(a.envelopes[0], outcome::delivered)));
  const auto before = spool_->totals();
  EXPECT_EQ(before.messages, 3U);
  EXPECT_EQ(before.envelopes, 5U);
  reopen();
  EXPECT_EQ(spool_->totals().messages, before.messages);
  EXPECT_EQ(spool_->totals().envelopes, before.envelopes);
  EXPECT_EQ(spool_->totals().oldest, start);
}

TEST_F(Spool, KnowsTheOldestMessageAlsoWhenTheClockSteppedBack) {
  open();
  auto at = [&](wall_time t) {
    auto m = make_message(*spool_);
    m.message.id = spool_->next_id(t);
    for (auto& e : m.envelopes) e.id = m.message.id;
    change_set changes;
    changes.accept(m);
    EXPECT_TRUE(spool_->commit(std::move(changes)).has_value());
    return m;
  };
  EXPECT_EQ(spool_->totals().oldest, std::nullopt);
  const auto second = at(start + seconds(2));
  const auto third = at(start + seconds(3));
  EXPECT_EQ(spool_->totals().oldest, start + seconds(2));
  const auto first = at(start + seconds(1));
  EXPECT_EQ(spool_->totals().oldest, start + seconds(1));
  ASSERT_TRUE(commit(*spool_, settled(first.envelopes[0], outcome::delivered)));
  ASSERT_TRUE(commit(*spool_, settled(second.envelopes[0], outcome::delivered)));
  EXPECT_EQ(spool_->totals().oldest, start + seconds(3));
  ASSERT_TRUE(commit(*spool_, settled(third.envelopes[0], outcome::delivered)));
  EXPECT_EQ(spool_->totals().oldest, std::nullopt);
  at(start);
  EXPECT_EQ(spool_->totals().oldest, start);
}

TEST_F(Spool, IdsAreUniqueAlsoAcrossRestartsWithASteppingClock) {
  std::set<std::string> ids;
  for (int run = 0; run < 4; ++run) {
    open();
    for (int i = 0; i < 1000; ++i) {
      // The clock stands still, and after each restart it is an hour earlier.
      const auto id = spool_->next_id(start - std::chrono::hours(run % 2));
      EXPECT_TRUE(ids.insert(std::string(id.octets())).second);
    }
    accept(*spool_);
    spool_.reset();
  }
}

TEST_F(Spool, SequenceNumbersAreNotUsedAgain) {
  open();
  const auto before = accept(*spool_).message.id;
  reopen();
  EXPECT_GT(spool_->next_id(start), before);
}

TEST_F(Spool, ASecondOpenIsAConflict) {
  open();
  const auto second = spool::open(options());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_NE(second.error().context.find("another signpostd"), std::string::npos);
}

// Rows as a program of schema version 1 left them: marked 1.0 and without their last field.
TEST_F(Spool, RecipientsOfAnOlderSchemaAreReadAndSettled) {
  open();
  const auto old = accept(*spool_, {.recipients = 2});
  {
    const auto store = raw();
    for (const auto& e : old.envelopes) {
      auto value = encode(e);
      ASSERT_EQ(value.back(), '\0');
      value.pop_back();
      value[0] = '\x10';
      ASSERT_TRUE(store->db()
                      .Put({}, store->of(family::rcpt), schema::rcpt_key(e.id, e.index), value)
                      .ok());
    }
    ASSERT_TRUE(store->put_meta_number(schema::meta::schema_version, 1));
  }
  open();
  EXPECT_EQ(all_due(*spool_), old.envelopes);
  auto moved = old.envelopes[0];
  moved.next_hop = model::next_hop("other.example");
  moved.next_attempt += seconds(1);
  moved.fallbacks = {"third@else.example"};
  ASSERT_TRUE(commit(*spool_, {.before = old.envelopes[0], .after = moved, .events = {}}));
  ASSERT_TRUE(commit(*spool_, settled(old.envelopes[1], outcome::delivered)));
  EXPECT_EQ(all_due(*spool_), std::vector{moved});
  EXPECT_EQ(spool_->scan_next_hop("other.example", {}, wall_time::max(), 10)->envelopes,
            std::vector{moved});
  spool_.reset();
  EXPECT_EQ(*raw()->meta_number(schema::meta::schema_version), schema::version);
}

// ---- large messages ----

TEST_F(Spool, ALargeMessageIsReadWholeOrInPartsAndRemovedWithAllOfThem) {
  open();
  const auto octets = body_whole_octets_max + body_part_octets / 2;
  const auto m = accept(*spool_, {.octets = octets});
  const auto small = accept(*spool_, {.octets = body_whole_octets_max});
  const auto want = body_of(m.message.id, octets);
  reopen();
  EXPECT_EQ((*spool_->body(m.message.id, budget_))->octets(), want);
  std::string got;
  for (std::uint64_t part = 0; got.size() < octets; ++part) {
    const auto piece = spool_->body_part(m.message.id, part);
    ASSERT_TRUE(piece.has_value());
    EXPECT_TRUE(piece->size() == body_part_octets || got.size() + piece->size() == octets);
    got += *piece;
  }
  EXPECT_EQ(got, want);
  EXPECT_EQ(spool_->body_part(m.message.id, 5).error().code, errc::not_found);
  EXPECT_EQ(spool_->body_part(small.message.id, 0).error().code, errc::not_found);
  EXPECT_EQ((*spool_->body(small.message.id, budget_))->octets(),
            body_of(small.message.id, body_whole_octets_max));
  spool_.reset();
  EXPECT_EQ(count(*raw(), family::body), 6U);
  open();
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  ASSERT_TRUE(commit(*spool_, settled(small.envelopes[0], outcome::removed)));
  EXPECT_EQ(spool_->body(m.message.id, budget_).error().code, errc::not_found);
  spool_.reset();
  EXPECT_EQ(count(*raw(), family::body), 0U);
}

// As a program of schema version 2 left it: whole, whatever its size.
TEST_F(Spool, ALargeMessageOfAnOlderSchemaIsReadWholeAndRemoved) {
  open();
  const auto octets = body_whole_octets_max + body_part_octets / 2;
  const auto m = accept(*spool_, {.octets = octets});
  const auto want = body_of(m.message.id, octets);
  {
    const auto store = raw();
    for (std::uint64_t part = 1; part < schema::parts_of(octets); ++part) {
      ASSERT_TRUE(store->db()
                      .Delete({}, store->of(family::body), schema::part_key(m.message.id, part))
                      .ok());
    }
    ASSERT_TRUE(
        store->db().Put({}, store->of(family::body), schema::part_key(m.message.id, 0), want).ok());
    ASSERT_TRUE(store->put_meta_number(schema::meta::schema_version, 2));
  }
  open();
  EXPECT_EQ((*spool_->body(m.message.id, budget_))->octets(), want);
  EXPECT_EQ(spool_->body_part(m.message.id, 0).error().code, errc::not_found);
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  spool_.reset();
  EXPECT_EQ(*raw()->meta_number(schema::meta::schema_version), schema::version);
  EXPECT_EQ(count(*raw(), family::body), 0U);
}

// A part that is gone is no message: it is told, and nothing shorter is sent.
TEST_F(Spool, ALargeMessageThatLacksAPartIsNotRead) {
  open();
  const auto octets = body_whole_octets_max + 3 * body_part_octets;
  const auto m = accept(*spool_, {.octets = octets});
  {
    const auto store = raw();
    ASSERT_TRUE(
        store->db().Delete({}, store->of(family::body), schema::part_key(m.message.id, 4)).ok());
  }
  open();
  EXPECT_FALSE(spool_->body(m.message.id, budget_).has_value());
  EXPECT_FALSE(spool_->body_part(m.message.id, 4).has_value());
}

// What an attempt at its first destination leads to when there is another one.
TEST_F(Spool, ARecipientThatGoesOnElsewhereChangesItsPlaceInOneWrite) {
  open();
  auto m = accept(*spool_).envelopes[0];
  auto moved = m;
  moved.next_hop = model::next_hop("https://hooks.example:8443");
  ASSERT_TRUE(commit(*spool_, {.before = m, .after = moved, .events = {}}));
  EXPECT_TRUE(
      spool_->scan_next_hop(m.next_hop.text(), {}, wall_time::max(), 10)->envelopes.empty());
  EXPECT_EQ(spool_->scan_next_hop(moved.next_hop.text(), {}, wall_time::max(), 10)->envelopes,
            std::vector{moved});
  EXPECT_EQ(all_due(*spool_), std::vector{moved});
  reopen();
  EXPECT_EQ(all_due(*spool_), std::vector{moved});
}

TEST_F(Spool, ANewerSchemaIsRefusedInWords) {
  open();
  ASSERT_TRUE(raw()->put_meta_number(schema::meta::schema_version, 999));
  const auto opened = spool::open(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, errc::malformed);
  EXPECT_NE(opened.error().context.find("999"), std::string::npos) << opened.error().context;
}

TEST_F(Spool, AFamilyOfANewerSchemaIsRefusedInWords) {
  open();
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  {
    const auto store = raw();
    ASSERT_TRUE(store->db().CreateColumnFamily({}, "hologram", &handle).ok());
    store->db().DestroyColumnFamilyHandle(handle);
  }
  const auto opened = spool::open(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, errc::malformed);
  EXPECT_NE(opened.error().context.find("hologram"), std::string::npos) << opened.error().context;
}

TEST_F(Spool, ASpoiltCurrentIsPutBackFromTheOnlyManifest) {
  open();
  const auto kept = accept(*spool_);
  for (const std::string_view content : {"garbage", "MANIFEST-009999\n"}) {
    spool_.reset();
    const auto current = options().path + "/CURRENT";
    std::ofstream(current, std::ios::trunc) << content;
    std::filesystem::remove(current + ".spare");
    open();
    EXPECT_EQ(all_due(*spool_), kept.envelopes) << content;
  }
}

TEST_F(Spool, AFileThatIsMissingIsCorruptionWithItsName) {
  open();
  spool_.reset();
  std::vector<std::filesystem::path> manifests;
  for (const auto& entry : std::filesystem::directory_iterator(options().path)) {
    if (entry.path().filename().string().starts_with("MANIFEST-")) manifests.push_back(entry);
  }
  for (const auto& path : manifests) std::filesystem::remove(path);
  const auto opened = spool::open(options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, errc::corrupt) << opened.error().context;
  EXPECT_NE(opened.error().context.find("MANIFEST-"), std::string::npos) << opened.error().context;
}

TEST_F(Spool, ARecipientThatFellOutOfTheScheduleIsPutBack) {
  open();
  const auto lost = accept(*spool_, {.recipients = 2});
  const auto kept = accept(*spool_);
  {
    const auto store = raw();
    const auto key = schema::sched_key(start, lost.message.id, 1);
    ASSERT_TRUE(store->db().SingleDelete({}, store->of(family::sched), key).ok());
  }
  open();
  EXPECT_EQ(all_due(*spool_),
            (std::vector{lost.envelopes[0], lost.envelopes[1], kept.envelopes[0]}));
  ASSERT_TRUE(commit(*spool_, settled(lost.envelopes[1], outcome::delivered)));
  EXPECT_EQ(all_due(*spool_).size(), 2U);
}

TEST_F(Spool, ReadersMayRunWhileItCommits) {
  open();
  constexpr int messages = 300;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      for (const auto& e : all_due(*spool_)) {
        const auto body = spool_->body(e.id, budget_);
        // Gone meanwhile, or whole.
        EXPECT_TRUE(body ? (*body)->octets() == body_of(e.id, 3000)
                         : body.error().code == errc::not_found);
      }
      EXPECT_TRUE(spool_->list({}, "", 100).has_value());
      EXPECT_LE(spool_->totals().messages, static_cast<std::uint64_t>(messages));
    }
  });
  std::vector<model::envelope> waiting;
  for (int i = 0; i < messages; ++i) {
    // Later ones are due earlier: the watermark must go back each time.
    waiting.push_back(accept(*spool_, {.due = start - seconds(i)}).envelopes[0]);
    if (i % 3 == 0) continue;
    EXPECT_TRUE(commit(*spool_, settled(waiting.back(), outcome::delivered)));
    waiting.pop_back();
  }
  done = true;
  reader.join();
  std::ranges::reverse(waiting);
  EXPECT_EQ(all_due(*spool_), waiting);
  EXPECT_EQ(spool_->totals().messages, waiting.size());
}

TEST_F(Spool, ItsFolderIsForItsOwnerAlone) {
  open();
  struct stat info {};
  ASSERT_EQ(stat(options().path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

}  // namespace
}  // namespace signpost::storage
