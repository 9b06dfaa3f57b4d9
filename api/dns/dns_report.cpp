// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/dns/dns_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/dns/dns_judgement.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

constexpr std::uint16_t mx_priority = 10;
// Long enough for caches, and short enough to correct a mistake within an hour.
constexpr int ttl_s = 3600;
/// Octets of one character-string (RFC 1035 §3.3).
constexpr std::size_t string_octets_max = 255;

using dns::record_type;

wanted_record text_record(std::string name, std::string content) {
  return {.type = "TXT", .name = std::move(name), .content = std::move(content), .priority = {}};
}

record_report planned(record_purpose purpose, bool required, wanted_record wanted) {
  record_report r;
  r.purpose = purpose;
  r.required = required;
  r.wanted = std::move(wanted);
  return r;
}

// RFC 1035 §5.1: quotes and backslashes are escaped, other octets written as \DDD.
std::string in_quotes(std::string_view octets) {
  std::string out = "\"";
  for (const char c : octets) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\{:03d}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out + '"';
}

std::string rdata_of(const wanted_record& r) {
  if (r.type == "MX") return fmt::format("{} {}.", r.priority.value_or(mx_priority), r.content);
  std::string out;
  for (std::size_t i = 0; i == 0 || i < r.content.size(); i += string_octets_max) {
    if (i > 0) out += ' ';
    out += in_quotes(std::string_view(r.content).substr(i, string_octets_max));
  }
  return out;
}

std::string line_of(const wanted_record& r) {
  return fmt::format("{}. {} IN {} {}\n", r.name, ttl_s, r.type, rdata_of(r));
}

std::string remark_of(const dns_plan& plan, const record_report& r) {
  if (r.purpose == record_purpose::spf) {
    return fmt::format("; if there is already an SPF record, add {} to it instead\n",
                       plan.spf_mechanism);
  }
  if (r.purpose == record_purpose::mta_sts) return "; " + mta_sts_hint(plan) + "\n; ";
  return {};
}

}  // namespace

std::string_view to_string(record_purpose p) {
  static constexpr std::array<std::string_view, 7> words{
      "mx", "spf", "dkim", "dmarc", "mta_sts", "tls_rpt", "ownership"};
  return words.at(static_cast<std::size_t>(p));
}

std::string_view to_string(record_status s) {
  static constexpr std::array<std::string_view, 6> words{"ok",   "missing",  "wrong",
                                                         "weak", "optional", "unknown"};
  return words.at(static_cast<std::size_t>(s));
}

dns_plan plan_of(const rest_world& world, mail_domain name) {
  using enum record_purpose;
  dns_plan plan{.name = std::move(name),
                .mx_host = world.host_name,
                .spf_mechanism = world.spf_mechanism,
                .records = {}};
  const auto& domain = plan.name.domain;
  plan.records.push_back(planned(
      mx, true, {.type = "MX", .name = domain, .content = plan.mx_host, .priority = mx_priority}));
  plan.records.push_back(
      planned(spf, true, text_record(domain, fmt::format("v=spf1 {} ~all", plan.spf_mechanism))));
  if (world.dkim != nullptr && plan.name.has_keys) {
    for (auto& record : world.dkim->records(domain)) {
      plan.records.push_back(planned(dkim, true, std::move(record)));
    }
  }
  const auto reports = fmt::format("mailto:postmaster@{}", domain);
  plan.records.push_back(
      planned(dmarc, false,
              text_record("_dmarc." + domain, fmt::format("v=DMARC1; p=none; rua={}", reports))));
  // RFC 8461 §3.1: the id changes with the policy.
  plan.records.push_back(
      planned(mta_sts, false, text_record("_mta-sts." + domain, "v=STSv1; id=1")));
  plan.records.push_back(
      planned(tls_rpt, false,
              text_record("_smtp._tls." + domain, fmt::format("v=TLSRPTv1; rua={}", reports))));
  if (plan.name.ownership) plan.records.push_back(planned(ownership, true, *plan.name.ownership));
  return plan;
}

std::vector<dns::question> record_questions_of(const dns_plan& plan) {
  std::vector<dns::question> out;
  for (const auto& r : plan.records) {
    out.push_back({.name = r.wanted.name,
                   .type = r.purpose == record_purpose::mx ? record_type::mx : record_type::txt});
  }
  return out;
}

std::vector<dns::question> questions_of(const dns_plan& plan) {
  auto out = record_questions_of(plan);
  // What else is queried after the records, in the order of `other_answers`.
  for (const auto type : {record_type::cname, record_type::a, record_type::aaaa}) {
    out.push_back({.name = plan.mx_host, .type = type});
  }
  out.push_back({.name = "_dmarc." + plan.name.zone, .type = record_type::txt});
  return out;
}

spf_look spf_look_of(const dns_plan& plan,
                     const std::vector<std::optional<dns::answer>>& answers) {
  const auto behind = plan.records.size();
  return spf_look(plan.name.domain, plan.mx_host,
                  senders_of(answers[behind + 1], answers[behind + 2]));
}

std::vector<record_report> report_of(const dns_plan& plan,
                                     const std::vector<std::optional<dns::answer>>& answers,
                                     spf_look look) {
  const auto behind = plan.records.size();
  return judged(plan, answers,
                {.mx_alias = answers[behind],
                 .mx_v4 = answers[behind + 1],
                 .mx_v6 = answers[behind + 2],
                 .zone_dmarc = answers[behind + 3],
                 .spf = std::move(look)});
}

std::string zone_file_of(const dns_plan& plan) {
  auto out = fmt::format("; mail of {}\n", plan.name.domain);
  for (const auto& r : plan.records) out += remark_of(plan, r) + line_of(r.wanted);
  return out;
}

}  // namespace signpost::api
