// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Kind `mta-sts`: records, policies, hosts, answers of web servers, and TLSRPT records, which
// belong to it (RFC 8460).
#include <cstdio>
#include <string>
#include <utility>

#include "proto/mta_sts/policy.hpp"
#include "proto/mta_sts/record.hpp"
#include "tests/conformance/judge.hpp"
#include "tests/conformance/tlsrpt_table.hpp"

namespace signpost::conformance {
namespace {

using judgement = std::pair<bool, std::string>;

template <typename Read>
judgement judge_reading(const json& one, const char* wanted, Read read) {
  const auto got = read();
  const bool valid = one.at(wanted).get<bool>();
  return {got.has_value() == valid, got ? "accepted" : got.error().context};
}

judgement judge_record(const json& one) {
  return judge_reading(one, "valid",
                       [&] { return mta_sts::parse_record(one.at("text").get<std::string>()); });
}

judgement judge_policy(const json& one) {
  return judge_reading(one, "valid",
                       [&] { return mta_sts::parse_policy(one.at("text").get<std::string>()); });
}

judgement judge_match(const json& one) {
  const mta_sts::policy policy{.mode = mta_sts::policy_mode::enforce,
                               .mx = one.at("policy_mx").get<std::vector<std::string>>()};
  const bool allowed = mta_sts::allows(policy, one.at("host").get<std::string>());
  return {allowed == one.at("match").get<bool>(), allowed ? "allowed" : "not allowed"};
}

judgement judge_content_type(const json& one) {
  const auto type = one.at("content_type").get<std::string>();
  return judge_reading(one, "ok", [&] {
    return mta_sts::read_response({.status = 200,
                                   .content_type = type,
                                   .body = "version: STSv1\nmode: none\nmax_age: 1\n"});
  });
}

// Of an answer that came; whether the server's certificate is good is for the web client to say.
judgement judge_fetch(const json& one) {
  auto body = one.at("body").get<std::string>();
  if (body.starts_with("<64KiB+2 NUL")) body.assign(mta_sts::policy_octets_max + 2, '\0');
  const auto got = mta_sts::read_response(
      {.status = one.at("http_status").get<int>(), .content_type = "text/plain", .body = body});
  if (got) return {false, "accepted"};
  const auto wanted = one.at("expect").get<std::string>();
  using enum errc;
  const bool right = wanted == "no-policy"       ? got.error().code == not_found
                     : wanted == "policy-syntax" ? got.error().code == limit_exceeded
                                                       || got.error().code == malformed
                                                 : got.error().code == unavailable;
  return {right, got.error().context};
}

std::vector<std::string> uris_of(const json& one) {
  if (one.contains("rua")) return one.at("rua").get<std::vector<std::string>>();
  return quoted_uris(one.value("expected_go", ""));
}

judgement judge_tlsrpt(const json& one) {
  return judge_tlsrpt_record(one.at("text").get<std::string>(), one.at("valid").get<bool>(),
                             uris_of(one));
}

constexpr std::pair<const char*, judgement (*)(const json&)> tables[] = {
    {"record_parse", judge_record}, {"policy_parse", judge_policy},
    {"mx_match", judge_match},      {"content_type", judge_content_type},
    {"fetch", judge_fetch},         {"tlsrpt_record", judge_tlsrpt}};

std::vector<case_result> judge_suite(const json& suite, const std::filesystem::path&) {
  std::vector<case_result> results;
  std::size_t left_out = 0;
  for (const auto& [name, judge_one] : tables) {
    std::size_t index = 0;
    for (const auto& one : suite.value(name, json::array())) {
      const auto id = case_id(one, name, index++);
      if (one.value("cert", "ok") != "ok") {
        ++left_out;
        continue;
      }
      auto [passed, reason] = judge_one(one);
      results.push_back({id, passed, std::move(reason)});
    }
  }
  if (left_out > 0) std::printf("mta-sts: %zu cases of certificates have no judge\n", left_out);
  return results;
}

}  // namespace

void register_mta_sts();
void register_mta_sts() {
  register_kind("mta-sts", judge_suite);
}

}  // namespace signpost::conformance
