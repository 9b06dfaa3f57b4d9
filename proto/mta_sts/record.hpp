// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The record by which a domain says that it has an MTA-STS policy, and which one (RFC 8461 §3.1).
//
//     const auto r = mta_sts::read_record(answer_for("_mta-sts." + domain));
//     if (r && r->id != known_id) fetch("mta-sts." + domain, mta_sts::policy_path);
//
// Threads: values. Limits: `record_octets_max`; linear in the record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::mta_sts {

/// Octets of a record that are read; honest ones stay under 100.
inline constexpr std::size_t record_octets_max = 16 * 1024;

struct record {
  /// Changes with the policy: 1 to 32 letters and digits, compared as they stand.
  std::string id;
};

/// errc::malformed names the first field that violates the grammar of RFC 8461 §3.1, or means that
/// `id` is missing; errc::limit_exceeded names the limit. Of several `id` fields the first counts,
/// unknown fields are skipped.
result<record> parse_record(std::string_view text);

/// The record in an answer. errc::not_found if there is none, or more than one (RFC 8461 §3.1: then
/// senders "MUST assume the recipient domain does not have an available MTA-STS Policy");
/// errc::unavailable if the DNS did not answer; and the errors of `parse_record`.
result<record> read_record(const dns::answer& answer);

}  // namespace signpost::mta_sts
