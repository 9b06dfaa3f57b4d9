// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `dkim-verify`: signed messages with their keys. A message passes if one of its signatures
// does. Where the suite was made before RFC 8301, `expect_rfc8301` has the result of today. Its
// `fail` is the PERMFAIL of RFC 6376 §3.9: whatever is wrong for good.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "proto/dkim/verifier.hpp"
#include "tests/conformance/dkim_zone.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

// When messages are verified whose suite names no time: late enough for all that are to be expired.
constexpr std::int64_t default_now = 1'790'000'000;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// One word for the message, and the verdicts of its signatures for people.
struct outcome {
  std::string word;
  std::string detail;
};

outcome summary(const dkim::verification& verification) {
  if (verification.signatures.empty()) return {"none", ""};
  outcome out{"fail", ""};
  for (const auto& one : verification.signatures) {
    if (one.verdict == dkim::verdict::temperror && out.word == "fail") out.word = "temperror";
    if (one.verdict == dkim::verdict::pass) out.word = "pass";
    out.detail += " " + std::string(to_string(one.verdict)) + " (" + one.reason + ")";
  }
  return out;
}

outcome verify(const std::string& message, const dkim_zone& zone, std::int64_t now) {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  dkim::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, zone.find(name));
  return summary(verifier.finish(wall_time{seconds{now}}));
}

bool fits(const std::string& got, const std::string& wanted) {
  return got == wanted || (wanted == "notpass" && got != "pass");
}

case_result judge_case(const json& one, const std::string& id, const json& suite,
                       const std::filesystem::path& folder) {
  dkim_zone zone;
  if (suite.contains("dns")) zone.add(suite.at("dns"));
  if (one.contains("dns")) zone.add(one.at("dns"));
  auto message = read_file(folder / one.at("message").get<std::string>());
  if (one.value("eol", "crlf") == "lf") message = with_crlf(message);
  const auto now = one.value("now", suite.value("now", default_now));
  const auto got = verify(message, zone, now);
  const auto wanted = one.value("expect_rfc8301", one.at("expect").get<std::string>());
  return {id, fits(got.word, wanted),
          "is " + got.word + " [" + got.detail + " ], wanted " + wanted};
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path& folder) {
  std::vector<case_result> results;
  for (const auto& one : suite.at("cases")) {
    results.push_back(judge_case(one, case_id(one, "cases", results.size()), suite, folder));
  }
  return results;
}

}  // namespace

void register_dkim_verify();
void register_dkim_verify() {
  register_kind("dkim-verify", judge_suite);
}

}  // namespace signpost::conformance
