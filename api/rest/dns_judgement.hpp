// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rules by which dns_report judges a record, and what dns_advice shares with them. For the
// files `dns_*.cpp` only.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/rest/dns_report.hpp"

namespace signpost::api::rest {

/// Answers to the questions that are about no record of the plan alone.
struct other_answers {
  std::optional<dns::answer> mx_alias;
  std::optional<dns::answer> mx_v4;
  std::optional<dns::answer> mx_v6;
  std::optional<dns::answer> zone_dmarc;
};

/// True if a term of an SPF record is `mechanism`, which passes.
[[nodiscard]] bool is_mechanism(std::string_view term, std::string_view mechanism);
/// The key of a DKIM record (RFC 6376 §3.6.1), without white space; nothing if it has no `p=`.
[[nodiscard]] std::optional<std::string> key_of(std::string_view record);

/// What has to be done before the MTA-STS record may be published.
[[nodiscard]] std::string mta_sts_hint(const dns_plan& plan);

}  // namespace signpost::api::rest
