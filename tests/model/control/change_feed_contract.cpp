// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What whoever follows a control store's changes may rely on, and what not.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "tests/model/control/control_contract.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {
namespace {

using model::change_news;
using model::control_transaction;
using model::feed_position;
using model::reload_reason;
using storage::start;

result<std::uint64_t> put_zone(model::control_store& store, std::uint64_t number,
                               std::uint64_t account = 1) {
  return change(store, [&](control_transaction& t) { return t.put(make_zone(number, account)); });
}

/// Everything after a position, in steps.
std::vector<model::change_record> all_after(model::control_store& store, feed_position from,
                                            std::size_t step) {
  std::vector<model::change_record> all;
  for (;;) {
    const auto news = store.feed().after(from, step);
    EXPECT_TRUE(news.has_value());
    EXPECT_FALSE(news->reload.has_value());
    EXPECT_LE(news->changes.size(), step);
    if (news->changes.empty()) return all;
    std::ranges::copy(news->changes, std::back_inserter(all));
    from = all.back().position;
  }
}

/// A copy of the zones, kept as a replica would keep it.
class replica {
 public:
  explicit replica(model::control_store& store) : store_(&store) { reload(); }
  /// After the store was opened anew.
  void of(model::control_store& store) { store_ = &store; }

  /// One look at the feed.
  void follow() {
    const auto news = store_->feed().after(position_, 3).value();
    if (news.reload) {
      EXPECT_TRUE(news.changes.empty());
      return reload();
    }
    for (const auto& change : news.changes) {
      EXPECT_EQ(change.position.revision, position_.revision + 1);
      position_ = change.position;
      if (change.all_zones) return reload();
      const auto now = store_->read();
      for (const auto& id : change.zones) take(id, now->zone(id));
    }
  }
  [[nodiscard]] const std::map<model::object_id, model::zone_object>& zones() const {
    return zones_;
  }
  [[nodiscard]] const feed_position& position() const { return position_; }
  [[nodiscard]] int reloads() const { return reloads_; }

 private:
  void take(const model::object_id& id, result<model::zone_object> zone) {
    zones_.erase(id);
    if (zone) zones_.emplace(id, std::move(*zone));
  }
  void reload() {
    ++reloads_;
    zones_.clear();
    const auto now = store_->read();
    position_ = now->position().value();
    EXPECT_TRUE(now->for_each_zone([&](model::zone_object z, const auto&) -> result<void> {
      take(z.id, z);
      return {};
    }));
  }

  model::control_store* store_;
  feed_position position_;
  std::map<model::object_id, model::zone_object> zones_;
  int reloads_ = 0;
};

std::map<model::object_id, model::zone_object> zones_of(const model::control_store& store) {
  std::map<model::object_id, model::zone_object> zones;
  EXPECT_TRUE(store.read()->for_each_zone([&](model::zone_object z, const auto&) -> result<void> {
    zones.emplace(z.id, z);
    return {};
  }));
  return zones;
}

}  // namespace

TEST_P(ChangeFeedContract, OfAStoreWithoutChangesSaysNothing) {
  EXPECT_EQ(now()->position(), feed_position{});
  const auto news = store_->feed().after({}, 10).value();
  EXPECT_TRUE(news.changes.empty());
  EXPECT_FALSE(news.reload);
  EXPECT_EQ(store_->feed().last_known(), 0U);
}

TEST_P(ChangeFeedContract, TellsOfEveryCommitWithoutAGapWhoeverMadeIt) {
  fill();
  for (std::uint64_t n = 2; n <= 11; ++n) {
    const auto done = put_zone(n % 2 == 0 ? *store_ : other(), n);
    ASSERT_TRUE(done.has_value()) << to_string(done.error());
    EXPECT_EQ(*done, n);
  }
  for (const std::size_t step : {1U, 3U, 100U}) {
    const auto all = all_after(*store_, {}, step);
    ASSERT_EQ(all.size(), 11U);
    std::set<std::string> marks;
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].position.revision, i + 1);
      EXPECT_EQ(all[i].zones, std::vector{id_of('z', i + 1)});
      EXPECT_FALSE(all[i].all_zones);
      marks.insert(all[i].position.mark);
    }
    EXPECT_EQ(marks.size(), all.size()) << "each has a mark of its own";
    EXPECT_EQ(all.back().position, now()->position());
  }
  EXPECT_TRUE(store_->feed().after({}, 0)->changes.empty());
}

TEST_P(ChangeFeedContract, GoesOnFromTheMomentOfAReader) {
  fill();
  const auto before = store_->read();
  ASSERT_TRUE(put_zone(other(), 2));
  const auto position = before->position().value();
  EXPECT_EQ(position.revision, 1U);
  const auto after = all_after(*store_, position, 10);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].zones, std::vector{id_of('z', 2)});
  EXPECT_EQ(after[0].position, now()->position());
}

