// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The TLSRPT record as a value (RFC 8460 §3).
//
//     const auto r = tlsrpt::read_record(answer_for("_smtp._tls." + domain));
//     if (r) for (const auto& uri : r->rua) if (uri.starts_with("mailto:")) …
//
// Threads: values. Limits: `record_octets_max`, `report_uris_max`; linear in the record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::tlsrpt {

/// Octets of a record that are read; honest ones stay under 500.
inline constexpr std::size_t record_octets_max = 16 * 1024;
/// How many report destinations one record may have.
inline constexpr std::size_t report_uris_max = 64;

struct record {
  /// Where reports go, as published and in order; at least one. The standard defines the schemes
  /// mailto and https; senders of reports ignore others.
  std::vector<std::string> rua;
};

/// True if `text` begins with the version and the end of that field: RFC 8460 §3 discards all other
/// TXT records.
[[nodiscard]] bool is_tlsrpt_record(std::string_view text);

/// errc::malformed names the first field that violates the grammar of RFC 8460 §3, or means that
/// `rua` is missing; errc::limit_exceeded names the limit. Several `rua` fields count as one list,
/// unknown fields are skipped.
result<record> parse_record(std::string_view text);

/// The record in an answer. errc::not_found if there is none, or more than one (RFC 8460
/// §3: then the domain "does not implement TLSRPT"); errc::unavailable if the DNS did not answer;
/// and the errors of `parse_record`.
result<record> read_record(const dns::answer& answer);

}  // namespace signpost::tlsrpt
