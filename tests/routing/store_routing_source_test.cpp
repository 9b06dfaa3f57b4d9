// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "routing/store_routing_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/format/loss_register.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::routing {
namespace {

using model::control_transaction;
using model::route_kind;
using test::id_of;

constexpr milliseconds patience{5000};

model::rule_object rule_for(std::uint64_t zone, std::uint64_t number, const std::string& address,
                            const std::string& to) {
  auto rule = test::make_rule(zone, number);
  rule.matchers.front().value = address;
  rule.actions = {{.type = "forward", .value = std::vector<std::string>{to}}};
  return rule;
}

/// The store's feed as another node may see it: hints get lost, or come twice, or for nothing; and
/// it may say that everything has to be read again, or that it cannot say anything.
class unsure_feed final : public model::change_feed {
 public:
  explicit unsure_feed(model::change_feed& real) : real_(real) {}

  [[nodiscard]] result<model::change_news> after(const model::feed_position& from,
                                                 std::size_t max) const override {
    ++asked;
    if (unavailable) return fail(errc::unavailable, "no answer");
    if (const auto reload = next_reload.exchange(0); reload != 0) {
      return model::change_news{.changes = {},
                                .reload = static_cast<model::reload_reason>(reload - 1)};
    }
    return real_.after(from, max);
  }
  [[nodiscard]] std::uint64_t last_known() const override { return real_.last_known(); }
  [[nodiscard]] subscription subscribe(std::function<void()> look) override {
    return real_.subscribe([this, look = std::move(look)] {
      for (int i = 0; i < hints; ++i) look();
    });
  }
  void want_reload(model::reload_reason why) { next_reload = 1 + static_cast<int>(why); }

  std::atomic<int> hints{1};
  std::atomic<bool> unavailable{false};
  mutable std::atomic<int> asked{0};
  mutable std::atomic<int> next_reload{0};

 private:
  model::change_feed& real_;
};

/// Account 1 with zone1.example, in which User1@ is forwarded to the verified dest1@example.net.
class StoreRoutingSource : public testing::Test {
 protected:
  StoreRoutingSource() {
    options_.path = folder_.path() + "/config";
    options_.free_octets_min = 0;
    store_ = storage::must_open_control(options_);
    change([](control_transaction& t) -> result<void> {
      SP_CHECK(t.put(test::make_account(1)));
      auto address = test::make_address(1, 1);
      address.verified = storage::start;
      SP_CHECK(t.put(address));
      SP_CHECK(t.put(test::make_zone(1)));
      return t.put(test::make_rule(1, 1));
    });
  }

  std::uint64_t change(const std::function<result<void>(control_transaction&)>& work) {
    const auto done = test::change(*store_, work);
    EXPECT_TRUE(done.has_value()) << to_string(done.error());
    return done.value_or(0);
  }
  void open(std::size_t zones_at_once = 4096, milliseconds poll_every = patience) {
    feed_ = std::make_unique<unsure_feed>(store_->feed());
    auto opened = store_routing_source::open(
        *store_, *feed_,
        {.node = {.host_name = address::domain::parse("mx.example").value()},
         .time = time_,
         .in_force =
             [this](const table_in_force& now) {
               const std::lock_guard lock(mutex_);
               last_ = now;
               if (now.reload) reloads_.push_back(*now.reload);
               in_force_.notify_all();
             },
         .zones_at_once = zones_at_once,
         .poll_every = poll_every});
    ASSERT_TRUE(opened.has_value()) << to_string(opened.error());
    config_ = std::move(*opened);
  }
  /// What mail for `to` meets once the change is in force.
  route_kind after(std::uint64_t revision, const std::string& to) {
    EXPECT_TRUE(config_->wait_for(revision, patience));
    return kind(to);
  }
  route_kind kind(const std::string& to) {
    return config_->current()
        ->table->route(smtp::forward_path(address::mailbox::parse(to).value()))
        .kind;
  }
  static result<void> set_routing(control_transaction& t, bool enabled) {
    SP_TRY(auto zone, t.zone(id_of('z', 1)));
    zone.routing_enabled = enabled;
    return t.put(zone);
  }