TEST_P(ChangeFeedContract, WhatWasRefusedOrOnlyCountedIsNoChangeOfZones) {
  fill();
  const auto position = now()->position().value();
  EXPECT_EQ(refused([](control_transaction& t) -> result<void> {
              SP_CHECK(t.put(make_zone(5)));
              return fail(errc::denied);
            }),
            errc::denied);
  store_->record_refusal(make_entry(1, "guess"));
  EXPECT_TRUE(store_->expire_audit(start - seconds(1), 10).has_value());
  EXPECT_TRUE(store_->feed().after(position, 10)->changes.empty());
  EXPECT_EQ(store_->feed().last_known(), 1U);
  must([](control_transaction& t) { return t.put_usage("a", {.count = 1, .until = start}); });
  const auto news = all_after(*store_, position, 10);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_TRUE(news[0].zones.empty());
}

TEST_P(ChangeFeedContract, PositionsHoldAfterARestart) {
  fill();
  const auto position = now()->position().value();
  ASSERT_TRUE(put_zone(*store_, 2));
  const auto before = all_after(*store_, {}, 10);
  reopen();
  EXPECT_EQ(all_after(*store_, {}, 10), before);
  EXPECT_EQ(store_->feed().last_known(), 2U);
  ASSERT_TRUE(put_zone(*store_, 3));
  EXPECT_EQ(all_after(*store_, position, 10).size(), 2U);
}

TEST_P(ChangeFeedContract, OldChangesAreForgottenAndThatIsTold) {
  reopen({.change_log_max = 3});
  std::vector<feed_position> positions{{}};
  for (std::uint64_t n = 1; n <= 12; ++n) {
    must([&](control_transaction& t) { return t.put(make_account(n)); });
    positions.push_back(now()->position().value());
  }
  for (std::size_t behind = 0; behind <= 3; ++behind) {
    EXPECT_EQ(all_after(*store_, positions[12 - behind], 2).size(), behind);
  }
  const auto old = store_->feed().after(positions[1], 10).value();
  EXPECT_EQ(old.reload, reload_reason::too_far_behind);
  EXPECT_TRUE(old.changes.empty());
  EXPECT_EQ(store_->feed().after({}, 10)->reload, reload_reason::too_far_behind);
}

TEST_P(ChangeFeedContract, APositionThatNeverWasIsOfAnotherHistory) {
  fill();
  ASSERT_TRUE(put_zone(*store_, 2));
  const auto last = now()->position().value();
  auto forged = all_after(*store_, {}, 10).front().position;
  forged.mark += 'x';
  auto last_forged = last;
  last_forged.mark = forged.mark;
  const feed_position future{.revision = 3, .mark = last.mark};
  const feed_position far{.revision = UINT64_MAX, .mark = last.mark};
  for (const auto& position : {forged, last_forged, future, far}) {
    const auto news = store_->feed().after(position, 10).value();
    EXPECT_EQ(news.reload, reload_reason::other_history) << position.revision;
    EXPECT_TRUE(news.changes.empty());
  }
}

// A backup takes the place of the store, or a standby that lags does: revisions come again.
TEST_P(ChangeFeedContract, AHistoryThatWentBackIsNoticedByWhoeverWasAhead) {
  fill();
  replica behind(*store_);
  place_->keep_copy(*store_);
  const auto at_copy = now()->position().value();
  ASSERT_TRUE(put_zone(*store_, 2));
  ASSERT_TRUE(put_zone(*store_, 3));
  replica ahead(*store_);
  const auto lost = ahead.position();
  close();
  place_->put_copy_back();
  reopen();
  EXPECT_EQ(now()->position(), at_copy);
  EXPECT_EQ(store_->feed().last_known(), 1U);
  EXPECT_EQ(store_->feed().after(lost, 10)->reload, reload_reason::other_history) << "goes back";
  // The same revisions again, for the same zones.
  ASSERT_TRUE(put_zone(*store_, 2));
  ASSERT_TRUE(put_zone(*store_, 3));
  ASSERT_EQ(now()->position()->revision, lost.revision);
  EXPECT_EQ(store_->feed().after(lost, 10)->reload, reload_reason::other_history) << "as far";
  ASSERT_TRUE(put_zone(*store_, 4));
  EXPECT_EQ(store_->feed().after(lost, 10)->reload, reload_reason::other_history) << "farther";
  for (auto* one : {&ahead, &behind}) {
    one->of(*store_);
    for (int i = 0; i < 5; ++i) one->follow();
    EXPECT_EQ(one->zones(), zones_of(*store_));
  }
  EXPECT_EQ(ahead.reloads(), 2);
  EXPECT_EQ(behind.reloads(), 1) << "what it had is of both histories";
}

TEST_P(ChangeFeedContract, AnImportIsOneChangeOfAllZones) {
  fill();
  const auto position = now()->position().value();
  auto import = store_->begin_import();
  ASSERT_TRUE(import.has_value());
  for (std::uint64_t n = 2; n <= 40; ++n) ASSERT_TRUE((*import)->add(make_zone(n), {}));
  EXPECT_TRUE(store_->feed().after(position, 10)->changes.empty());
  ASSERT_TRUE((*import)->finish(make_entry()));
  import->reset();
  ASSERT_TRUE(put_zone(*store_, 50));
  const auto news = all_after(*store_, position, 10);
  ASSERT_EQ(news.size(), 2U);
  EXPECT_TRUE(news[0].all_zones);
  EXPECT_FALSE(news[1].all_zones);
  EXPECT_EQ(news[1].position, now()->position());
}

