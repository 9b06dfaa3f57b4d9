// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules beyond Cloudflare's form, as our own endpoints accept them.
//
//     {"matchers": [{"type": "glob", "field": "to", "value": "team-*@example.org"},
//                   {"type": "authentication", "field": "dmarc", "value": "!pass"},
//                   {"type": "size", "field": "over", "value": "1000000"}],
//      "actions": [{"type": "failover", "value": ["a@example.net", "b@example.net"]}]}
//
// `matchers`: one of an address (`literal`, `all`, `glob`, `regex`) and any number of conditions.
// `actions`: one of `forward` (a copy to each), `failover` (the first that takes it), `drop`,
// `reject` (with a text), `webhook`.
//
// Threads: functions of their arguments. Limits: below, and those of the mail path.
#pragma once

#include "api/frame/json.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

inline constexpr std::size_t matchers_max = 16;
inline constexpr std::size_t pattern_characters_max = 512;
inline constexpr std::size_t failover_max = 10;
inline constexpr std::size_t reject_text_characters_max = 400;

/// A rule with the members that only we show: `catch_all`, `created`, `modified`.
[[nodiscard]] json extended_rule_json(const model::rule_object& rule);

/// The parts of a rule that a body contains; ids and times are left empty. Refuses anything that
/// the mail path cannot do with 2007, which names the faulty member.
[[nodiscard]] answer<model::rule_object> extended_rule_of(const json& body,
                                                          const model::zone_object& zone,
                                                          bool catch_all);

}  // namespace signpost::api
