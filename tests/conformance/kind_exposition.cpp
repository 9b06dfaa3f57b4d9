// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `exposition`: pages of metrics in OpenMetrics text 1.0 that are valid or not.
#include <fstream>
#include <iterator>

#include "tests/conformance/judge.hpp"
#include "tests/support/exposition_parser.hpp"

namespace signpost::conformance {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path& folder) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.at("cases")) {
    const auto text = read_file(folder / one.at("file").get<std::string>());
    const auto parsed = test::parse_exposition(text, test::exposition_format::openmetrics);
    const auto valid = one.at("valid").get<bool>();
    results.push_back({case_id(one, "cases", index++), parsed.has_value() == valid,
                       parsed ? "accepted" : "refused: " + parsed.error().context});
  }
  return results;
}

}  // namespace

void register_exposition();
void register_exposition() {
  register_kind("exposition", judge_suite);
}

}  // namespace signpost::conformance