TEST_P(ChangeFeedContract, ZonesAreTouchedByWhatConcernsTheirMail) {
  fill();
  const auto position = now()->position().value();
  auto address = make_address(1, 1);
  must([&](control_transaction& t) { return t.put(address); });
  address.verified = start;
  must([&](control_transaction& t) { return t.put(address); });
  must([](control_transaction& t) { return t.remove_rule(id_of('z', 1), id_of('r', 2)); });
  must([&](control_transaction& t) { return t.remove_address(id_of('a', 1), address.id); });
  const std::vector<model::object_id> zone{id_of('z', 1)};
  const auto told = all_after(*store_, position, 10);
  ASSERT_EQ(told.size(), 4U);
  EXPECT_TRUE(told[0].zones.empty());
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_EQ(told[i].zones, zone) << i;
}

TEST_P(ChangeFeedContract, ManyWritersLeaveNoGapInTheRevisions) {
  must([](control_transaction& t) { return t.put(make_account(1)); });
  const auto position = now()->position().value();
  auto& beside = other();
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      auto& store = w % 2 == 0 ? *store_ : beside;
      for (std::uint64_t n = 0; n < 50; ++n) {
        // Every fifth fails after it has written.
        const auto done = change(store, [&](control_transaction& t) -> result<void> {
          SP_CHECK(t.put(make_zone(w * 100 + n)));
          if (n % 5 == 4) return fail(errc::denied);
          return {};
        });
        EXPECT_GE(store.feed().last_known(), done.value_or(0)) << "known before it is answered";
      }
    });
  }
  for (auto& w : writers) w.join();
  EXPECT_EQ(now()->totals()->zones, 160U);
  EXPECT_EQ(now()->revision(), 161U);
  const auto told = all_after(*store_, position, 7);
  ASSERT_EQ(told.size(), 160U);
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].position.revision, i + 2);
  EXPECT_EQ(disagreements(*store_), 0);
}

// The whole of what the feed is for: nobody calls it, it only looks.
TEST_P(ChangeFeedContract, AReplicaThatOnlyLooksBecomesWhatTheStoreIs) {
  reopen({.change_log_max = 20});
  must([](control_transaction& t) { return t.put(make_account(1)); });
  auto& beside = other();
  std::atomic<bool> over{false};
  replica copy(*store_);
  std::thread reader([&] {
    while (!over) copy.follow();
    for (int i = 0; i < 400; ++i) copy.follow();
  });
  const auto write = [&](model::control_store& store, std::uint64_t first) {
    for (std::uint64_t n = first; n < first + 60; ++n) {
      EXPECT_TRUE(put_zone(store, n));
      if (n % 3 == 0) {
        EXPECT_TRUE(change(store, [&](control_transaction& t) {
          return t.remove_zone(id_of('z', n));
        }));
      }
    }
  };
  std::thread writer([&] { write(beside, 100); });
  write(*store_, 200);
  writer.join();
  over = true;
  reader.join();
  EXPECT_EQ(copy.zones(), zones_of(*store_));
  EXPECT_EQ(copy.position(), now()->position());
  EXPECT_EQ(copy.zones().size(), 80U);
}

TEST_P(ChangeFeedContract, WhoSubscribesMayAskOnceTheCallIsOver) {
  auto calls = std::make_shared<std::atomic<int>>(0);
  auto first = store_->feed().subscribe([calls] { ++*calls; });
  auto second = store_->feed().subscribe([calls] { ++*calls; });
  fill();
  EXPECT_LE(*calls, 2) << "one commit, one hint each at most";
  second.reset();
  first.reset();
  const int before = *calls;
  ASSERT_TRUE(put_zone(*store_, 2));
  EXPECT_EQ(*calls, before) << "the subscription has ended";
}

// Whoever is called may end its own subscription, and begin another.
TEST_P(ChangeFeedContract, SubscriptionsMayChangeWhileTheyAreCalled) {
  struct chain {
    model::change_feed& feed;
    std::mutex mutex;
    model::change_feed::subscription kept = {};
    void renew(const std::shared_ptr<chain>& self) {
      auto next = feed.subscribe([weak = std::weak_ptr(self)] {
        if (const auto one = weak.lock()) one->renew(one);
      });
      const std::lock_guard lock(mutex);
      kept = std::move(next);
    }
  };
  const std::shared_ptr<chain> one(new chain{store_->feed(), {}});
  one->renew(one);
  fill();
  for (std::uint64_t n = 2; n < 6; ++n) ASSERT_TRUE(put_zone(*store_, n));
  EXPECT_EQ(all_after(*store_, {}, 10).size(), 5U);
}

}  // namespace signpost::test
