// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `idna`: UTS #46 non-transitional ToASCII with all checks on, and ToUnicode of what passed.
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/idna.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// Why `parsed` is not what the case wants; empty if it is.
std::string objection(const json& one, const result<address::domain>& parsed) {
  const auto& status = one.at("toAsciiNStatus");
  if (!status.empty()) {
    return parsed ? "accepted as " + parsed->ascii() + ", wanted " + status.dump() : "";
  }
  if (!parsed) return "refused: " + parsed.error().context;
  auto wanted = one.at("toAsciiN").get<std::string>();
  // A trailing dot names the same domain; ours are kept without.
  if (wanted.ends_with('.')) wanted.pop_back();
  if (parsed->ascii() != wanted) return "is " + parsed->ascii() + ", wanted " + wanted;
  auto unicode = one.at("toUnicode").get<std::string>();
  if (unicode.ends_with('.')) unicode.pop_back();
  return address::to_u_labels(parsed->ascii()) == unicode ? "" : "in Unicode not as wanted";
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : suite.at("cases")) {
    const auto source = one.at("src").get<std::string>();
    const auto wrong = objection(one, address::domain::parse(source));
    results.push_back({case_id(one, "cases", index++), wrong.empty(),
                       "'" + printable(source, 80) + "' " + wrong});
  }
  return results;
}

}  // namespace

void register_idna();
void register_idna() {
  register_kind("idna", judge_suite);
}

}  // namespace signpost::conformance
