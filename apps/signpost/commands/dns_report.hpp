// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DNS records that a zone's domains should publish, and what the DNS says now. For the files of
// this folder only.
//
// Threads: functions of their arguments; calls block.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/terminal/text_table.hpp"

namespace signpost::cli {

/// `{domain, ready, records}` of the zone and of its routed subdomains. `zone`: anything with the
/// zone's `id`.
[[nodiscard]] answer<json> dns_reports(const api_client& client, const json& zone);

/// Zones whose mail is routed, each with `id` and `name`; `max` at most (0 = all).
[[nodiscard]] answer<json> routed_zones(const api_client& client, std::uint64_t max, bool* more);

/// What needs attention: `mx.missing: there is no MX record`.
struct dns_fault {
  std::string record;  ///< `MX zone.example`
  std::string text;
  std::string fix;
  bool serious = true;  ///< without it mail is not routed, or not well
};
[[nodiscard]] std::vector<dns_fault> faults_of(const json& domain_report);

/// `ok`, or the fault of the record.
[[nodiscard]] std::string status_text(const json& record);
[[nodiscard]] tone status_tone(const json& record);

}  // namespace signpost::cli
