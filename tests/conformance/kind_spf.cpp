// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `spf`: check_host() over the zones of the suites, results and explanations.
#include <algorithm>

#include "base/text.hpp"
#include "proto/spf/evaluation.hpp"
#include "tests/conformance/dns_zone.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// Without exp= the explanation is the receiver's own (RFC 7208 §6.2): the suites write DEFAULT, or
// what their own implementation says then. We have no words of our own.
bool is_default(const std::string& wanted) {
  return wanted == "DEFAULT" || wanted.starts_with("http://www.openspf.org/why.html?sender=");
}

bool explanation_fits(const json& one, const spf::check_result& got) {
  if (!one.contains("explanation") || one.at("explanation").is_null()) return true;
  const auto wanted = one.at("explanation").get<std::string>();
  // RFC 7208 §7.3 leaves the letter case of an address as text open.
  return equals_ignoring_case(is_default(wanted) ? "" : wanted, got.explanation);
}

case_result judge_test(const json& one, const dns_zone& zone, const std::string& id) {
  const auto client = ip_address::parse(one.at("ip").get<std::string>());
  if (!client) return {id, false, "a client address that is none"};
  const auto got = spf::check_host(spf::evaluation({.client = *client,
                                                    .helo = one.value("helo", ""),
                                                    .sender = one.value("mailfrom", ""),
                                                    .receiver = "localdomain.foo.bar"}),
                                   [&](const dns::question& q) { return zone.look_up(q); });
  const auto& expect = one.at("expect");
  const std::string verdict(to_string(got.verdict));
  const bool fits = expect.is_array() ? std::ranges::find(expect, json(verdict)) != expect.end()
                                      : expect == verdict;
  return {id, fits && explanation_fits(one, got),
          "is " + verdict + " (" + got.problem + ") \"" + got.explanation + "\", wanted "
              + expect.dump() + " " + one.value("explanation", json()).dump()};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  for (const auto& scenario : suite.at("scenarios")) {
    const dns_zone zone(scenario.at("zone"));
    const auto name = scenario.at("scenario").get<std::string>();
    std::size_t index = 0;
    for (const auto& one : scenario.at("tests")) {
      results.push_back(judge_test(one, zone, name + "/" + case_id(one, "tests", index++)));
    }
  }
  return results;
}

}  // namespace

void register_spf();
void register_spf() {
  register_kind("spf", judge_suite);
}

}  // namespace signpost::conformance
