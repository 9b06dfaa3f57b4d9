// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules of a zone with everything that the mail path can do; the same objects that the client API
// shows within Cloudflare's limits.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/v1_support.hpp"
#include "api/rules/endpoints.hpp"
#include "api/rules/rule_change.hpp"
#include "api/rules/rule_json.hpp"
#include "api/rules/v1_rule_json.hpp"
#include "api/zones/zone_json.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::api {
namespace {

/// Rules that one request can put into order.
constexpr std::size_t ordered_max = 10'000;
constexpr std::uint32_t rules_per_page_max = 500;
/// How long a request waits to be told a secret.
constexpr seconds secret_wait_max{5};
/// In place of an id.
constexpr std::string_view catch_all_word = "catch_all";

using model::rule_object;

// The rule that the path names, by its id or as the catch-all.
answer<rule_object> named_rule(const rest_call& call, const model::control_reader& now) {
  const auto& id = call.variable("rule_id");
  if (id == catch_all_word || id == default_catch_all(*call.zone).id) {
    return catch_all_of(now, *call.zone);
  }
  return ask(now.rule(call.zone->id, id), "rule");
}

answer<rest_result> list_rules(rest_call& call) {
  SP_CHECK(only_parameters(call, {"page", "per_page", "enabled"}));
  SP_TRY(const auto paging, call.paging(rules_per_page_max));
  SP_TRY(const auto enabled, call.flag("enabled"));
  SP_TRY(const auto found,
         ask(call.now->rules(call.zone->id, {.page = paging.page, .per_page = paging.per_page},
                             {.enabled = enabled}),
             "rule"));
  return page_result(paging, found, extended_rule_json);
}

answer<rest_result> get_rule(rest_call& call) {
  SP_TRY(const auto rule, named_rule(call, *call.now));
  return rest_result{.result = extended_rule_json(rule)};
}

// The rule that the body describes, checked before the transaction, because checking patterns takes
// time and other changes would wait for it. `before` is what it replaces.
answer<rule_object> draft_of(const rest_call& call, const json& body, const rule_object* before) {
  SP_TRY(auto draft, extended_rule_of(body, *call.zone, before != nullptr && before->catch_all));
  if (before != nullptr) draft.id = before->id;
  SP_CHECK(check_rule_room(call, draft, before));
  return draft;
}

// The same in a transaction: the draft, unless what it was made for has changed since.
answer<rule_object> settled(const rule_object& draft, const rest_call& call, const json& body,
                            const model::zone_object& zone, bool catch_all) {
  if (zone == *call.zone && catch_all == draft.catch_all) return draft;
  return extended_rule_of(body, zone, catch_all);
}

answer<rest_result> create_rule(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto draft, draft_of(call, body, nullptr));
  return commit_new_rule(call, extended_rule_json, [&](const auto& zone, const rule_object*) {
    return settled(draft, call, body, zone, false);
  });
}

answer<rest_result> update_rule(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto known, named_rule(call, *call.now));
  SP_TRY(const auto draft, draft_of(call, body, &known));
  const auto find = [&](const auto& t, const auto&) { return named_rule(call, t); };
  return commit_replaced_rule(
      call, extended_rule_json, find,
      [&](const auto& zone, const rule_object* before) -> answer<rule_object> {
        SP_TRY(auto rule, settled(draft, call, body, zone, before->catch_all));
        // This prefix does not show the owner.
        rule.source = before->source;
        rule.owner_worker_tag = before->owner_worker_tag;
        return rule;
      });
}

answer<rest_result> delete_rule(rest_call& call) {
  return commit_removed_rule(call, extended_rule_json,
                             [&](const auto& t, const auto&) { return named_rule(call, t); });
}

// ---- order -------------------------------------------------------------------------------------

json priorities_json(const std::vector<rule_object>& rules) {
  auto list = json::array();
  for (const auto& rule : rules) {
    list.push_back({{"id", rule.id}, {"priority", rule_json(rule)["priority"]}});
  }
  return list;
}

answer<std::vector<rule_object>> rules_to_order(const rest_call& call,
                                                const model::control_reader& now) {
  SP_TRY(auto rules, ask(now.all_rules(call.zone->id, ordered_max + 1), "rule"));
  std::erase_if(rules, [](const auto& rule) { return rule.catch_all; });
  return rules;
}

