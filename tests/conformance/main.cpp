// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// signpost_conformance [--failures] [KIND...]: judges the suites in $SIGNPOST_SUITE_DIR and prints
// one line per kind. Ends with 0 if all passed, 1 if a case failed, 2 if it could not run, 77 if
// SIGNPOST_SUITE_DIR is unset (ctest's "skipped").
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "tests/conformance/judge.hpp"
#include "tests/conformance/report.hpp"

namespace signpost::conformance {
namespace {

namespace fs = std::filesystem;

constexpr int exit_failed_cases = 1;
constexpr int exit_cannot_run = 2;
constexpr int exit_skipped = 77;

std::map<std::string, judge>& judges() {
  static std::map<std::string, judge> all;
  return all;
}

struct options {
  bool failures = false;
  std::set<std::string> kinds;
};

struct suite {
  fs::path folder;
  json cases;
};

using suites_by_kind = std::map<std::string, std::vector<suite>>;

int complain(const std::string& what) {
  fmt::print(stderr, "signpost_conformance: {}\n", what);
  return exit_cannot_run;
}

std::optional<options> parse_arguments(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--failures") {
      o.failures = true;
    } else if (argument.starts_with('-')) {
      fmt::print(stderr, "usage: signpost_conformance [--failures] [KIND...]\n");
      return std::nullopt;
    } else {
      o.kinds.emplace(argument);
    }
  }
  return o;
}

// Returns what is wrong, empty if nothing is.
std::string load_suite(const fs::path& file, suites_by_kind& suites) {
  std::ifstream in(file, std::ios::binary);
  auto cases = json::parse(in, nullptr, false);
  if (!cases.is_object() || !cases.contains("kind") || !cases["kind"].is_string()) {
    return fmt::format("{}: not a JSON object with a field 'kind'", file.string());
  }
  auto kind = cases["kind"].get<std::string>();
  suites[std::move(kind)].push_back({file.parent_path(), std::move(cases)});
  return {};
}

std::string load_suites(const fs::path& root, suites_by_kind& suites) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(root)) {
    auto file = entry.path() / "cases.json";
    if (fs::is_regular_file(file)) files.push_back(std::move(file));
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    if (auto wrong = load_suite(file, suites); !wrong.empty()) return wrong;
  }
  if (files.empty()) return fmt::format("no */cases.json in {}", root.string());
  return {};
}

// The names that nobody knows, joined; empty if all are known.
std::string unknown_kinds(const options& o, const suites_by_kind& suites) {
  std::string unknown;
  for (const auto& kind : o.kinds) {
    if (!suites.contains(kind) && !judges().contains(kind)) unknown += " " + kind;
  }
  if (unknown.empty()) return {};
  std::set<std::string> known;
  for (const auto& [kind, unused] : suites) known.insert(kind);
  for (const auto& [kind, unused] : judges()) known.insert(kind);
  return fmt::format("unknown kind:{}; known are: {}", unknown, fmt::join(known, " "));
}

kind_score judge_kind(const judge& judge_suite, const std::vector<suite>& suites,
                      const exception_list& exceptions) {
  kind_score score;
  for (const auto& s : suites) {
    const auto name = s.folder.filename().string();
    try {
      score.add(name, judge_suite(s.cases, s.folder), exceptions);
    } catch (const std::exception& e) {
      score.add_failure(name, fmt::format("the judge gave up: {}", e.what()));
    }
  }
  return score;
}

int judge_all(const options& o, const suites_by_kind& suites, const exception_list& exceptions) {
  bool failed = false;
  for (const auto& [kind, of_kind] : suites) {
    if (!o.kinds.empty() && !o.kinds.contains(kind)) continue;
    const auto judge_suite = judges().find(kind);
    if (judge_suite == judges().end()) {
      fmt::print("{} skipped (no judge in this build)\n", kind);
      continue;
    }
    const auto score = judge_kind(judge_suite->second, of_kind, exceptions);
    score.print(kind, o.failures);
    failed = failed || score.failed();
  }
  for (const auto& kind : o.kinds) {
    if (!suites.contains(kind)) fmt::print("{} skipped (no suite of this kind)\n", kind);
  }
  return failed ? exit_failed_cases : 0;
}

int run(int argc, char** argv) {
  const auto o = parse_arguments(argc, argv);
  if (!o) return exit_cannot_run;
  const char* root = std::getenv("SIGNPOST_SUITE_DIR");
  if (root == nullptr || *root == '\0') {
    complain("SIGNPOST_SUITE_DIR is not set: it must name the folder of the third-party suites");
    return exit_skipped;
  }
  if (!fs::is_directory(root))
    return complain(fmt::format("SIGNPOST_SUITE_DIR={} is no folder", root));
  register_all_kinds();
  suites_by_kind suites;
  if (auto wrong = load_suites(root, suites); !wrong.empty()) return complain(wrong);
  if (auto unknown = unknown_kinds(*o, suites); !unknown.empty()) return complain(unknown);
  exception_list exceptions;
  if (auto wrong = exceptions.load(SIGNPOST_EXCEPTIONS_FILE); !wrong.empty())
    return complain(wrong);
  return judge_all(*o, suites, exceptions);
}

}  // namespace

void register_kind(const std::string& name, judge judge_suite) {
  judges()[name] = std::move(judge_suite);
}

}  // namespace signpost::conformance

int main(int argc, char** argv) {
  try {
    return signpost::conformance::run(argc, argv);
  } catch (const std::exception& e) {
    return signpost::conformance::complain(e.what());
  }
}