  storage::temporary_folder folder_;
  storage::control_store_options options_;
  system_clock time_;
  std::unique_ptr<model::control_store> store_;
  std::unique_ptr<unsure_feed> feed_;
  std::unique_ptr<store_routing_source> config_;
  std::mutex mutex_;
  table_in_force last_;
  std::vector<model::reload_reason> reloads_;
  std::condition_variable in_force_;
};

TEST_F(StoreRoutingSource, ReadsWhatIsThere) {
  open();
  EXPECT_EQ(kind("user1@zone1.example"), route_kind::forward);
  EXPECT_EQ(kind("user2@zone1.example"), route_kind::unknown);
  EXPECT_EQ(kind("user1@other.example"), route_kind::not_ours);
  EXPECT_EQ(config_->current()->revision, config_->last_change());
  EXPECT_EQ(config_->current()->table->zone_count(), 1U);
  EXPECT_EQ(config_->left_out(), left_out_counts{});
  EXPECT_TRUE(last_.everything);
  EXPECT_EQ(last_.rules, 1U);
}

TEST_F(StoreRoutingSource, FollowsEachKindOfChange) {
  open();
  const auto put = [&](const model::rule_object& rule) {
    return change([&](control_transaction& t) { return t.put(rule); });
  };
  auto rule = test::make_rule(1, 4);
  EXPECT_EQ(after(put(rule), "user4@zone1.example"), route_kind::forward);
  rule.actions = {{.type = "drop"}};
  EXPECT_EQ(after(put(rule), "user4@zone1.example"), route_kind::drop);
  rule.enabled = false;
  EXPECT_EQ(after(put(rule), "user4@zone1.example"), route_kind::unknown);
  EXPECT_EQ(after(put(test::make_catch_all(1)), "user4@zone1.example"), route_kind::drop);
  EXPECT_EQ(after(change([](control_transaction& t) {
                    return t.remove_rule(id_of('z', 1), id_of('r', 999));
                  }),
                  "user4@zone1.example"),
            route_kind::unknown);
  EXPECT_EQ(after(change([](control_transaction& t) { return set_routing(t, false); }),
                  "user1@zone1.example"),
            route_kind::not_ours);
  EXPECT_EQ(after(change([](control_transaction& t) { return set_routing(t, true); }),
                  "user1@zone1.example"),
            route_kind::forward);
  EXPECT_EQ(after(change([](control_transaction& t) { return t.remove_zone(id_of('z', 1)); }),
                  "user1@zone1.example"),
            route_kind::not_ours);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(last_.zones, 0U);
  EXPECT_FALSE(last_.everything);
}

TEST_F(StoreRoutingSource, ForwardsOnlyToVerifiedAddresses) {
  open();
  const auto unverified = change([](control_transaction& t) {
    return t.put(test::make_rule(1, 2));  // to dest2@
  });
  EXPECT_EQ(after(unverified, "user2@zone1.example"), route_kind::unknown);
  EXPECT_EQ(config_->left_out(), (left_out_counts{.zones = 0, .rules = 1}));
  ASSERT_EQ(config_->reasons(10).size(), 1U);
  EXPECT_NE(config_->reasons(10).front().find("not verified"), std::string::npos);
  const auto verified = change([](control_transaction& t) {
    auto address = test::make_address(1, 2);
    address.verified = storage::start;
    return t.put(address);
  });
  EXPECT_EQ(after(verified, "user2@zone1.example"), route_kind::forward);
  EXPECT_EQ(config_->left_out(), left_out_counts{});
  const auto removed =
      change([](control_transaction& t) { return t.remove_address(id_of('a', 1), id_of('d', 2)); });
  EXPECT_EQ(after(removed, "user2@zone1.example"), route_kind::unknown);
}

TEST_F(StoreRoutingSource, ADomainThatAnotherZoneHasComesBackWhenThatGivesItUp) {
  open();
  // Zone 1 has sub.zone1.example as a subdomain.
  const auto claimed = change([](control_transaction& t) -> result<void> {
    auto zone = test::make_zone(2);
    zone.name = "sub.zone1.example";
    zone.subdomains.clear();
    SP_CHECK(t.put(zone));
    return t.put(rule_for(2, 20, "x@sub.zone1.example", "dest1@example.net"));
  });
  EXPECT_EQ(after(claimed, "x@sub.zone1.example"), route_kind::unknown);
  EXPECT_EQ(kind("user1@zone1.example"), route_kind::forward);
  EXPECT_EQ(config_->left_out().zones, 1U);
  const auto given_up = change([](control_transaction& t) -> result<void> {
    SP_TRY(auto zone, t.zone(id_of('z', 1)));
    zone.subdomains.clear();
    return t.put(zone);
  });
  EXPECT_EQ(after(given_up, "x@sub.zone1.example"), route_kind::forward);
  EXPECT_EQ(config_->left_out(), left_out_counts{});
}

TEST_F(StoreRoutingSource, ForwardsThatGoInACircleHarmNobodyElse) {
  open();
  const auto circle = change([](control_transaction& t) -> result<void> {
    for (std::uint64_t n : {5, 6}) {
      auto address = test::make_address(1, n);
      address.email = "c" + std::to_string(n) + "@zone1.example";
      address.verified = storage::start;
      SP_CHECK(t.put(address));
    }
    SP_CHECK(t.put(rule_for(1, 5, "c5@zone1.example", "c6@zone1.example")));
    return t.put(rule_for(1, 6, "c6@zone1.example", "c5@zone1.example"));
  });
  EXPECT_EQ(after(circle, "c5@zone1.example"), route_kind::unknown);
  EXPECT_EQ(kind("user1@zone1.example"), route_kind::forward);
  EXPECT_EQ(config_->left_out().rules, 2U);
  // Other changes of the zone take effect all the same.
  const auto other =
      change([](control_transaction& t) { return t.put(test::make_catch_all(1)); });
  EXPECT_EQ(after(other, "anybody@zone1.example"), route_kind::drop);
}

/// `number` is of a zone of account 2, in which c@ is forwarded to c@ of zone 4, which is account
/// 2's as well and has no such address yet.
result<void> put_faulty_zone(control_transaction& t, std::uint64_t number) {
  SP_CHECK(t.put(test::make_zone(number, 2)));
  const auto at = "@zone" + std::to_string(number) + ".example";
  return t.put(rule_for(number, number, "c" + at, "c@zone4.example"));
}

result<void> put_second_account(control_transaction& t) {
  SP_CHECK(t.put(test::make_account(2)));
  SP_CHECK(t.put(test::make_zone(4, 2)));
  for (const auto* email : {"c@zone4.example", "out@example.net"}) {
    auto address = test::make_address(2, email[0]);
    address.email = email;
    address.verified = storage::start;
    SP_CHECK(t.put(address));
  }
  return {};
}

result<void> mend_faulty_zones(control_transaction& t) {
  return t.put(rule_for(4, 400, "c@zone4.example", "out@example.net"));
}

// Somebody's faults are no burden on everybody else's changes.
TEST_F(StoreRoutingSource, FaultyZonesAreLookedAtWhenWhatTheyLackChanges) {
  change([](control_transaction& t) -> result<void> {
    SP_CHECK(put_second_account(t));
    for (std::uint64_t n = 5; n < 25; ++n) SP_CHECK(put_faulty_zone(t, n));
    return {};
  });
  open();
  EXPECT_EQ(config_->left_out().rules, 20U);
  const auto zones_read = [this] {
    const std::lock_guard lock(mutex_);
    return last_.zones_read;
  };
  const auto unrelated = change([](control_transaction& t) { return set_routing(t, false); });
  EXPECT_EQ(after(unrelated, "user1@zone1.example"), route_kind::not_ours);
  EXPECT_EQ(zones_read(), 1U);
  EXPECT_EQ(after(change(mend_faulty_zones), "c@zone5.example"), route_kind::forward);
  EXPECT_EQ(config_->left_out(), left_out_counts{});
  EXPECT_EQ(zones_read(), 1U) << "their forwards are followed in the table";
  const auto broken = change(
      [](control_transaction& t) { return t.remove_rule(id_of('z', 4), id_of('r', 400)); });
  EXPECT_EQ(after(broken, "c@zone5.example"), route_kind::unknown);
}

TEST_F(StoreRoutingSource, ManyFaultyZonesAreLookedAtStepByStep) {
  change([](control_transaction& t) -> result<void> {
    SP_CHECK(put_second_account(t));
    for (std::uint64_t n = 1000; n < 1000 + 2 * control_table::zones_again_max; ++n) {
      SP_CHECK(put_faulty_zone(t, n));
    }
    return {};
  });
  open();
  EXPECT_EQ(config_->left_out().rules, 2 * control_table::zones_again_max);
  change(mend_faulty_zones);
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(in_force_.wait_for(lock, patience, [this] { return last_.left_out.rules == 0; }));
}

// One that claims another's domain waits for that zone alone.
TEST_F(StoreRoutingSource, AZoneThatCannotBeIsReadWhenItsRivalChanges) {
  open();
  const auto made = change([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(test::make_zone(3)));
    auto zone = test::make_zone(2);
    zone.name = "sub.zone1.example";
    zone.subdomains.clear();
    return t.put(zone);
  });
  EXPECT_TRUE(config_->wait_for(made, patience));
  const auto unrelated = change([](control_transaction& t) -> result<void> {
    SP_TRY(auto zone, t.zone(id_of('z', 3)));
    zone.subdomains.clear();
    return t.put(zone);
  });
  EXPECT_TRUE(config_->wait_for(unrelated, patience));
  EXPECT_EQ(config_->left_out().zones, 1U);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(last_.zones_read, 1U);
}

