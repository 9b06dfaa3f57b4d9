// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `parse-tables`: texts that a parser must take or refuse, in tables by what they are. Each
// table has one function in `table_judges`; a table without one is passed over and said so.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/dmarc/record.hpp"
#include "proto/spf/record.hpp"
#include "tests/conformance/dkim_tables.hpp"
#include "tests/conformance/judge.hpp"
#include "tests/conformance/tlsrpt_table.hpp"

namespace signpost::conformance {
namespace {

// One entry of a table: `text` in, `expected` as the other implementation writes the value.
struct table_entry {
  std::string text;
  std::string function;  ///< the test of the other implementation
  std::string call;      ///< good, valid, bad, invalid, test…
  std::string expected;

  [[nodiscard]] bool must_be_refused() const { return call == "bad" || call == "invalid"; }
};

using table_judge = std::function<std::pair<bool, std::string>(const table_entry&)>;

// The text behind `Name: "` in a Go literal, up to the closing quote; empty if it is not there.
std::string go_text(std::string_view literal, std::string_view name) {
  const auto opening = std::string(name) + ": \"";
  const auto at = literal.find(opening);
  if (at == std::string_view::npos) return {};
  const auto value = literal.substr(at + opening.size());
  return std::string(value.substr(0, value.find('"')));
}

std::pair<bool, std::string> judge_spf_record(const table_entry& entry) {
  const auto got = spf::parse_record(entry.text);
  const bool wanted = !entry.must_be_refused() && entry.expected != "nil";
  return {got.has_value() == wanted, got ? "accepted" : got.error().context};
}

bool has_uris(std::string_view expected, std::string_view member,
              const std::vector<std::string>& got) {
  const auto at = expected.find(std::string(member) + ": []URI{");
  if (at == std::string_view::npos) return got.empty();
  return std::ranges::all_of(got, [&](const std::string& uri) {
    return expected.substr(at).find("\"" + uri + "\"") != std::string_view::npos;
  });
}

bool is_policy(const std::string& wanted, const std::optional<dmarc::policy>& got) {
  return wanted.empty() ? !got : got && wanted == to_string(*got);
}

std::pair<bool, std::string> judge_dmarc_record(const table_entry& entry) {
  const auto got = dmarc::parse_record(entry.text);
  // RFC 9989 §4.8 discards wrong tags; what makes a record useless is §4.10.1.
  const bool usable = got && got->applies;
  if (entry.must_be_refused()) return {!usable, "accepted"};
  if (!usable) return {false, got ? "no usable policy" : got.error().context};
  const auto strict = [&](const char* name, dmarc::alignment_mode mode) {
    return (go_text(entry.expected, name) == "s") == (mode == dmarc::alignment_mode::strict);
  };
  const bool fits = is_policy(go_text(entry.expected, " Policy"), got->p)
                    && is_policy(go_text(entry.expected, "SubdomainPolicy"), got->sp)
                    && strict("ADKIM", got->adkim) && strict("ASPF", got->aspf)
                    && has_uris(entry.expected, "AggregateReportAddresses", got->rua)
                    && has_uris(entry.expected, "FailureReportAddresses", got->ruf);
  return {fits, "p=" + std::string(to_string(got->p)) + ", wanted " + entry.expected};
}

std::pair<bool, std::string> judge_address(const table_entry& entry) {
  // A local part alone is judged as part of a mailbox.
  const auto text =
      entry.function == "TestParseLocalpart" ? entry.text + "@shop.example" : entry.text;
  const auto got = address::mailbox::parse(text);
  return {got.has_value() == !entry.must_be_refused(), got ? "accepted" : got.error().context};
}

std::pair<bool, std::string> judge_tlsrpt(const table_entry& entry) {
  return judge_tlsrpt_record(entry.text, !entry.must_be_refused(), quoted_uris(entry.expected));
}

std::pair<bool, std::string> judge_dkim_key(const table_entry& entry) {
  return judge_dkim_record(entry.text, entry.expected);
}

std::pair<bool, std::string> judge_dkim_sig(const table_entry& entry) {
  return judge_dkim_signature(entry.text, entry.expected);
}

// By the beginning of the table's name: "spf" and "spf-record" are the same.
const std::array<std::pair<std::string_view, table_judge>, 8> table_judges{{
    {"spf", judge_spf_record},
    {"dmarc", judge_dmarc_record},
    {"dkim-record", judge_dkim_key},
    {"dkim-key", judge_dkim_key},
    {"dkim-sig", judge_dkim_sig},
    {"tlsrpt-report", {}},
    {"tlsrpt", judge_tlsrpt},
    {"smtp-address", judge_address},
}};

const table_judge* judge_of(std::string_view table) {
  const auto* const found = std::ranges::find_if(
      table_judges, [&](const auto& one) { return table.starts_with(one.first); });
  return found == table_judges.end() || !found->second ? nullptr : &found->second;
}

std::vector<case_result> judge_table(const std::string& name, const json& entries,
                                     const table_judge& judge_one) {
  std::vector<case_result> results;
  std::size_t index = 0;
  for (const auto& one : entries) {
    const auto [passed, reason] = judge_one({.text = one.at("input").at("text").get<std::string>(),
                                             .function = one.value("func", ""),
                                             .call = one.value("call", ""),
                                             .expected = one.value("expected_go", "")});
    results.push_back({case_id(one, name, index++), passed, reason});
  }
  return results;
}

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::string without_judge;
  for (const auto& [name, entries] : suite.at("tables").items()) {
    if (entries.empty()) continue;
    const auto* const judge_one = judge_of(name);
    if (judge_one == nullptr) {
      without_judge += (without_judge.empty() ? "" : ", ") + name;
      continue;
    }
    for (auto& r : judge_table(name, entries, *judge_one)) results.push_back(std::move(r));
  }
  if (!without_judge.empty())
    std::printf("parse-tables without a judge: %s\n", without_judge.c_str());
  return results;
}

}  // namespace

void register_parse_tables();
void register_parse_tables() {
  register_kind("parse-tables", judge_suite);
}

}  // namespace signpost::conformance
