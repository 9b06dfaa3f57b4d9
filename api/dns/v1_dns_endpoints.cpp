// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Help with the DNS: the records that a zone and its subdomains should have, what they have, what
// to do; and the same as a zone file.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <chrono>
#include <array>

#include "api/dns/dns_report.hpp"
#include "api/dns/endpoints.hpp"
#include "api/dns/ownership_record.hpp"
#include "api/frame/v1_support.hpp"

namespace signpost::api {
namespace {

/// Limited, because there are few threads.
constexpr std::chrono::seconds wait_max{5};
/// Subdomains that one request checks; others by `domain`.
constexpr std::size_t domains_max = 20;

std::vector<mail_domain> domains_of(const rest_call& call) {
  const auto& zone = *call.zone;
  const bool active = zone.is_active();
  std::vector<mail_domain> out{{.domain = zone.name, .zone = zone.name, .has_keys = active}};
  if (!active || zone.ownership.proof == model::zone_proof::txt) {
    out.front().ownership = ownership_record(call.world, zone);
  }
  for (const auto& s : zone.subdomains) {
    if (s.enabled) out.push_back({.domain = s.name, .zone = zone.name, .has_keys = active});
  }
  return out;
}

// All of the zone, or the one that the parameter names.
answer<std::vector<mail_domain>> wanted_domains(const rest_call& call) {
  SP_CHECK(only_parameters(call, {"domain"}));
  SP_TRY(const auto name, domain_parameter(call, "domain"));
  auto all = domains_of(call);
  if (name.empty()) return all;
  std::erase_if(all, [&](const auto& d) { return d.domain != name; });
  if (all.empty()) {
    return refuse(invalid_input(
        fmt::format("domain must be {} or one of its routed subdomains", call.zone->name)));
  }
  return all;
}

json record_json(const record_report& r) {
  json out{{"purpose", to_string(r.purpose)},
           {"required", r.required},
           {"type", r.wanted.type},
           {"name", r.wanted.name},
           {"content", r.wanted.content},
           {"priority", r.wanted.priority ? json(*r.wanted.priority) : json(nullptr)},
           {"status", to_string(r.status)},
           {"found", r.found},
           {"fault", r.fault.empty() ? json(nullptr) : json(r.fault)},
           {"text", r.text},
           {"fix", r.fix}};
  return out;
}

json domain_json(const mail_domain& name, const std::vector<record_report>& records) {
  auto list = json::array();
  for (const auto& r : records) list.push_back(record_json(r));
  const bool ready = std::ranges::all_of(records, [](const auto& r) {
    return !r.required || r.status == record_status::ok || r.status == record_status::weak;
  });
  return {{"domain", name.domain}, {"ready", ready}, {"records", std::move(list)}};
}

/// A domain's plan, what the DNS says of it, and what follows from that.
struct looked_at {
  dns_plan plan;
  std::vector<std::optional<dns::answer>> answers;
  spf_look spf;
};

// Round by round, those of all domains together, for as long as anybody may wait.
void look_at_spf(const rest_call& call, std::vector<looked_at>& all) {
  const auto end = std::chrono::steady_clock::now() + wait_max;
  for (;;) {
    std::vector<dns::question> questions;
    for (const auto& one : all) {
      std::ranges::copy(one.spf.questions(), std::back_inserter(questions));
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (questions.empty() || left.count() <= 0) return;
    const auto answers = call.world.checks->answers(call.world.resolver, questions, left);
    auto next = std::span(answers);
    for (auto& one : all) {
      const auto count = one.spf.questions().size();
      one.spf.answer(next.first(count));
      next = next.subspan(count);
    }
  }
}

// All queries are sent together, so that a slow domain does not delay the others.
answer<rest_result> show_dns(rest_call& call) {
  SP_TRY(auto domains, wanted_domains(call));
  if (domains.size() > domains_max) {
    return refuse(invalid_input(
        fmt::format("the zone has more than {} domains; name one with domain=", domains_max)));
  }
  std::vector<looked_at> all;
  std::vector<dns::question> questions;
  for (const auto& name : domains) {
    all.push_back({.plan = plan_of(call.world, name), .answers = {}, .spf = {}});
    std::ranges::copy(questions_of(all.back().plan), std::back_inserter(questions));
  }
  const auto answers = call.world.checks->answers(call.world.resolver, questions, wait_max);
  auto next = answers.begin();
  for (auto& one : all) {
    const auto end = next + static_cast<std::ptrdiff_t>(questions_of(one.plan).size());
    one.answers.assign(next, end);
    one.spf = spf_look_of(one.plan, one.answers);
    next = end;
  }
  look_at_spf(call, all);
  auto list = json::array();
  for (auto& one : all) {
    list.push_back(domain_json(one.plan.name,
                               report_of(one.plan, one.answers, std::move(one.spf))));
  }
  return rest_result{.result = {{"zone", call.zone->name}, {"domains", std::move(list)}}};
}

answer<rest_result> export_dns(rest_call& call) {
  SP_TRY(const auto domains, wanted_domains(call));
  std::string text;
  for (const auto& name : domains) text += zone_file_of(plan_of(call.world, name));
  return rest_result{.result = nullptr,
                     .raw = net::http_response{.status = 200,
                                               .body = std::move(text),
                                               .content_type = "text/dns",  // RFC 4027 §3
                                               .headers = {{"Cache-Control", "no-store"},
                                                           {"X-Content-Type-Options", "nosniff"}}}};
}

using enum permission;

constexpr std::array<endpoint, 2> dns_rows{{
    {"GET", "/zones/{zone_id}/dns", zone_settings_read, show_dns,
     "The DNS records that a zone needs, those it has, and what to do", "", "DnsReport", true},
    {"GET", "/zones/{zone_id}/dns/export", zone_settings_read, export_dns,
     "The records to publish, as a zone file", "", "text/dns"},
}};

}  // namespace

std::span<const endpoint> v1_dns_endpoints() {
  return dns_rows;
}

}  // namespace signpost::api
