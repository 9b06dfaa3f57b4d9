// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `mta-sts`: of its tables those about TLSRPT, which belongs to it (RFC 8460).
#include <cstdio>

#include "tests/conformance/judge.hpp"
#include "tests/conformance/tlsrpt_table.hpp"

namespace signpost::conformance {
namespace {

std::vector<std::string> uris_of(const json& one) {
  if (one.contains("rua")) return one.at("rua").get<std::vector<std::string>>();
  return quoted_uris(one.value("expected_go", ""));
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.value("tlsrpt_record", json::array())) {
    const auto [passed, reason] = judge_tlsrpt_record(one.at("text").get<std::string>(),
                                                      one.at("valid").get<bool>(), uris_of(one));
    results.push_back({case_id(one, "tlsrpt_record", index++), passed, reason});
  }
  std::string without_judge;
  for (const auto& [name, table] : suite.items()) {
    if (table.is_array() && name != "tlsrpt_record") without_judge += " " + name;
  }
  if (!without_judge.empty()) std::printf("mta-sts without a judge:%s\n", without_judge.c_str());
  return results;
}

}  // namespace

void register_mta_sts();
void register_mta_sts() {
  register_kind("mta-sts", judge_suite);
}

}  // namespace signpost::conformance
