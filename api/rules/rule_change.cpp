// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rules/rule_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "api/frame/access.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "api/rules/rule_json.hpp"
#include "api/zones/zone_json.hpp"
#include "base/text.hpp"
#include "model/control/control_zone.hpp"
#include "model/routing/routing_table.hpp"

namespace signpost::api {
namespace {

/// How many rules of a zone are read for one change; for more, the table in force is used.
constexpr std::uint64_t rules_read_max = 5000;

// What the table has of the zone apart from `before`; nullopt if it does not have the zone.
std::optional<model::pattern_use> use_in_force(const rest_call& call,
                                               const model::rule_object* before) {
  const auto now = call.world.routing.current();
  const auto name = address::domain::parse(call.zone->name);
  const auto* routes = now && now->table && name ? now->table->find_zone(*name) : nullptr;
  if (routes == nullptr || routes->id() != call.zone->id) return std::nullopt;
  model::pattern_use use{.rules = routes->ordered_count(), .regex_steps = routes->regex_steps()};
  const auto old = before != nullptr ? model::use_of(*before) : model::pattern_use();
  use.rules -= std::min(use.rules, old.rules);
  use.regex_steps -= std::min(use.regex_steps, old.regex_steps);
  return use;
}

// The problem names the pattern, if there is one.
answer<void> refuse_over_limit(const error& why, const model::rule_object& rule) {
  auto problem = over_limit(why.context);
  const auto regex = std::ranges::find(rule.matchers, "regex", &model::rule_matcher::type);
  if (regex != rule.matchers.end()) {
    problem.pointer = fmt::format("/matchers/{}/value", regex - rule.matchers.begin());
  }
  return refuse(std::move(problem));
}

// Rules are found by what was sent, so a domain outside ASCII has one spelling: the one shown.
answer<void> check_spelling(const std::string& address) {
  const auto host = std::string_view(address).substr(address.rfind('@') + 1);
  if (is_ascii(host)) return {};
  const auto shown = shown_name(stored_name(host));
  if (equals_ignoring_case(host, shown)) return {};
  auto p = invalid_input({}, "/matchers/0/value");
  // The name needs no care: it is a valid one.
  p.message = fmt::format("Invalid Input: write the domain of the address as {}", shown);
  return refuse(std::move(p));
}

}  // namespace

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

answer<void> check_rule_room(const rest_call& call, const model::rule_object& rule,
                             const model::rule_object* before) {
  if (!rule.enabled || !model::is_ordered(rule)) return {};
  SP_TRY(const auto some, ask(call.now->rules(call.zone->id, {.page = 1, .per_page = 1}), "rule"));
  std::optional<model::pattern_use> use;
  if (some.total > rules_read_max) use = use_in_force(call, before);
  result<void> done;
  if (use) {
    done = model::check_room(rule, *use);
  } else {
    SP_TRY(const auto others, ask(call.now->all_rules(call.zone->id, SIZE_MAX), "rule"));
    done = model::check_room(rule, others);
  }
  return done ? answer<void>() : refuse_over_limit(done.error(), rule);
}

answer<std::optional<model::rule_object>> rule_by_any_form(const model::control_reader& now,
                                                           const model::object_id& zone,
                                                           const model::rule_matcher& matcher) {
  for (const auto& form : address_forms(matcher.value.value_or(""))) {
    auto found = now.rule_by_matcher(zone, matcher.type, form);
    if (found) return std::move(*found);
    if (found.error().code != errc::not_found) return refuse(from_error(found.error(), "rule"));
  }
  return std::nullopt;
}

answer<void> check_address(const model::control_reader& now, const model::rule_object& rule,
                           const model::rule_object* before) {
  if (rule.catch_all || rule.matchers.size() != 1) return {};
  const auto& matcher = rule.matchers.front();
  if (matcher.type != "literal" || (before != nullptr && before->matchers == rule.matchers)) {
    return {};
  }
  SP_CHECK(check_spelling(matcher.value.value_or("")));
  SP_TRY(const auto other, rule_by_any_form(now, rule.zone, matcher));
  if (other && (before == nullptr || other->id != before->id)) return refuse(duplicated_rule());
  return {};
}

answer<void> write_rule(model::control_transaction& t, const model::rule_object& rule) {
  const auto put = t.put(rule);
  if (put) return {};
  // Ids are random, so a conflict is about the matcher.
  if (put.error().code == errc::conflict) return refuse(duplicated_rule());
  return refuse(from_error(put.error(), "rule"));
}

answer<rest_result> commit_new_rule(const rest_call& call, rule_view show, const rule_maker& make) {
  return commit_change<rest_result>(
      call.world, "rule", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto zone, ask(t.zone(call.zone->id), "zone"));
        SP_TRY(auto rule, make(zone, nullptr));
        SP_CHECK(check_address(t, rule, nullptr));
        SP_CHECK(check_destinations(t, zone.account, rule));
        SP_CHECK(check_rule_limit(call, t));
        rule.id = new_object_id(call.world.random);
        rule.created = rule.modified = call.world.time.now();
        SP_CHECK(write_rule(t, rule));
        auto shown = show(rule);
        t.audit(call.audit("create", rule_resource, rule.id, nullptr, shown));
        return rest_result{.result = std::move(shown)};
      });
}

answer<rest_result> commit_replaced_rule(const rest_call& call, rule_view show,
                                         const rule_finder& find, const rule_maker& make) {
  return commit_change<rest_result>(
      call.world, "rule", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto zone, ask(t.zone(call.zone->id), "zone"));
        SP_TRY(const auto before, find(t, zone));
        SP_TRY(auto rule, make(zone, &before));
        SP_CHECK(check_address(t, rule, &before));
        SP_CHECK(check_destinations(t, zone.account, rule, &before));
        rule.id = before.id;
        rule.created = before.created;
        rule.modified = call.world.time.now();
        SP_CHECK(write_rule(t, rule));
        auto shown = show(rule);
        t.audit(call.audit("update", rule.catch_all ? catch_all_resource : rule_resource, rule.id,
                           show(before), shown));
        return rest_result{.result = std::move(shown)};
      });
}

answer<rest_result> commit_removed_rule(const rest_call& call, rule_view show,
                                        const rule_finder& find) {
  return commit_change<rest_result>(
      call.world, "rule", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto rule, find(t, *call.zone));
        if (rule.catch_all) return refuse(invalid_rule_operation());
        SP_CHECK(ask(t.remove_rule(rule.zone, rule.id), "rule"));
        auto shown = show(rule);
        t.audit(call.audit("delete", rule_resource, rule.id, shown, nullptr));
        return rest_result{.result = std::move(shown)};
      });
}

}  // namespace signpost::api
