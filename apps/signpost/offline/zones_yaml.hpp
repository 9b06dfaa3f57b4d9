// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Conversion between the zones of a zones file and those of a control store.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/offline/control_lines.hpp"
#include "model/routing/zone.hpp"

namespace signpost::cli {

/// A zone of a zones file as in a store. Its `postmaster` becomes a rule for postmaster@, the
/// catch-all of a subdomain one for `*@` of it. errc::malformed names what a store's rules cannot
/// express.
result<zone_with_rules> to_store(const model::zone& zone, const model::object_id& account,
                                 const line_defaults& defaults);

/// The zone as an item of a zones file's list. What such a file cannot express is written as a
/// comment, and in `left_out` as `rule: why`. `is_verified`: of a destination; a rule without
/// effect, because none of its destinations is verified, is written as disabled.
struct yaml_zone {
  std::string text;
  std::vector<std::string> left_out;
};
[[nodiscard]] yaml_zone to_yaml(const zone_with_rules& zone,
                                const std::function<bool(std::string_view email)>& is_verified);

}  // namespace signpost::cli
