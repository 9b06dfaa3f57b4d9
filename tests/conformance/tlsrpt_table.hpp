// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// TLSRPT records in tables: in kind `parse-tables` and in kind `mta-sts`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proto/tlsrpt/record.hpp"

namespace signpost::conformance {

/// What stands between quotes in a Go literal from `RUAs:` on.
inline std::vector<std::string> quoted_uris(const std::string& literal) {
  std::vector<std::string> out;
  auto at = literal.find("RUAs:");
  while (at != std::string::npos && (at = literal.find('"', at)) != std::string::npos) {
    const auto end = literal.find('"', at + 1);
    if (end == std::string::npos) break;
    out.push_back(literal.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

/// `uris` are those the record must have; empty = whatever it has.
inline std::pair<bool, std::string> judge_tlsrpt_record(const std::string& text, bool wanted,
                                                        const std::vector<std::string>& uris) {
  const auto got = tlsrpt::parse_record(text);
  if (!got) return {!wanted, got.error().context};
  const bool same = uris.empty() || got->rua == uris;
  return {wanted && same, same ? "accepted" : "other URIs"};
}

}  // namespace signpost::conformance
