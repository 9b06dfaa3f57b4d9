// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/rule_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "api/rest/change.hpp"
#include "api/rest/zone_json.hpp"
#include "model/control_zone.hpp"

namespace signpost::api::rest {

answer<model::rule_object> catch_all_of(const model::control_reader& now,
                                        const model::zone_object& zone) {
  auto found = now.catch_all(zone.id);
  if (!found && found.error().code == errc::not_found) return default_catch_all(zone);
  return ask(std::move(found), "rule");
}

answer<void> check_rule_limit(const rest_call& call, const model::control_reader& now) {
  const auto max = call.world.limits.rules_per_zone_max;
  if (max == 0) return {};
  SP_TRY(const auto some, ask(now.rules(call.zone->id, {.page = 1, .per_page = 1}), "rule"));
  // With the catch-all.
  if (call.is_over(max + 1, some.total)) return refuse(over_limit("rules of the zone"));
  return {};
}

answer<void> check_rule_room(const rest_call& call, const model::rule_object& rule) {
  if (!rule.enabled || !model::is_ordered(rule)) return {};
  SP_TRY(const auto others, ask(call.now.all_rules(call.zone->id, SIZE_MAX), "rule"));
  const auto done = model::check_room(rule, others);
  if (done) return {};
  auto problem = over_limit(done.error().context);
  const auto regex = std::ranges::find(rule.matchers, "regex", &model::rule_matcher::type);
  if (regex != rule.matchers.end()) {
    problem.pointer = fmt::format("/matchers/{}/value", regex - rule.matchers.begin());
  }
  return refuse(std::move(problem));
}

answer<void> write_rule(model::control_transaction& t, const model::rule_object& rule) {
  const auto put = t.put(rule);
  if (put) return {};
  // Ids are drawn at random: what is taken is the matcher.
  if (put.error().code == errc::conflict) return refuse(duplicated_rule());
  return refuse(from_error(put.error(), "rule"));
}

}  // namespace signpost::api::rest
