// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/queue_id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "base/text.hpp"

namespace signpost::model {
namespace {

std::vector<queue_id> random_ids(std::size_t count) {
  seeded_random random(7);
  std::vector<queue_id> ids;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::byte, 16> octets{};
    random.fill(octets);
    ids.push_back(*queue_id::from_octets(as_text(octets)));
  }
  return ids;
}

TEST(QueueId, TextRoundTripsInEitherCase) {
  for (const auto& id : random_ids(2000)) {
    const auto text = id.to_string();
    ASSERT_EQ(text.size(), 26U);
    EXPECT_EQ(queue_id::parse(text), id);
    EXPECT_EQ(queue_id::parse(to_lower(text)), id);
  }
}

TEST(QueueId, TextSortsLikeTheOctets) {
  auto ids = random_ids(2000);
  std::ranges::sort(ids, {}, [](const queue_id& id) { return std::string(id.octets()); });
  EXPECT_TRUE(std::ranges::is_sorted(ids, {}, &queue_id::to_string));
  // operator<=> must agree with RocksDB's order, which compares unsigned octets.
  EXPECT_TRUE(std::ranges::is_sorted(ids));
}

TEST(QueueId, KeepsItsParts) {
  const auto id = queue_id::make(wall_time{milliseconds{1'790'000'000'123}}, 0xABCD, 42);
  EXPECT_EQ(id.accepted(), wall_time{milliseconds{1'790'000'000'123}});
  EXPECT_EQ(to_hex(as_bytes(id.octets().substr(6))), "abcd000000000000002a");
  EXPECT_LT(id, queue_id::make(wall_time{milliseconds{1'790'000'000'124}}, 0, 0));
  EXPECT_LT(id, queue_id::make(wall_time{milliseconds{1'790'000'000'123}}, 0xABCD, 43));
}

TEST(QueueId, KnownTexts) {
  EXPECT_EQ(queue_id().to_string(), "00000000000000000000000000");
  EXPECT_EQ(queue_id::from_octets(std::string(16, '\xFF'))->to_string(),
            "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

TEST(QueueId, RefusesEverythingElse) {
  for (const auto* text : {"", "0", "0000000000000000000000000", "000000000000000000000000000",
                           "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "I0000000000000000000000000",
                           "0000000000000000000000000U", "0000000000000-000000000000"}) {
    EXPECT_EQ(queue_id::parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(queue_id::from_octets("fifteen octets."), std::nullopt);
}

}  // namespace
}  // namespace signpost::model