TEST_F(StoreRoutingSource, ReadsManyZonesInSteps) {
  change([](control_transaction& t) -> result<void> {
    for (std::uint64_t n = 2; n <= 25; ++n) {
      SP_CHECK(t.put(test::make_zone(n)));
      SP_CHECK(t.put(test::make_rule(n, 3 * n + 1)));
    }
    return {};
  });
  open(4);
  EXPECT_EQ(config_->current()->table->zone_count(), 25U);
  EXPECT_EQ(kind("user76@zone25.example"), route_kind::forward);
  config_->read_all();
  const auto next = change([](control_transaction& t) { return t.remove_zone(id_of('z', 25)); });
  EXPECT_EQ(after(next, "user76@zone25.example"), route_kind::not_ours);
}

TEST_F(StoreRoutingSource, AnImportIsReadWhole) {
  open();
  auto import = store_->begin_import();
  ASSERT_TRUE(import.has_value());
  for (std::uint64_t n = 2; n <= 40; ++n) {
    ASSERT_TRUE((*import)->add(test::make_zone(n), {test::make_rule(n, 3 * n + 1)}));
  }
  const auto revision = (*import)->finish(test::make_entry());
  ASSERT_TRUE(revision.has_value()) << to_string(revision.error());
  EXPECT_EQ(after(*revision, "user121@zone40.example"), route_kind::forward);
  EXPECT_EQ(config_->current()->table->zone_count(), 40U);
}

