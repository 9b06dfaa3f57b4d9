// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is read: the schedule, lists, bodies, the activity log.
#include <algorithm>

#include "storage/spool/database.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "storage/spool/schema.hpp"
#include "tests/storage/fault_file_system.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::storage {
namespace {

using model::outcome;
using schema::family;

class SpoolReading : public testing::Test {
 protected:
  SpoolReading() { open(); }
  spool_options options() const {
    return {.path = folder_.path() + "/spool",
            .log_retention = std::chrono::hours(1),
            .env = env_.get(),
            .time = &clock_};
  }
  void open() { spool_ = must_open(options()); }
  std::unique_ptr<database> raw() {
    spool_.reset();
    return std::move(*database::open(options()));
  }
  void record(model::activity_event event) {
    change_set changes;
    changes.record(std::move(event));
    ASSERT_TRUE(spool_->commit(std::move(changes)).has_value());
  }

  temporary_folder folder_;
  test::manual_clock clock_{start};
  std::unique_ptr<rocksdb::Env> env_ = make_test_env(std::make_shared<fault_file_system>());
  std::unique_ptr<spool> spool_;
  memory_budget budget_{1U << 20};
};

TEST_F(SpoolReading, DueEnvelopesComeInOrderOfTimeThenIdThenIndex) {
  const auto late = accept(*spool_, {.due = start + seconds(5)});
  const auto two = accept(*spool_, {.recipients = 2, .due = start + seconds(3)});
  const auto same = accept(*spool_, {.due = start + seconds(3)});
  const auto future = accept(*spool_, {.due = start + seconds(60)});
  const std::vector want = {two.envelopes[0], two.envelopes[1], same.envelopes[0],
                            late.envelopes[0]};
  EXPECT_EQ(all_due(*spool_, start + seconds(5)), want);
  EXPECT_TRUE(all_due(*spool_, start + seconds(3) - milliseconds(1)).empty());
}

TEST_F(SpoolReading, APositionGoesOnBehindWhatWasSeen) {
  std::vector<model::envelope> want;
  for (int i = 0; i < 25; ++i) {
    want.push_back(accept(*spool_, {.due = start + seconds(i)}).envelopes[0]);
  }
  std::vector<model::envelope> got;
  scan_position position;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = spool_->scan_due(position, start + seconds(100), 10);
    ASSERT_TRUE(page.has_value());
    got.insert(got.end(), page->envelopes.begin(), page->envelopes.end());
    position = page->next;
    more = page->more;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(got, want);
  // Nothing new: the position stays where it is.
  const auto again = spool_->scan_due(position, start + seconds(100), 10);
  EXPECT_TRUE(again->envelopes.empty());
  EXPECT_EQ(again->next, position);
  const auto later = accept(*spool_, {.due = start + seconds(50)});
  EXPECT_EQ(spool_->scan_due(position, start + seconds(100), 10)->envelopes, later.envelopes);
}

TEST_F(SpoolReading, AScanFromTheBeginningSeesWhatIsPutBeforeAllElse) {
  const auto late = accept(*spool_, {.due = start + seconds(50)});
  EXPECT_EQ(all_due(*spool_).size(), 1U);
  EXPECT_TRUE(all_due(*spool_, start + seconds(40)).empty());
  const auto early = accept(*spool_, {.due = start + seconds(10)});
  EXPECT_EQ(all_due(*spool_).front(), early.envelopes[0]);
  ASSERT_TRUE(commit(*spool_, settled(early.envelopes[0], outcome::delivered)));
  EXPECT_EQ(all_due(*spool_), late.envelopes);
}

TEST_F(SpoolReading, TimesBefore1970AreDueAtOnce) {
  const auto m = accept(*spool_, {.due = wall_time{milliseconds{-5}}});
  EXPECT_EQ(all_due(*spool_, start), m.envelopes);
  ASSERT_TRUE(commit(*spool_, settled(m.envelopes[0], outcome::delivered)));
  EXPECT_TRUE(all_due(*spool_, start).empty());
}

TEST_F(SpoolReading, ANextHopIsScannedAlone) {
  const auto a = accept(*spool_, {.due = start + seconds(2), .next_hop = "a.example"});
  const auto b = accept(*spool_, {.next_hop = "a.example.org"});
  const auto sooner = accept(*spool_, {.due = start + seconds(1), .next_hop = "a.example"});
  const auto want = std::vector{sooner.envelopes[0], a.envelopes[0]};
  EXPECT_EQ(spool_->scan_next_hop("a.example", {}, start + seconds(2), 10)->envelopes, want);
  const auto one = spool_->scan_next_hop("a.example", {}, start + seconds(1), 10);
  EXPECT_EQ(one->envelopes, sooner.envelopes);
  const auto first = spool_->scan_next_hop("a.example", {}, start + seconds(2), 1);
  EXPECT_EQ(first->envelopes, sooner.envelopes);
  EXPECT_EQ(spool_->scan_next_hop("a.example.org", {}, start, 10)->envelopes, b.envelopes);
  EXPECT_TRUE(spool_->scan_next_hop("a.exampl", {}, start + seconds(9), 10)->envelopes.empty());
  EXPECT_EQ(spool_->scan_next_hop(std::string_view("a\0b", 3), {}, start, 10).error().code,
            errc::malformed);
}

TEST_F(SpoolReading, AWebhooksOriginIsScannedForAllZones) {
  const auto old = accept(*spool_, {.next_hop = "https://h.example"});
  const auto a =
      accept(*spool_, {.due = start + seconds(9), .next_hop = "https://h.example#a.example"});
  const auto b = accept(*spool_, {.next_hop = "https://h.example#b.example"});
  for (const auto* other : {"https://h.example:8443#a.example", "https://h.example.org#a.example",
                            "https://h.exampl", "h.example"}) {
    accept(*spool_, {.next_hop = other});
  }
  std::vector<model::envelope> found;
  storage::scan_position position;
  for (bool more = true; more;) {
    const auto page = spool_->scan_origin("https://h.example", position, 2);
    ASSERT_TRUE(page);
    found.insert(found.end(), page->envelopes.begin(), page->envelopes.end());
    position = page->next;
    more = page->more;
  }
  EXPECT_EQ(found, (std::vector{old.envelopes[0], a.envelopes[0], b.envelopes[0]}));
  const auto listed = [this](const std::string& next_hop) {
    return spool_->list({.next_hop = next_hop}, {}, 10)->envelopes.size();
  };
  EXPECT_EQ(listed("https://h.example"), 3U);
  EXPECT_EQ(listed("https://h.example#B.example"), 1U);
}

TEST_F(SpoolReading, AScanOfOneNextHopGoesOnWhereAPageEnded) {
  std::vector<model::envelope> want;
  for (int i = 0; i < 7; ++i) {
    want.push_back(accept(*spool_, {.due = start + seconds(i), .next_hop = "a.example"})
                       .envelopes[0]);
  }
  std::vector<model::envelope> got;
  scan_position position;
  for (bool more = true; more;) {
    const auto page = spool_->scan_next_hop("a.example", position, start + seconds(9), 3);
    ASSERT_TRUE(page.has_value());
    got.insert(got.end(), page->envelopes.begin(), page->envelopes.end());
    position = page->next;
    more = page->more;
  }
  EXPECT_EQ(got, want);
  const auto from = spool_->scan_next_hop("a.example", position_of(want[5]), start + seconds(9), 9);
  EXPECT_EQ(from->envelopes, (std::vector{want[5], want[6]}));
  const auto at = spool_->scan_next_hop("a.example", position_at(start + seconds(6)),
                                        start + seconds(9), 9);
  EXPECT_EQ(at->envelopes, std::vector{want[6]});
  EXPECT_TRUE(spool_->scan_next_hop("a.example", position, start, 9)->envelopes.empty());
}

TEST_F(SpoolReading, NextHopsThatAreLeftOutAreSteppedOver) {
  const auto first = accept(*spool_, {.due = start + seconds(1), .next_hop = "dead.example"});
  accept(*spool_, {.due = start + seconds(2), .next_hop = "dead.example"});
  const auto fine = accept(*spool_, {.due = start + seconds(3), .next_hop = "fine.example"});
  const auto page = spool_->scan_due({}, start + seconds(9), 1, {"dead.example", "other.example"});
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->envelopes, fine.envelopes);
  EXPECT_EQ(page->left_out.size(), 1U);
  // Nothing of it is lost to a scan that begins there.
  EXPECT_EQ(spool_->scan_next_hop("dead.example", page->left_out.at("dead.example"),
                                  start + seconds(9), 1)->envelopes,
            first.envelopes);
}

