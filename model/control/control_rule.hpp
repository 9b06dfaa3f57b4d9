// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One rule in its two forms: as the control plane stores it, in Cloudflare's words, and as the mail
// path applies it. Both ways between them are here, so that both can express the same.
//
// Threads: functions of their arguments.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "model/control/control_objects.hpp"
#include "model/routing/zone.hpp"

namespace signpost::model {

/// Otherwise the reason, for human readers: `its address is none`.
template <typename T>
using or_reason = tl::expected<T, std::string>;

struct rule_reader {
  /// The zone with its domains; its rules are not used.
  const zone& in;
  /// Whether mail may be forwarded to this address, as written in the rule.
  std::function<bool(std::string_view email)> is_verified;
  /// A pattern of this text that was compiled before, or nullptr.
  std::function<const address_pattern*(std::string_view text, bool is_regex)> compiled;
  /// True: every destination must be usable. False: unusable ones are left out.
  bool strict = false;

  [[nodiscard]] or_reason<routing_rule> rule(const rule_object& object) const;
  /// The action of the zone's catch-all.
  [[nodiscard]] or_reason<rule_action> catch_all_action(const rule_object& object) const;
};

/// True for a matcher that names addresses; the others are conditions.
[[nodiscard]] bool names_addresses(std::string_view matcher_type);

/// The matchers from which `rule_reader` makes this rule.
[[nodiscard]] std::vector<rule_matcher> matchers_of(const routing_rule& rule);
/// Its action, or why a rule in a store cannot express it.
[[nodiscard]] or_reason<rule_object_action> action_of(const rule_action& action);

}  // namespace signpost::model
