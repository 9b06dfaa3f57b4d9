// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts latencies in buckets whose width grows with the value: 64 buckets for each power of two,
// so a percentile is right to 1.6 %, and recording allocates nothing.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace signpost::bench {

class latency_histogram {
 public:
  /// Negative values count as 0, values above `us_max` as `us_max`.
  void record(std::int64_t us) {
    const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(us, 0, us_max));
    ++buckets_[index_of(value)];
    ++count_;
    max_ = std::max(max_, value);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double max_ms() const { return static_cast<double>(max_) / 1e3; }

  /// The latency in milliseconds that the share `q` (0 to 1) of the recorded ones did not exceed; 0
  /// when nothing was recorded.
  [[nodiscard]] double percentile_ms(double q) const {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(count_ - 1)) + 1;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted) return static_cast<double>(std::min(upper_end(i), max_)) / 1e3;
    }
    return max_ms();
  }

 private:
  static constexpr unsigned sub_bits = 6;
  static constexpr unsigned value_bits = 36;
  static constexpr std::int64_t us_max = (std::int64_t{1} << value_bits) - 1;

  // Values below 2^sub_bits have a bucket each; above, the leading bits choose it.
  static std::size_t index_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= sub_bits) return value;
    const unsigned shift = width - sub_bits - 1;
    return (std::size_t{shift} << sub_bits) + (value >> shift);
  }
  static std::uint64_t upper_end(std::size_t index) {
    if (index < (1U << (sub_bits + 1))) return index;
    const std::size_t shift = (index >> sub_bits) - 1;
    return (((index - (shift << sub_bits)) + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (value_bits - sub_bits + 1) << sub_bits> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace signpost::bench
