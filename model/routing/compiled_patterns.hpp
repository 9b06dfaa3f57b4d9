// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The patterns of one zone, compiled to be matched together: one pass over an address shows which
// of a thousand regular expressions match.
//
//     SP_TRY(const auto compiled, compiled_patterns::compile(patterns));
//     SP_TRY(const auto found, compiled->matching_regexes("sales-7@example.org"));
//
// How it works: RE2::Set is one automaton of all expressions. Its states are built while it runs
// and kept within a bound; when that is full, all are discarded, so each octet of an address takes
// at worst as many steps as the expressions have instructions, and at best one. It never
// backtracks.
//
// Threads: immutable for the caller; any number may match.
// Limits: `octets()` is never exceeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/routing/address_pattern.hpp"
#include "model/routing/glob.hpp"

namespace signpost::model {

class compiled_patterns {
 public:
  ~compiled_patterns();
  compiled_patterns(const compiled_patterns&) = delete;
  compiled_patterns& operator=(const compiled_patterns&) = delete;

  /// errc::limit_exceeded if the expressions together take more memory than their steps allow.
  static result<std::shared_ptr<const compiled_patterns>> compile(
      std::span<const address_pattern* const> patterns);
  /// In steps (see step_budget), for patterns with this many steps together.
  static std::uint64_t steps_to_compile(std::uint64_t regex_steps, std::size_t globs);

  /// `number` counts the globs among the patterns, from 0.
  [[nodiscard]] bool glob_matches(std::size_t number, std::string_view folded) const;
  /// Which of the regular expressions, counted from 0, match, in ascending order.
  /// errc::limit_exceeded if their memory is not enough.
  [[nodiscard]] result<std::vector<int>> matching_regexes(std::string_view folded) const;
  /// The most memory that this will ever take.
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  struct regex_set;
  compiled_patterns();
  result<void> add_regexes(std::span<const address_pattern* const> patterns);

  std::vector<glob> globs_;
  std::unique_ptr<const regex_set> regexes_;
  std::size_t octets_ = 0;
};

}  // namespace signpost::model
