// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DMARC Policy Record as a value (RFC 9989 §4.7, §4.8).
//
// Threads: values. Limits: `record_octets_max`, `report_uris_max`; linear in the record.
// Not done: the tags that RFC 9989 made historic (pct, rf, ri) are unknown tags here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::dmarc {

/// Octets of a record that are read; honest ones stay under 500.
inline constexpr std::size_t record_octets_max = 16 * 1024;
/// How many reporting URIs of one tag are kept.
inline constexpr std::size_t report_uris_max = 64;

/// What the domain's owner requests; a larger value is stricter.
enum class policy : std::uint8_t { none, quarantine, reject };
enum class alignment_mode : std::uint8_t { relaxed, strict };
/// psd=u, y, n.
enum class public_suffix : std::uint8_t { unknown, yes, no };

std::string_view to_string(policy p);

struct record {
  policy p = policy::none;
  std::optional<policy> sp;  ///< existing subdomains
  std::optional<policy> np;  ///< subdomains that do not exist
  alignment_mode adkim = alignment_mode::relaxed;
  alignment_mode aspf = alignment_mode::relaxed;
  public_suffix psd = public_suffix::unknown;
  bool testing = false;          ///< t=y
  std::vector<std::string> rua;  ///< as published, without the obsolete size limit
  std::vector<std::string> ruf;
  std::string fo = "0";
  /// False if this record means that DMARC does not apply: p is missing or wrong, or sp or np is
  /// wrong, and no report is requested. If one is, all three policies are none (RFC 9989 §4.10.1).
  bool applies = true;
  std::string text;                   ///< as published
  std::vector<std::string> problems;  ///< names of known tags whose values were discarded
};

/// True if `text` begins with `v=DMARC1` and the end of that tag: RFC 9989 §4.10 discards all
/// other records.
[[nodiscard]] bool is_dmarc_record(std::string_view text);

/// errc::malformed if it is not a DMARC record; errc::limit_exceeded names `record_octets_max`.
/// Any other error only invalidates its tag (RFC 9989 §4.8).
result<record> parse_record(std::string_view text);

}  // namespace signpost::dmarc
