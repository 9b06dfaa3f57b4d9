// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Routing rules of a zone and of an account, and catch-alls.
#include <algorithm>
#include <array>
#include <map>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "api/rules/endpoints.hpp"
#include "api/rules/rule_change.hpp"
#include "api/rules/rule_json.hpp"
#include "api/rules/rule_plan.hpp"
#include "api/zones/zone_json.hpp"

namespace signpost::api {
namespace {

answer<rest_result> list_rules(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto enabled, call.flag("enabled"));
  const auto order = call.parameter("order").value_or("priority");
  if (order != "priority" && order != "created") {
    return refuse(invalid_input("order must be priority or created"));
  }
  SP_TRY(const auto direction, call.direction(model::sort_order::ascending));
  SP_TRY(const auto found,
         ask(call.now->rules(
                 call.zone->id,
                 {.page = paging.page, .per_page = paging.per_page, .order = direction},
                 {.enabled = enabled},
                 order == "created" ? model::rule_order::created : model::rule_order::priority),
             "rule"));
  return page_result(paging, found, listed_rule_json);
}

// Zones of an account-wide list, each looked up once.
class zone_names {
 public:
  explicit zone_names(const model::control_reader& now) : now_(now) {}
  json of(const model::object_id& id) {
    const auto at = known_.find(id);
    if (at != known_.end()) return at->second;
    const auto zone = now_.zone(id);
    json shown{{"name", zone ? shown_name(zone->name) : ""}, {"tag", id}};
    return known_.emplace(id, std::move(shown)).first->second;
  }

 private:
  const model::control_reader& now_;
  std::map<model::object_id, json> known_;
};

answer<rest_result> list_account_rules(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto enabled, call.flag("enabled"));
  SP_TRY(const auto direction, call.direction(model::sort_order::ascending));
  // A token may be kept out of single zones of an account.
  const auto visible = places_of(call.who.token, permission::rules_read);
  SP_TRY(const auto found,
         ask(call.now->rules_of_account(
                 call.account->id,
                 {.page = paging.page, .per_page = paging.per_page, .order = direction},
                 {.enabled = enabled}, visible),
             "rule"));
  zone_names zones(*call.now);
  return page_result(paging, found, [&](const auto& rule) {
    auto out = listed_rule_json(rule);
    out["zone"] = zones.of(rule.zone);
    return out;
  });
}

// The rule that the path names; 2020 if it is the catch-all, which has paths of its own.
answer<model::rule_object> named_rule(const rest_call& call, const model::control_reader& now) {
  const auto& id = call.variable("rule_identifier");
  if (id == default_catch_all(*call.zone).id) return refuse(invalid_rule_operation());
  SP_TRY(auto rule, ask(now.rule(call.zone->id, id), "rule"));
  if (rule.catch_all) return refuse(invalid_rule_operation());
  return rule;
}

answer<rest_result> create_rule(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  return commit_new_rule(call, rule_json, [&](const auto& zone, const model::rule_object*) {
    return rule_of(body, zone, false);
  });
}

answer<rest_result> get_rule(rest_call& call) {
  SP_TRY(const auto rule, named_rule(call, *call.now));
  return rest_result{.result = rule_json(rule)};
}

/// Replaces a rule, or the catch-all, with the body; `find` finds it in the transaction.
answer<rest_result> replace_rule(const rest_call& call, bool is_catch_all,
                                 const rule_finder& find) {
  SP_TRY(const auto body, object_of(call.body));
  return commit_replaced_rule(call, rule_json, find,
                              [&](const auto& zone, const model::rule_object*) {
                                return rule_of(body, zone, is_catch_all);
                              });
}

answer<rest_result> update_rule(rest_call& call) {
  return replace_rule(call, false, [&](const auto& t, const auto&) { return named_rule(call, t); });
}

answer<rest_result> delete_rule(rest_call& call) {
  return commit_removed_rule(call, rule_json,
                             [&](const auto& t, const auto&) { return named_rule(call, t); });
}

answer<rest_result> get_catch_all(rest_call& call) {
  SP_TRY(const auto rule, catch_all_of(*call.now, *call.zone));
  return rest_result{.result = rule_json(rule)};
}

answer<rest_result> update_catch_all(rest_call& call) {
  return replace_rule(call, true, catch_all_of);
}

using enum permission;

constexpr std::string_view rules_path = "/zones/{zone_id}/email/routing/rules";
constexpr std::string_view rule_path = "/zones/{zone_id}/email/routing/rules/{rule_identifier}";
constexpr std::string_view catch_all_path = "/zones/{zone_id}/email/routing/rules/catch_all";

constexpr std::array<endpoint, 9> routing_rule_rows{{
    {"GET", rules_path, rules_read, list_rules, "The rules of a zone, the catch-all last", "",
     "RoutingRule[]"},
    {"POST", rules_path, rules_write, create_rule, "Create a rule", "RoutingRuleInput",
     "RoutingRule"},
    {"GET", rule_path, rules_read, get_rule, "A rule", "", "RoutingRule"},
    {"PUT", rule_path, rules_write, update_rule, "Replace a rule", "RoutingRuleInput",
     "RoutingRule"},
    {"DELETE", rule_path, rules_write, delete_rule, "Delete a rule", "", "RoutingRule"},
    {"GET", catch_all_path, rules_read, get_catch_all, "The catch-all of a zone", "", "CatchAll"},
    {"PUT", catch_all_path, rules_write, update_catch_all, "Replace the catch-all", "CatchAllInput",
     "CatchAll"},
    {"GET", "/accounts/{account_id}/email/routing/rules", rules_read, list_account_rules,
     "The rules of all zones of an account", "", "RoutingRule[]"},
    {"POST", "/accounts/{account_id}/email/routing/rules/plan", rules_read, plan_rules,
     "What deploying a worker would change", "RulePlanRequest", "RulePlan"},
}};

}  // namespace

std::span<const endpoint> routing_rule_endpoints() {
  return routing_rule_rows;
}

}  // namespace signpost::api
