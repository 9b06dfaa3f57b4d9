// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How often each of any number of keys was counted lately, in memory that does not grow with them:
// for limits on what strangers choose (addresses, domains, networks). Each key has one cell in each
// of four rows, at places that depend on a secret, and its count is the smallest of the four
// (count-min). So nobody can push another key out of the table, as would be possible with a list of
// the latest; a key that shares all four cells with others is counted too high, never too low.
//
//     windowed_counts uses({.secret = random, .window = 1h});
//     if (uses.add("ann@shop.example", now) > 60) …;
//
// Threads: one at a time. Limits: `width` cells a row; with far more keys than that in one window
// every count is too high.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace signpost::model {

class windowed_counts {
 public:
  struct options {
    /// Where a key's cells are depends on it.
    std::string secret;
    milliseconds window = std::chrono::hours(1);
    std::size_t width = 16 * 1024;
  };

  explicit windowed_counts(options o);

  /// Counts `key` once more and returns its count in the window that ends now. The count of the
  /// previous window is weighted with the part of it that still falls into this one, as if events
  /// had arrived evenly.
  std::uint32_t add(std::string_view key, steady_time now);
  [[nodiscard]] std::uint32_t count(std::string_view key, steady_time now);

 private:
  static constexpr std::size_t row_count = 4;
  using places = std::array<std::size_t, row_count>;
  using table = std::vector<std::uint16_t>;

  [[nodiscard]] places places_of(std::string_view key) const;
  [[nodiscard]] std::uint32_t count_at(const places& at, steady_time now) const;
  void turn(steady_time now);

  options options_;
  table current_;
  table before_;
  steady_time begin_{};
};

}  // namespace signpost::model
