// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts judgements per kind, takes the listed exceptions out and prints the lines.
//
// Threads: one.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/judge.hpp"

namespace signpost::conformance {

/// The cases that are wrong by the standard they test: `folder<TAB>case id<TAB>reason` per line,
/// `#` begins a comment line.
class exception_list {
 public:
  /// Adds the file's lines. Returns what is wrong with it, empty if nothing is.
  std::string load(const std::filesystem::path& file);
  [[nodiscard]] bool has(const std::string& folder, const std::string& id) const {
    return cases_.contains({folder, id});
  }

 private:
  std::set<std::pair<std::string, std::string>> cases_;
};

/// The score of one kind over all its suites.
class kind_score {
 public:
  void add(const std::string& folder, const std::vector<case_result>& results,
           const exception_list& exceptions);
  /// A suite that could not be judged at all.
  void add_failure(const std::string& folder, const std::string& reason);

  [[nodiscard]] bool failed() const { return !failures_.empty(); }
  /// `idna 3720/3720`, with `excepted N` behind it; then the failures, if asked for.
  void print(const std::string& kind, bool with_failures) const;

 private:
  std::size_t passed_ = 0;
  std::size_t total_ = 0;
  std::size_t excepted_ = 0;
  std::vector<std::string> failures_;
};

}  // namespace signpost::conformance
