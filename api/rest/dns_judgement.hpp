// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rules by which dns_report judges a record. For the files `dns_*.cpp` only.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>

#include "api/rest/dns_report.hpp"

namespace signpost::api::rest {

/// Answers to the questions that are about no record of the plan alone.
struct other_answers {
  std::optional<dns::answer> mx_alias;
  std::optional<dns::answer> mx_v4;
  std::optional<dns::answer> mx_v6;
  std::optional<dns::answer> zone_dmarc;
};

/// What has to be done before the MTA-STS record may be published.
[[nodiscard]] std::string mta_sts_hint(const dns_plan& plan);

}  // namespace signpost::api::rest
