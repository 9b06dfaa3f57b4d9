// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much work a decision may be. It is counted in steps and not in time, so that the same request
// always has the same answer: one step is one instruction of a regular expression for one octet of
// an address, or other work of the same duration, some nanoseconds.
//
// Threads: one.
#pragma once

#include <cstdint>

namespace signpost::model {

class step_budget {
 public:
  explicit step_budget(std::uint64_t steps) : max_(steps), left_(steps) {}

  /// False if less than that is left: then the budget is used up, and stays so.
  [[nodiscard]] bool spend(std::uint64_t steps) {
    if (steps > left_) used_up_ = true;
    if (used_up_) return false;
    left_ -= steps;
    return true;
  }
  void use_up() { used_up_ = true; }
  [[nodiscard]] bool used_up() const { return used_up_; }
  [[nodiscard]] std::uint64_t limit() const { return max_; }
  [[nodiscard]] std::uint64_t spent() const { return max_ - left_; }

 private:
  std::uint64_t max_;
  std::uint64_t left_;
  bool used_up_ = false;
};

}  // namespace signpost::model
