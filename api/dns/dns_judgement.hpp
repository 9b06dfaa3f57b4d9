// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rules by which records are judged, for dns_report and for dns_advice. For the files
// `dns_*.cpp` only.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/dns/dns_report.hpp"

namespace signpost::api {

/// Answers to the queries that do not concern a single record of the plan.
struct other_answers {
  std::optional<dns::answer> mx_alias;
  std::optional<dns::answer> mx_v4;
  std::optional<dns::answer> mx_v6;
  std::optional<dns::answer> zone_dmarc;
  /// Nothing known of it: the record is looked through for the mechanism.
  spf_look spf;
};

/// The queries about the records themselves, in their order.
[[nodiscard]] std::vector<dns::question> record_questions_of(const dns_plan& plan);
/// The plan's records, judged by the answers to these and, if present, to the others.
[[nodiscard]] std::vector<record_report> judged(
    const dns_plan& plan, std::span<const std::optional<dns::answer>> answers,
    const other_answers& others = {});
/// The hosts of MX records that are not `host`, in order; `.` for a null MX (RFC 7505).
[[nodiscard]] std::vector<std::string> foreign_hosts(const dns::answer& a, std::string_view host);

/// What has to be done before the MTA-STS record may be published.
[[nodiscard]] std::string mta_sts_hint(const dns_plan& plan);

}  // namespace signpost::api
