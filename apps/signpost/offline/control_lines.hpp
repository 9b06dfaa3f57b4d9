// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The contents of a control store as JSON Lines: one object per line, so that a million zones can
// be
// written and read one by one. docs/operating/cli.md describes the lines.
//
//     {"account": {"id": …, "name": …}}
//     {"address": {"account": …, "email": …, "verified": …}}
//     {"zone": {"account": …, "name": …, …}, "rules": [{…}, …]}
//
// Defaults are omitted. An object written with its ids and times is read back unchanged; missing
// ids are generated, missing times are now.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::cli {

/// A zone with all of its rules, with or without the catch-all.
struct zone_with_rules {
  model::zone_object zone;
  std::vector<model::rule_object> rules;
  friend bool operator==(const zone_with_rules&, const zone_with_rules&) = default;
};

/// `account` of an address or a zone is as in the line: an id, a name, or nothing.
using control_line = std::variant<model::account, model::destination_address, zone_with_rules>;

/// What a line does not contain.
struct line_defaults {
  wall_time now;
  random_source& random;
};

/// errc::malformed names the unknown or wrong member.
result<control_line> parse_control_line(std::string_view text, const line_defaults& defaults);

/// Without the line end.
[[nodiscard]] std::string to_line(const model::account& account);
[[nodiscard]] std::string to_line(const model::destination_address& address);
[[nodiscard]] std::string to_line(const zone_with_rules& zone);

/// 32 lower-case hexadecimal digits.
[[nodiscard]] model::object_id draw_id(random_source& random);

}  // namespace signpost::cli
