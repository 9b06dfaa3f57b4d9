// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a node can use its certificate, for `doctor` and before a node starts.
//
//     for (const auto& f : check_node_certificate(files, {.cluster = id, .name = "mx1"}, now)) …
//
// Threads: functions of their arguments and the disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cluster/roles.hpp"
#include "net/tls/mutual_tls.hpp"

namespace signpost::cluster {

/// What the certificate should say; what is empty is not compared.
struct certificate_wish {
  std::string cluster = {};
  std::string name = {};
  role_set roles = {};
};

enum class finding_grade : std::uint8_t { good, warning, bad };

struct certificate_finding {
  finding_grade grade = finding_grade::good;
  std::string subject;  ///< `certificate`, `key`, `authority`, `name`, `roles`, `expiry`
  std::string text;     ///< what is so
  std::string hint;     ///< what to do; empty if good
};

/// Certificates are to be renewed when less than this part of their time is left.
inline constexpr int renewal_part = 3;
/// An authority is to be replaced when it has less time than this: all certificates must be issued
/// again before it ends.
inline constexpr milliseconds authority_warning = std::chrono::days(180);

/// In a fixed order; one that is bad may keep those behind it from being looked at.
[[nodiscard]] std::vector<certificate_finding> check_node_certificate(
    const net::mutual_tls_files& files, const certificate_wish& wish, wall_time now);

}  // namespace signpost::cluster
