// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/commands/dns_report.hpp"

#include <fmt/format.h>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"

namespace signpost::cli {
namespace {

bool is_fine(const std::string& status) {
  return status == "ok" || status == "optional";
}

}  // namespace

answer<json> dns_reports(const api_client& client, const json& zone) {
  SP_TRY(const auto got, client.call("GET", own_zone_path(zone) + "/dns"));
  return member_of(got.result, "domains");
}

answer<json> routed_zones(const api_client& client, std::uint64_t max, bool* more) {
  auto zones = json::array();
  if (more != nullptr) *more = false;
  SP_TRY(const auto accounts, client.list("/client/v4/accounts"));
  for (const auto& account : accounts) {
    SP_TRY(auto all,
           client.list("/client/v4/accounts/" + text_of(account, "id") + "/email/routing/zones"));
    for (auto& one : all) {
      if (!is_true(one, "enabled")) continue;
      if (max > 0 && zones.size() >= max) {
        if (more != nullptr) *more = true;
        return zones;
      }
      zones.push_back(std::move(one));
    }
  }
  return zones;
}

std::vector<dns_fault> faults_of(const json& domain_report) {
  std::vector<dns_fault> out;
  for (const auto& r : member_of(domain_report, "records")) {
    const auto status = text_of(r, "status");
    const bool required = is_true(r, "required");
    // Nobody must publish what is only recommended, but it must not be wrong.
    if (is_fine(status) || (!required && status != "wrong")) continue;
    out.push_back({.record = fmt::format("{} {}", text_of(r, "type"), text_of(r, "name")),
                   .text = status_text(r),
                   .fix = text_of(r, "fix"),
                   .serious = required && status != "weak"});
  }
  return out;
}

std::string status_text(const json& record) {
  const auto status = text_of(record, "status");
  const auto fault = text_of(record, "fault");
  const auto text = text_of(record, "text");
  auto out = fault.empty() ? status : fault;
  if (!text.empty()) out += ": " + text;
  return out;
}

tone status_tone(const json& record) {
  const auto status = text_of(record, "status");
  if (status == "ok") return tone::good;
  if (status == "optional") return tone::faint;
  const bool serious = is_true(record, "required") && (status == "missing" || status == "wrong");
  return serious || status == "wrong" ? tone::bad : tone::warning;
}

}  // namespace signpost::cli
