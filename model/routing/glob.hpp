// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Patterns with `*` (any number of characters) and `?` (one character, in UTF-8), matched against a
// whole text. All other characters match themselves.
//
// How it works: the positions in the pattern are bits; each octet of the text moves all of them at
// once (Baeza-Yates and Gonnet's Shift-And), so no pattern is slow: the time is the length of the
// text times the pattern's length in 64-bit words.
//
// Threads: immutable. Limits: `octets_max`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::model {

class glob {
 public:
  static constexpr std::size_t octets_max = 256;

  /// errc::limit_exceeded for a pattern over `octets_max`, errc::malformed if it is empty or not
  /// UTF-8.
  static result<glob> compile(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view text) const;
  /// For each octet of a text: see step_budget.
  [[nodiscard]] std::uint32_t steps() const { return static_cast<std::uint32_t>(words_); }
  [[nodiscard]] std::size_t memory_octets() const {
    return sizeof(*this) + steps_.size() * sizeof(std::uint64_t);
  }

 private:
  // Bit n: the first n characters (octets) of the pattern have been matched.
  static constexpr std::size_t words_max = (octets_max + 1 + 63) / 64;
  using positions = std::array<std::uint64_t, words_max>;

  glob() = default;
  void add(std::string_view pattern);

  std::size_t words_ = 1;     ///< of `positions` that are in use
  std::size_t accepted_ = 0;  ///< the position after the last character
  positions stars_{};         ///< where there is a `*`
  positions questions_{};     ///< behind a `?`
  /// For each octet its place in `steps_`; 0: an octet that does not occur in the pattern.
  std::array<std::uint16_t, 256> step_of_{};
  /// Rows of `words_`: the positions that are reached by this octet.
  std::vector<std::uint64_t> steps_;
};

}  // namespace signpost::model
