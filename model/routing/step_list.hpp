// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Collects the steps of routing_table::explain; costs nothing when they are not needed.
//
// Threads: one.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace signpost::model {

class step_list {
 public:
  /// nullptr: not needed.
  explicit step_list(std::vector<std::string>* steps) : steps_(steps) {}

  [[nodiscard]] bool wanted() const { return steps_ != nullptr; }
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    if (steps_ != nullptr) steps_->push_back(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::vector<std::string>* steps_;
};

}  // namespace signpost::model
