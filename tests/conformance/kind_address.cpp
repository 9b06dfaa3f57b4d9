// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `address`: is an address a Mailbox of RFC 5321 §4.1.2, by the category the suite gives it?
#include <set>

#include "proto/address/mailbox.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// The categories that may stand in an SMTP envelope. The others need comments, folding or obsolete
// forms (legal in header fields only) or are wrong everywhere.
const std::set<std::string> usable_in_smtp{"ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN",
                                           "ISEMAIL_RFC5321"};

case_result judge_case(const json& one, const std::string& section, std::size_t index) {
  const auto parsed = address::mailbox::parse(one.at("address").get<std::string>());
  const bool wanted = usable_in_smtp.contains(one.at("category").get<std::string>());
  const auto diagnosis = one.value("diagnosis", "");
  // The two sections number their cases independently.
  case_result r{section + "/" + case_id(one, section, index), parsed.has_value() == wanted, {}};
  if (!r.passed) {
    r.reason = wanted ? "refused (" + parsed.error().context + "), wanted " + diagnosis
                      : "accepted as " + parsed->to_string() + ", wanted " + diagnosis;
  }
  return r;
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  for (const auto* section : {"original_cases", "cases"}) {
    if (!suite.contains(section)) continue;
    std::size_t index = 0;
    for (const auto& one : suite.at(section)) results.push_back(judge_case(one, section, index++));
  }
  return results;
}

}  // namespace

void register_address();
void register_address() {
  register_kind("address", judge_suite);
}

}  // namespace signpost::conformance
