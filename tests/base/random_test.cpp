// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

namespace signpost {
namespace {

// Gives the 64-bit values it was told, one after the other.
class told_random final : public random_source {
 public:
  explicit told_random(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
  void fill(std::span<std::byte> out) override {
    ASSERT_EQ(out.size(), sizeof(std::uint64_t));
    ASSERT_LT(next_, values_.size());
    std::memcpy(out.data(), &values_[next_++], out.size());
  }
  [[nodiscard]] std::size_t drawn() const { return next_; }

 private:
  std::vector<std::uint64_t> values_;
  std::size_t next_ = 0;
};

TEST(BaseRandomBelow, StaysBelow) {
  seeded_random random(1);
  std::array<int, 7> seen{};
  for (int i = 0; i < 7'000; ++i) ++seen.at(random.below(7));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

TEST(BaseRandomBelow, OneIsAlwaysZero) {
  seeded_random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(BaseRandomBelow, DrawsAgainRatherThanFavourSmallNumbers) {
  // 2^64 = 3 * 6148914691236517205 + 1: the last value would make 0 more likely than 1 and 2.
  told_random random({UINT64_MAX, UINT64_MAX - 1});
  EXPECT_EQ(random.below(3), (UINT64_MAX - 1) % 3);
  EXPECT_EQ(random.drawn(), 2U);
}

TEST(BaseRandomBelow, TakesTheLargestBound) {
  told_random random({UINT64_MAX - 1});
  EXPECT_EQ(random.below(UINT64_MAX), UINT64_MAX - 1);
}

TEST(BaseSeededRandom, RepeatsItself) {
  seeded_random a(42);
  seeded_random b(42);
  seeded_random c(43);
  std::array<std::byte, 64> from_a{};
  std::array<std::byte, 64> from_b{};
  std::array<std::byte, 64> from_c{};
  a.fill(from_a);
  b.fill(from_b);
  c.fill(from_c);
  EXPECT_EQ(from_a, from_b);
  EXPECT_NE(from_a, from_c);
}

TEST(BaseSystemRandom, DoesNotRepeatItself) {
  system_random random;
  std::array<std::byte, 32> first{};
  std::array<std::byte, 32> second{};
  random.fill(first);
  random.fill(second);
  EXPECT_NE(first, second);
  random.fill({});
}

}  // namespace
}  // namespace signpost
