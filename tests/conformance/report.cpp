// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/report.hpp"

#include <fmt/format.h>

#include <fstream>

namespace signpost::conformance {

std::string exception_list::load(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fmt::format("{}: cannot be read", file.string());
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto first = line.find('\t');
    const auto second = first == std::string::npos ? first : line.find('\t', first + 1);
    if (second == std::string::npos || second + 1 == line.size()) {
      return fmt::format("{}:{}: not 'folder<TAB>case id<TAB>reason'", file.string(), number);
    }
    cases_.emplace(line.substr(0, first), line.substr(first + 1, second - first - 1));
  }
  return {};
}

void kind_score::add(const std::string& folder, const std::vector<case_result>& results,
                     const exception_list& exceptions) {
  // A judge that looks at nothing must not look like one that found nothing wrong.
  if (results.empty()) return add_failure(folder, "the judge found no cases");
  for (const auto& r : results) {
    const bool excepted = exceptions.has(folder, r.id);
    if (excepted && !r.passed) {
      ++excepted_;
      continue;
    }
    ++total_;
    if (excepted) {
      failures_.push_back(
          fmt::format("{}/{}: passes, but is listed as an exception", folder, r.id));
    } else if (r.passed) {
      ++passed_;
    } else {
      failures_.push_back(fmt::format("{}/{}: {}", folder, r.id, r.reason));
    }
  }
}

void kind_score::add_failure(const std::string& folder, const std::string& reason) {
  ++total_;
  failures_.push_back(fmt::format("{}: {}", folder, reason));
}

void kind_score::print(const std::string& kind, bool with_failures) const {
  fmt::print("{} {}/{}", kind, passed_, total_);
  if (excepted_ > 0) fmt::print(" excepted {}", excepted_);
  fmt::print("\n");
  if (!with_failures) return;
  for (const auto& failure : failures_) fmt::print("  {}\n", failure);
}

}  // namespace signpost::conformance