TEST_F(SpoolReading, RowsOfEarlierProgramsAreReadWhateverIsLeftOut) {
  const auto m = accept(*spool_, {.next_hop = "dead.example"});
  const auto& e = m.envelopes[0];
  {
    const auto store = raw();
    const auto key = schema::sched_key(e.next_attempt, e.id, e.index);
    ASSERT_TRUE(store->db().SingleDelete({}, store->of(family::sched), key).ok());
    ASSERT_TRUE(store->db().Put({}, store->of(family::sched), key, "").ok());
  }
  open();
  EXPECT_EQ(spool_->scan_due({}, start + seconds(9), 9, {"dead.example"})->envelopes, m.envelopes);
}

TEST_F(SpoolReading, ARowThatCannotBeReadHoldsUpNobodyElse) {
  const auto broken = accept(*spool_);
  const auto fine = accept(*spool_);
  {
    const auto store = raw();
    ASSERT_TRUE(
        store->db()
            .Put({}, store->of(family::rcpt), schema::rcpt_key(broken.message.id, 0), "\x10")
            .ok());
  }
  open();
  EXPECT_EQ(all_due(*spool_), fine.envelopes);
  EXPECT_EQ(spool_->envelopes(broken.message.id).error().code, errc::corrupt);
  EXPECT_EQ(spool_->totals().messages, 2U);
  // Even it can be removed.
  ASSERT_TRUE(commit(*spool_, settled(broken.envelopes[0], outcome::removed)));
  EXPECT_EQ(spool_->totals().messages, 1U);
  EXPECT_EQ(spool_->message(broken.message.id).error().code, errc::not_found);
}

