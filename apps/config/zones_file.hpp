// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The zones file: docs/operating/zones.md is its reference.
//
// Threads: functions of their arguments. Limits: `yaml_octets_max`.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/routing/zone.hpp"

namespace signpost::config {

/// A zones file, with what it states about itself.
struct zones_content {
  std::vector<model::zone> zones;
  bool allow_empty = false;  ///< it is intended that it has no zones
  /// It states how many zones it has, and has that many: nothing is missing.
  bool complete = false;
};

/// What routing_table::build has said of the zones of this file, with the place that it speaks of:
/// `file:line:column: zone a.example, rule info@a.example: …`. Reads the file once more; only its
/// name is there if the place is not found.
[[nodiscard]] std::string with_place(const std::string& said, const std::string& path);
/// As load_zones(). errc::malformed also if the number of zones differs from the stated one.
result<zones_content> load_zones_file(const std::string& path);

/// The zones of the file at `path`. errc::malformed contains `file:line:column: what; what to do`;
/// errc::not_found, errc::denied and errc::unavailable name the file. Errors that involve several
/// zones (a rule that is given more than once) are found by routing_table::build.
result<std::vector<model::zone>> load_zones(const std::string& path);

/// The same from text; `name` stands for the file in errors.
result<std::vector<model::zone>> parse_zones(const std::string& text, const std::string& name);

/// A zones file that parse_zones() reads as equal zones. errc::malformed names a rule that such a
/// file cannot express: one with several destinations of which one is a webhook or has failover.
result<std::string> write_zones(const std::vector<model::zone>& zones);

}  // namespace signpost::config