TEST_F(StoreRoutingSource, IsInForceWithoutAnyHint) {
  open(4096, milliseconds{1});
  feed_->hints = 0;
  const auto revision = change([](control_transaction& t) { return set_routing(t, false); });
  // Nobody waits for it by its revision, which would be a hint itself.
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(in_force_.wait_for(lock, patience, [&] { return last_.revision == revision; }));
  EXPECT_EQ(kind("user1@zone1.example"), route_kind::not_ours);
}

TEST_F(StoreRoutingSource, WhoWaitsForAChangeNeedsNoHintEither) {
  open();
  feed_->hints = 0;
  EXPECT_EQ(after(change([](control_transaction& t) { return set_routing(t, false); }),
                  "user1@zone1.example"),
            route_kind::not_ours);
}

TEST_F(StoreRoutingSource, HintsThatComeTwiceOrForNothingDoNoHarm) {
  open();
  feed_->hints = 3;
  for (const bool enabled : {false, true, false}) {
    EXPECT_EQ(after(change([&](control_transaction& t) { return set_routing(t, enabled); }),
                    "user1@zone1.example"),
              enabled ? route_kind::forward : route_kind::not_ours);
  }
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(last_.everything);
  EXPECT_TRUE(reloads_.empty());
}

TEST_F(StoreRoutingSource, ReadsEverythingAgainWhenTheFeedWantsIt) {
  open();
  using enum model::reload_reason;
  for (const auto why : {too_far_behind, other_history}) {
    feed_->want_reload(why);
    const auto revision = change([](control_transaction& t) { return set_routing(t, false); });
    EXPECT_EQ(after(revision, "user1@zone1.example"), route_kind::not_ours);
    EXPECT_EQ(after(change([](control_transaction& t) { return set_routing(t, true); }),
                    "user1@zone1.example"),
              route_kind::forward);
  }
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(reloads_, (std::vector{too_far_behind, other_history}));
}

