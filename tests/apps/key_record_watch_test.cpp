// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/key_record_watch.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "proto/dkim/signer.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost {
namespace {

using config::dkim_key;

class KeyRecords : public testing::Test {
 protected:
  dkim_key key(const std::string& domain) {
    return {.domain = domain,
            .selector = "s",
            .type = crypto::key_type::ed25519,
            .when_seen = true,
            .created = clock.now(),
            .key = std::make_shared<const crypto::signing_key>(
                crypto::signing_key::generate(crypto::key_type::ed25519).value())};
  }
  void publish(const dkim_key& one, const dkim_key& as) {
    dns.add_txt(as.record_name(), dkim::key_record_text(one.key->public_half()));
  }
  std::size_t step(const std::vector<dkim_key>& awaited) {
    const auto found = watch.step(awaited).size();
    for (auto& task : std::exchange(tasks, {})) task();
    return found;
  }

  test::manual_clock clock;
  std::vector<std::function<void()>> tasks;
  test::table_resolver dns{[this](auto task) { tasks.push_back(std::move(task)); }};
  key_record_watch watch{dns, clock};
};

TEST_F(KeyRecords, AreFoundOnceTheyAreThere) {
  const auto one = key("a.example");
  EXPECT_EQ(step({one}), 0U);
  EXPECT_EQ(dns.asked().size(), 1U) << "at once";
  publish(one, one);
  EXPECT_EQ(step({one}), 0U);
  EXPECT_EQ(dns.asked().size(), 1U) << "not before its time";
  clock.advance(key_record_watch::interval_in_first_hour);
  EXPECT_EQ(step({one}), 0U);
  EXPECT_EQ(step({one}), 1U);
}

TEST_F(KeyRecords, AreOnlyThoseOfThatKeyAndAloneAtTheirName) {
  const auto other = key("other.example");
  const auto wrong = key("wrong.example");
  publish(other, wrong);
  const auto two = key("two.example");
  publish(two, two);
  publish(other, two);
  const auto mute = key("mute.example");
  dns.set_status(mute.record_name(), dns::status::servfail);
  step({wrong, two, mute});
  EXPECT_EQ(step({wrong, two, mute}), 0U);
}

TEST_F(KeyRecords, ThatNobodyWaitsForAnyMoreAreNotToldOf) {
  const auto one = key("a.example");
  publish(one, one);
  step({one});
  EXPECT_EQ(step({}), 0U);
  step({one});
  EXPECT_EQ(step({one}), 1U) << "it waits again";
}

TEST_F(KeyRecords, AreAskedForLessOftenAsTimeGoesBy) {
  const auto one = key("a.example");
  const auto asked_within = [&](std::chrono::minutes time) {
    const auto before = dns.asked().size();
    for (auto left = std::chrono::seconds(time); left.count() > 0; left -= seconds(5)) {
      step({one});
      clock.advance(seconds(5));
    }
    return dns.asked().size() - before;
  };
  EXPECT_EQ(asked_within(std::chrono::minutes(60)), 240U);
  EXPECT_EQ(asked_within(std::chrono::minutes(60)), 60U);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(asked_within(std::chrono::minutes(60)), 6U);
}

// Another key under the same name is not that one.
TEST_F(KeyRecords, AreThoseOfTheKeyThatWasAskedFor) {
  const auto one = key("a.example");
  const auto other = key("a.example");
  publish(one, one);
  step({one});
  EXPECT_EQ(step({other}), 0U);
}

TEST_F(KeyRecords, OfSeveralKeysTheNewestIsAskedFor) {
  auto old = key("a.example");
  auto young = key("a.example");
  old.selector = "old";
  young.created += seconds(1);
  step({old, young});
  ASSERT_EQ(dns.asked().size(), 1U);
  EXPECT_EQ(dns.asked()[0].name, young.record_name());
}

// A tenant may make many keys and publish none.
TEST_F(KeyRecords, AreAskedForAFewAtATimeAndAllInTurn) {
  std::vector<dkim_key> many;
  for (int i = 0; i < 20; ++i) many.push_back(key("d" + std::to_string(i) + ".example"));
  watch.step(many);
  EXPECT_EQ(tasks.size(), key_record_watch::open_max);
  watch.step(many);
  EXPECT_EQ(tasks.size(), key_record_watch::open_max) << "none has been answered";
  for (int i = 0; i < 4; ++i) step(many);
  EXPECT_EQ(dns.asked().size(), 20U);
}

}  // namespace
}  // namespace signpost
