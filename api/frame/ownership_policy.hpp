// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about the ownership of zones (`zones.*`).
//
// Threads: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace signpost::api {

enum class ownership_mode : std::uint8_t {
  automatic,  ///< proof is required as soon as there are two accounts
  verify,
  off,
};

struct ownership_policy {
  ownership_mode mode = ownership_mode::off;  ///< a node's settings say `automatic`
  /// Whether an MX record for this service may count as proof where no other account claims the
  /// name.
  bool mx_counts = true;
  /// How long an active zone stays active after its proof has disappeared.
  std::chrono::milliseconds grace = std::chrono::hours(72);
  /// The time between two checks of a zone's proof.
  std::chrono::milliseconds recheck = std::chrono::hours(6);
  std::uint64_t inactive_per_account_max = 50;  ///< 0 = no limit
  std::uint64_t checks_per_hour_max = 30;       ///< of one zone, on request; 0 = no limit
  /// Names reserved for the administrator, in A-labels; `.example.org` means all names below it.
  std::vector<std::string> reserved;
};

}  // namespace signpost::api
