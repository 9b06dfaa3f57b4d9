// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/recent_sizes.hpp"

#include <gtest/gtest.h>

namespace signpost::storage {
namespace {

model::queue_id id_of(std::uint64_t sequence, std::uint16_t node = 1) {
  return model::queue_id::make(wall_time{}, node, sequence);
}

TEST(RecentSizes, KnowsAsManyNeighboursAsItHasPlaces) {
  recent_sizes sizes;
  for (std::uint64_t i = 1; i <= recent_sizes::places; ++i) sizes.remember(id_of(i), 100 * i);
  for (std::uint64_t i = 1; i <= recent_sizes::places; ++i) {
    EXPECT_EQ(sizes.find(id_of(i)), 100 * i) << i;
  }
}

TEST(RecentSizes, ForgetsWhatLostItsPlaceInsteadOfTakingOneForAnother) {
  recent_sizes sizes;
  sizes.remember(id_of(7), 5'000'000);
  EXPECT_EQ(sizes.find(id_of(7, 2)), std::nullopt);
  sizes.remember(id_of(7 + recent_sizes::places), 10);
  EXPECT_EQ(sizes.find(id_of(7)), std::nullopt);
  EXPECT_EQ(sizes.find(id_of(7 + recent_sizes::places)), 10U);
}

TEST(RecentSizes, KnowsNothingAtFirst) {
  const recent_sizes sizes;
  EXPECT_EQ(sizes.find(id_of(1)), std::nullopt);
}

}  // namespace
}  // namespace signpost::storage
