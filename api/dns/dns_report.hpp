// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// All DNS records that a mail domain should have (MX, SPF, DKIM, DMARC, MTA-STS, TLSRPT), the
// existing ones, and what to do, explained for a postmaster.
//
//     const auto plan = plan_of(world, {.domain = "mail.example.org", .zone = "example.org"});
//     const auto answers = world.checks->answers(world.resolver, questions_of(plan), 4s);
//     auto look = spf_look_of(plan, answers);      // and its questions, as spf_look.hpp says
//     const auto report = report_of(plan, answers, std::move(look));
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dns/spf_look.hpp"
#include "api/frame/rest_call.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::api {

enum class record_purpose : std::uint8_t {
  mx,
  spf,
  dkim,
  dmarc,
  mta_sts,
  tls_rpt,
  ownership,  ///< proves ownership of the zone
};
[[nodiscard]] std::string_view to_string(record_purpose p);

enum class record_status : std::uint8_t {
  ok,
  missing,
  wrong,     ///< mail is lost, refused or delivered elsewhere
  weak,      ///< valid, but offers little protection
  optional,  ///< missing, and should stay so until something else is done
  unknown,   ///< the DNS did not answer
};
[[nodiscard]] std::string_view to_string(record_status s);

struct record_report {
  record_purpose purpose{};
  /// Without it, mail is not routed, or not well.
  bool required = true;
  wanted_record wanted;
  record_status status = record_status::unknown;
  std::vector<std::string> found;  ///< what the DNS has instead
  std::string fault;               ///< e.g. `spf.mechanism`; empty if all is in order
  std::string text;                ///< what that means
  std::string fix;                 ///< what to do
};

struct mail_domain {
  std::string domain;  ///< the zone or one of its subdomains, A-labels
  std::string zone;
  /// What proves ownership of the zone, if that is asked for.
  std::optional<wanted_record> ownership = {};
  /// The keys of the name belong to this zone: it is the active one.
  bool has_keys = true;
};

/// What the domain should publish, every record still `unknown`.
struct dns_plan {
  mail_domain name;
  std::string mx_host;
  std::string spf_mechanism;
  std::vector<record_report> records;
};
[[nodiscard]] dns_plan plan_of(const rest_world& world, mail_domain name);

[[nodiscard]] std::vector<dns::question> questions_of(const dns_plan& plan);
/// Further questions that follow from the answers to these: whether the node may send. Ask until
/// there are none.
[[nodiscard]] spf_look spf_look_of(const dns_plan& plan,
                                   const std::vector<std::optional<dns::answer>>& answers);
/// The plan's records, judged. `answers` are those to `questions_of(plan)`.
[[nodiscard]] std::vector<record_report> report_of(
    const dns_plan& plan, const std::vector<std::optional<dns::answer>>& answers, spf_look look);

/// The SPF record with the mechanism added before the term that ends it.
[[nodiscard]] std::string with_mechanism(std::string_view record, std::string_view mechanism);

/// Lines of a zone file (RFC 1035 §5.1). Records that are better not published yet are comments.
[[nodiscard]] std::string zone_file_of(const dns_plan& plan);

}  // namespace signpost::api