TEST_F(StoreRoutingSource, WhatIsInForceStaysWhileTheFeedDoesNotAnswer) {
  open(4096, milliseconds{1});
  feed_->unavailable = true;
  const int before = feed_->asked;
  const auto revision = change([](control_transaction& t) { return set_routing(t, false); });
  while (feed_->asked == before) std::this_thread::yield();
  EXPECT_FALSE(config_->wait_for(revision, milliseconds{1}));
  EXPECT_EQ(kind("user1@zone1.example"), route_kind::forward);
  feed_->unavailable = false;
  EXPECT_EQ(after(revision, "user1@zone1.example"), route_kind::not_ours);
}

TEST_F(StoreRoutingSource, DoesNotWaitForWhatNeverCame) {
  open();
  EXPECT_FALSE(config_->wait_for(config_->last_change() + 1, milliseconds{1}));
}

// Two accounts have the name; in whichever order their zones are read, the active one's rules hold.
TEST_F(StoreRoutingSource, OnlyActiveZonesAreRoutedAndANameCanChangeHands) {
  const auto other = [](std::uint64_t number, model::zone_status status) {
    auto zone = test::make_zone(number, 2);
    zone.name = test::make_zone(1).name;
    zone.subdomains.clear();
    zone.ownership = {.status = status, .proof = model::zone_proof::txt};
    return zone;
  };
  auto drop = test::make_rule(0, 8);
  drop.matchers.front().value = "user1@zone1.example";
  drop.actions = {{.type = "drop"}};
  open();
  for (const std::uint64_t number : {0U, 9U}) {
    drop.zone = id_of('z', number);
    drop.id = id_of('r', 100 + number);
    EXPECT_EQ(after(change([&](control_transaction& t) -> result<void> {
                      SP_CHECK(t.put(test::make_account(2)));
                      SP_CHECK(t.put(other(number, model::zone_status::pending)));
                      return t.put(drop);
                    }),
                    "user1@zone1.example"),
              route_kind::forward)
        << number;
    const auto hand_over = [&](model::zone_status mine, model::zone_status theirs) {
      return change([&](control_transaction& t) -> result<void> {
        SP_TRY(auto zone, t.zone(id_of('z', 1)));
        zone.ownership.status = mine;
        auto next = other(number, theirs);
        // The one that gives the name up first: names of active zones are unique.
        if (mine == model::zone_status::active) {
          SP_CHECK(t.put(next));
          return t.put(zone);
        }
        SP_CHECK(t.put(zone));
        return t.put(next);
      });
    };
    using enum model::zone_status;
    EXPECT_EQ(after(hand_over(moved, active), "user1@zone1.example"), route_kind::drop) << number;
    EXPECT_EQ(after(hand_over(active, moved), "user1@zone1.example"), route_kind::forward)
        << number;
    EXPECT_EQ(after(hand_over(moved, moved), "user1@zone1.example"), route_kind::not_ours);
    EXPECT_EQ(after(hand_over(active, moved), "user1@zone1.example"), route_kind::forward);
    change([&](control_transaction& t) { return t.remove_zone(id_of('z', number)); });
  }
  EXPECT_EQ(config_->left_out(), left_out_counts{});
  EXPECT_TRUE(config_->current()->table->keeps_apart());
}

// What is not there may be among the changes that are lost.
TEST_F(StoreRoutingSource, IsInDoubtWhileChangesAreKnownToBeLost) {
  store_.reset();
  std::vector<std::filesystem::path> logs;
  for (const auto& file : std::filesystem::directory_iterator(options_.path)) {
    if (file.path().extension() == ".log" && file.file_size() > 0) logs.push_back(file.path());
  }
  ASSERT_FALSE(logs.empty());
  auto octets = storage::read_file(*std::ranges::max_element(logs));
  for (std::size_t i = 0; i < 16; ++i) octets[octets.size() / 2 + i] ^= '\x5A';
  storage::write_file(*std::ranges::max_element(logs), octets);
  store_ = storage::must_open_control(options_);
  ASSERT_NE(store_->trouble(), "");
  open();
  EXPECT_TRUE(config_->current()->doubtful);
  EXPECT_TRUE(config_->current()->incomplete);
  storage::loss_register(options_.path).accept(
      storage::loss_register(options_.path).pending().at(0).id);
  const auto deadline = time_.steady_now() + patience;
  while (config_->current()->doubtful && time_.steady_now() < deadline) config_->look_for_doubt();
  EXPECT_FALSE(config_->current()->doubtful) << "the operator knows";
  EXPECT_FALSE(config_->current()->incomplete);
}

}  // namespace
}  // namespace signpost::routing
