// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `dsn`: real bounces. Of `rfc3464` ones every group must be extracted with the fields that
// the suite lists; `nonstandard` ones must be known as bounces; those in `maildir/not` and abuse
// reports
// (`arf`) must not.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "proto/dsn/classify.hpp"
#include "proto/dsn/parse.hpp"
#include "tests/conformance/judge.hpp"

namespace signpost::conformance {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// The suite folds by its own rules: runs of white space count as one.
std::string normalized(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (space && out.ends_with(' ')) continue;
    out.push_back(space ? ' ' : c);
  }
  return out;
}

// Why `fields` lacks something that `wanted` has; empty if it does not.
std::string objection(const json& wanted, const std::vector<dsn::report_field>& fields) {
  for (const auto& [name, value] : wanted.items()) {
    const auto want = normalized(value.get<std::string>());
    const auto got = normalized(dsn::field_value(fields, name));
    if (want != got) return name + " is '" + printable(got, 120) + "', wanted '" + want + "'";
  }
  return {};
}

bool is_about_recipient(const json& group) {
  return group.contains("final-recipient") || group.contains("original-recipient")
         || group.contains("action") || group.contains("status");
}

// The suite's groups in order against ours; empty if all are there and no others.
std::string compare_groups(const json& groups, const imf::message_view& message) {
  const auto report = dsn::parse_report(message);
  std::size_t recipients = 0;
  for (const auto& group : groups) {
    if (group.empty()) continue;
    if (!report) return "no report found: " + report.error().context;
    // Without a word of a recipient it is of the message, or it is the rest of a recipient's group
    // that the suite cut off at a stray line.
    if (!is_about_recipient(group) && objection(group, report->fields).empty()) continue;
    if (recipients == report->recipients.size()) return "a recipient is missing";
    auto wrong = objection(group, report->recipients[recipients++].fields);
    if (!wrong.empty()) return "recipient " + std::to_string(recipients) + ": " + wrong;
  }
  if (recipients > 0 && recipients != report->recipients.size()) return "too many recipients";
  return {};
}

std::string judge_case(const json& one, const std::string& octets) {
  const auto kind = one.at("kind").get<std::string>();
  const imf::message_view message(octets);
  const auto bounce = dsn::classify_bounce(message);
  const bool is_bounce = kind != "arf" && one.at("id").get<std::string>().find("maildir/not/") != 0;
  if (is_bounce != (bounce != dsn::bounce_kind::none)) {
    return is_bounce ? "not known as a bounce" : "taken for a bounce";
  }
  // Every one that came with a null sender would find its way back.
  if (is_bounce && dsn::classify_notification(message) == dsn::notification_kind::none) {
    return "not known as a notification";
  }
  return one.contains("rfc3464_fields") ? compare_groups(one.at("rfc3464_fields"), message) : "";
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path& folder) {
  std::vector<case_result> results;
  for (const auto& one : suite.at("cases")) {
    const auto wrong = judge_case(one, read_file(folder / one.at("message").get<std::string>()));
    results.push_back({case_id(one, "cases", results.size()), wrong.empty(), wrong});
  }
  return results;
}

}  // namespace

void register_dsn();
void register_dsn() {
  register_kind("dsn", judge_suite);
}

}  // namespace signpost::conformance