/// The place of each id in the body's `rules`, from 1.
answer<std::map<std::string, std::size_t>> places_of(const json& body) {
  const auto& list = member(body, "rules");
  if (!list.is_array()) return refuse(invalid_input("rules must be a list of ids", "/rules"));
  if (list.size() > ordered_max) return refuse(over_limit("rules that one request may reorder"));
  std::map<std::string, std::size_t> places;
  for (const auto& id : list) {
    const auto at = fmt::format("/rules/{}", places.size());
    if (!id.is_string()) return refuse(invalid_input("rules must be a list of ids", at));
    if (!places.emplace(id.get<std::string>(), places.size() + 1).second) {
      return refuse(invalid_input("the rule is listed more than once", at));
    }
  }
  return places;
}

answer<void> check_places(const std::map<std::string, std::size_t>& places,
                          const std::vector<rule_object>& rules) {
  for (const auto& [id, place] : places) {
    if (std::ranges::find(rules, id, &rule_object::id) == rules.end()) {
      return refuse(invalid_input("the rule does not exist, or is the catch-all",
                                  fmt::format("/rules/{}", place - 1)));
    }
  }
  if (places.size() == rules.size()) return {};
  return refuse(invalid_input(fmt::format("rules must list all {} rules of the zone", rules.size()),
                              "/rules"));
}

// All rules must be named, because a caller cannot place a rule it does not know of.
answer<rest_result> order_rules(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto places, places_of(body));
  return commit_change<rest_result>(
      call.world, "rule", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(auto rules, rules_to_order(call, t));
        SP_CHECK(check_places(places, rules));
        const auto before = priorities_json(rules);
        for (auto& rule : rules) {
          const auto priority = static_cast<double>(places.at(rule.id));
          if (rule.priority == priority) continue;
          rule.priority = priority;
          rule.modified = call.world.time.now();
          SP_CHECK(write_rule(t, rule));
        }
        std::ranges::sort(rules, {}, &rule_object::priority);
        auto after = priorities_json(rules);
        if (after != before) {
          t.audit(call.audit("reorder", rule_resource, call.zone->id, before, after));
        }
        return rest_result{.result = std::move(after)};
      });
}

// ---- webhook -----------------------------------------------------------------------------------

answer<rest_result> webhook_secret(rest_call& call) {
  SP_TRY(const auto rule, named_rule(call, *call.now));
  if (rule.actions.empty() || rule.actions.front().type != "webhook") {
    return refuse(invalid_input("the rule does not call a webhook"));
  }
  SP_TRY(auto* const node, node_of(call));
  // As the mail path calls them.
  const auto name = model::webhook_rule_name(
      call.zone->name, call.zone->id, rule.catch_all ? std::string_view("catch-all") : rule.id);
  const auto told = wait_for<std::string>(
      [&](auto done) { node->webhook_secret(call.zone->name, name, std::move(done)); },
      secret_wait_max);
  if (!told) return refuse(unavailable("the node has not answered"));
  SP_TRY(const auto secret, ask(*told, "webhook secret"));
  note_done(call, "read_secret", rule_resource, rule.id);
  return rest_result{.result = {{"id", rule.id}, {"secret", secret}}};
}

using enum permission;

constexpr std::string_view rules_path = "/zones/{zone_id}/rules";
constexpr std::string_view rule_path = "/zones/{zone_id}/rules/{rule_id}";

constexpr std::array<endpoint, 7> rule_rows{{
    {"GET", rules_path, rules_read, list_rules, "The rules of a zone, the catch-all last", "",
     "ExtendedRule[]"},
    {"POST", rules_path, rules_write, create_rule,
     "Create a rule with patterns, conditions, several destinations, failover or a webhook",
     "ExtendedRuleInput", "ExtendedRule"},
    {"GET", rule_path, rules_read, get_rule, "A rule, or `catch_all`", "", "ExtendedRule"},
    {"PUT", rule_path, rules_write, update_rule, "Replace a rule, or `catch_all`",
     "ExtendedRuleInput", "ExtendedRule"},
    {"DELETE", rule_path, rules_write, delete_rule, "Delete a rule", "", "ExtendedRule"},
    {"PUT", "/zones/{zone_id}/rules/order", rules_write, order_rules,
     "Reorder the rules of a zone; priorities start at 1", "RuleOrderInput", "RulePriority[]"},
    {"GET", "/zones/{zone_id}/rules/{rule_id}/webhook_secret", rules_write, webhook_secret,
     "The key that signs a webhook's requests", "", "WebhookSecret"},
}};

}  // namespace

std::span<const endpoint> v1_rule_endpoints() {
  return rule_rows;
}

}  // namespace signpost::api