TEST_F(SpoolReading, ABodyIsReadOnlyIfTheBudgetHasRoom) {
  const auto m = accept(*spool_, {.octets = 600'000});
  auto first = spool_->body(m.message.id, budget_);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(budget_.used(), 600'000U);
  EXPECT_EQ(spool_->body(m.message.id, budget_).error().code, errc::no_space);
  first->reset();
  EXPECT_EQ(budget_.used(), 0U);
  EXPECT_TRUE(spool_->body(m.message.id, budget_).has_value());
  EXPECT_EQ(spool_->body({}, budget_).error().code, errc::not_found);
}

TEST_F(SpoolReading, LargeAndSmallBodiesSurviveARestart) {
  for (const std::size_t octets : {100U, 2047U, 2048U, 700'000U}) {
    const auto m = accept(*spool_, {.octets = octets});
    {
      const auto store = raw();
      ASSERT_TRUE(store->db().Flush(rocksdb::FlushOptions(), store->of(family::body)).ok());
    }
    open();
    const auto body = spool_->body(m.message.id, budget_);
    ASSERT_TRUE(body.has_value());
    EXPECT_EQ((*body)->octets(), m.body->octets());
  }
}

struct filter_case {
  const char* name;
  queue_filter filter;
  std::vector<int> want;  ///< of the four envelopes below
};

class SpoolList : public SpoolReading, public testing::WithParamInterface<filter_case> {};

TEST_P(SpoolList, FindsWhatTheFilterNames) {
  const auto a = accept(*spool_, {.next_hop = "a.example", .sender = "one@s.example"});
  const auto b =
      accept(*spool_, {.recipients = 2, .next_hop = "b.example", .sender = "two@s.example"});
  const auto c = accept(*spool_, {.next_hop = "a.example", .sender = "two@s.example"});
  ASSERT_TRUE(commit(*spool_, settled(b.envelopes[0], outcome::delivered)));
  ASSERT_TRUE(commit(*spool_, deferred(c.envelopes[0], start + seconds(9))));
  const auto all = std::vector{a.envelopes[0], b.envelopes[0], b.envelopes[1], c.envelopes[0]};
  const auto page = spool_->list(GetParam().filter, "", 10);
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(page->next.empty());
  std::vector<int> got;
  for (const auto& e : page->envelopes) {
    const auto at = std::ranges::find_if(
        all, [&](const auto& x) { return x.id == e.id && x.index == e.index; });
    got.push_back(static_cast<int>(at - all.begin()));
  }
  EXPECT_EQ(got, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Filters, SpoolList,
    testing::Values(filter_case{"NotFinalByDefault", {}, {0, 2, 3}},
                    filter_case{"FinalWhenAsked", {.state = outcome::delivered}, {1}},
                    filter_case{"Deferred", {.state = outcome::deferred}, {3}},
                    filter_case{"NextHop", {.next_hop = "A.example"}, {0, 3}},
                    filter_case{"Sender", {.sender = "TWO@s.example"}, {2, 3}},
                    filter_case{"OriginalRecipient", {.recipient = "USER1@zone.example"}, {2}},
                    filter_case{"Destination", {.recipient = "user0@a.example"}, {0, 3}},
                    filter_case{"Both", {.next_hop = "a.example", .sender = "two@s.example"}, {3}},
                    filter_case{"None", {.sender = "three@s.example"}, {}}),
    [](const auto& c) { return c.param.name; });

TEST_F(SpoolReading, ListsComeInPages) {
  std::vector<model::envelope> want;
  for (int i = 0; i < 7; ++i) {
    const auto m = accept(*spool_, {.recipients = 2});
    want.insert(want.end(), m.envelopes.begin(), m.envelopes.end());
  }
  std::vector<model::envelope> got;
  std::string from;
  int pages = 0;
  do {
    const auto page = spool_->list({}, from, 5);
    ASSERT_TRUE(page.has_value());
    EXPECT_LE(page->envelopes.size(), 5U);
    got.insert(got.end(), page->envelopes.begin(), page->envelopes.end());
    from = page->next;
    ++pages;
  } while (!from.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(got, want);
}

TEST_F(SpoolReading, ATimelineIsOldestFirstAndOfOneMessageOnly) {
  const auto m = accept(*spool_);
  accept(*spool_);
  // Two within one millisecond keep the order in which they were written.
  for (const auto kind : {model::event_kind::deferred, model::event_kind::delivered}) {
    record({.at = start + seconds(2), .kind = kind, .id = m.message.id});
  }
  record({.at = start + seconds(1), .kind = model::event_kind::delayed, .id = m.message.id});
  std::vector<model::event_kind> kinds;
  const auto timeline = spool_->timeline(m.message.id);
  for (const auto& e : *timeline) kinds.push_back(e.kind);
  EXPECT_EQ(kinds, (std::vector{model::event_kind::received, model::event_kind::delayed,
                                model::event_kind::deferred, model::event_kind::delivered}));
  EXPECT_TRUE(spool_->timeline({})->empty());
}

TEST_F(SpoolReading, RecentEventsAreNewestFirst) {
  for (int i = 0; i < 6; ++i) {
    record({.at = start + seconds(i / 2),
            .kind = model::event_kind::rejected,
            .zone = i % 2 == 0 ? "a.example" : "a.example.org",
            .attempt = static_cast<std::uint32_t>(i)});
  }
  record({.at = start, .kind = model::event_kind::rejected, .attempt = 6});
  const auto attempts = [&](std::string_view zone, std::size_t max) {
    std::vector<int> got;
    const auto events = spool_->recent_events(zone, max);
    for (const auto& e : *events) got.push_back(static_cast<int>(e.attempt));
    return got;
  };
  EXPECT_EQ(attempts("a.example", 100), (std::vector{4, 2, 0}));
  EXPECT_EQ(attempts("a.example.org", 2), (std::vector{5, 3}));
  EXPECT_EQ(attempts("", 100), (std::vector{5, 4, 3, 2, 6, 1, 0}));
  EXPECT_TRUE(attempts("b.example", 100).empty());
}

TEST_F(SpoolReading, TheLogForgetsWhatIsOlderThanItsRetention) {
  const auto m = accept(*spool_);
  record({.at = start + std::chrono::minutes(90),
          .kind = model::event_kind::deferred,
          .id = m.message.id,
          .zone = "zone.example"});
  clock_.advance(std::chrono::minutes(120));
  {
    spool_.reset();
    rocksdb::DB* log = nullptr;
    const auto path = activity_path_of(options());
    ASSERT_TRUE(rocksdb::DB::Open(make_log_options(options()), path, &log).ok());
    const std::unique_ptr<rocksdb::DB> closed_at_the_end(log);
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    ASSERT_TRUE(log->CompactRange(all, nullptr, nullptr).ok());
  }
  open();
  ASSERT_EQ(spool_->timeline(m.message.id)->size(), 1U);
  EXPECT_EQ((*spool_->timeline(m.message.id)).front().kind, model::event_kind::deferred);
  EXPECT_EQ(spool_->recent_events("zone.example", 10)->size(), 1U);
  EXPECT_EQ(spool_->recent_events("", 10)->size(), 1U);
  // The mail itself is not touched, however old.
  EXPECT_EQ(all_due(*spool_), m.envelopes);
}

}  // namespace
}  // namespace signpost::storage
