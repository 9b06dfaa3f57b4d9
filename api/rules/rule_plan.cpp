// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rules/rule_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/zone_name.hpp"
#include "api/rules/rule_change.hpp"
#include "api/rules/rule_json.hpp"
#include "api/zones/zone_json.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t tag_characters_max = 128;
constexpr std::string_view any_local_part = "*@";

/// One requested rule.
struct wanted_rule {
  std::string target;  ///< the address, or `*@` and the zone
  model::rule_object rule;
};

/// The results, zone by zone.
struct zone_plan {
  model::zone_object zone;
  json changes = json::array();
};

/// The zones of the account that the caller may see, and what changes in them.
class rule_plan {
 public:
  rule_plan(const rest_call& call, std::string tag) : call_(call), tag_(std::move(tag)) {}

  answer<void> want_rules(const json& list);
  answer<void> want_catch_alls(const json& list);
  answer<void> find_changes();
  [[nodiscard]] json shown() const;

 private:
  [[nodiscard]] bool sees(const model::zone_object& zone) const;
  [[nodiscard]] answer<model::zone_object> zone_of(const std::string& domain) const;
  zone_plan& plan_of(const model::zone_object& zone);
  answer<void> want_rule(const json& body);
  answer<void> want_catch_all(const json& body);
  answer<void> want(const model::zone_object& at, std::string target, model::rule_object rule);
  answer<void> compare(const wanted_rule& wanted);
  answer<void> find_deleted();
  [[nodiscard]] answer<std::optional<model::rule_object>> existing(
      const model::rule_object& wanted) const;
  void note(zone_plan& at, std::string_view type, std::string_view target,
            const model::rule_object* remote);
  [[nodiscard]] bool is_own(const model::rule_object& rule) const {
    return rule.source == "wrangler" && rule.owner_worker_tag == tag_;
  }

  const rest_call& call_;
  std::string tag_;
  std::map<std::string, zone_plan> zones_;  ///< by id
  std::vector<wanted_rule> wanted_;
  std::set<std::string> targets_;  ///< as `key_of` makes them
};

// Of an address in any spelling: what it is compared by.
std::string key_of(std::string_view target) {
  const auto at = target.rfind('@');
  if (at == std::string_view::npos) return to_lower(target);
  return to_lower(target.substr(0, at + 1)) + stored_name(target.substr(at + 1));
}

// The target of a zone's catch-all.
std::string any_address_of(const model::zone_object& zone) {
  return std::string(any_local_part) + shown_name(zone.name);
}

rest_problem at_place(rest_problem p, const std::string& pointer) {
  p.pointer = pointer + p.pointer;
  return p;
}

template <typename T>
answer<T> at_place(answer<T> a, const std::string& pointer) {
  if (!a) return refuse(at_place(std::move(a.error()), pointer));
  return a;
}

// There are no workers here, so any name is unknown.
answer<void> check_worker(const json& body) {
  SP_TRY(const auto actions, actions_of(body));
  const auto& action = actions.front();
  const bool named = action.value && !action.value->empty() && !action.value->front().empty();
  if (action.type == "worker" && named) return refuse(worker_not_found());
  return {};
}

// Their matchers are equal: one rule was found by those of the other.
bool is_same(const model::rule_object& a, const model::rule_object& b) {
  const auto& one = a.actions.front();
  const auto& other = b.actions.front();
  return one.type == other.type && a.enabled == b.enabled
         && one.value.value_or(std::vector<std::string>())
                == other.value.value_or(std::vector<std::string>());
}

// The initial catch-all of a zone; a plan that replaces it removes nothing.
bool is_unset_catch_all(const model::rule_object& rule) {
  return rule.catch_all && !rule.enabled && rule.source == "api"
         && rule.actions.front().type == "drop";
}

bool rule_plan::sees(const model::zone_object& zone) const {
  const place where{.account = zone.account, .zone = zone.id};
  return zone.account == call_.account->id && may(call_.who.token, permission::rules_read, where);
}

zone_plan& rule_plan::plan_of(const model::zone_object& zone) {
  return zones_.try_emplace(zone.id, zone_plan{.zone = zone}).first->second;
}

// The zone that has the domain as its name or below it.
answer<model::zone_object> rule_plan::zone_of(const std::string& domain) const {
  for (std::string_view name = domain;;) {
    auto found = call_.now->zone_by_name(call_.account->id, name);
    if (found) {
      if (!sees(*found)) break;
      return std::move(*found);
    }
    if (found.error().code != errc::not_found) return refuse(from_error(found.error(), "zone"));
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return refuse(
      invalid_input(fmt::format("{} does not belong to any zone of the account", domain)));
}

answer<void> rule_plan::want(const model::zone_object& at, std::string target,
                             model::rule_object rule) {
  if (!targets_.insert(key_of(target)).second) return refuse(duplicated_rule());
  plan_of(at);
  wanted_.push_back({.target = std::move(target), .rule = std::move(rule)});
  return {};
}

answer<void> rule_plan::want_rule(const json& body) {
  SP_TRY(const auto matchers, matchers_of(body));
  if (matchers.front().type == "all") return refuse(invalid_rule_operation());
  const auto value = matchers.front().value.value_or("");
  const auto mailbox = address::mailbox::parse(value);
  if (!mailbox) {
    return refuse(invalid_input("matcher value is not an e-mail address", "/matchers/0/value"));
  }
  SP_CHECK(check_worker(body));
  SP_TRY(const auto zone, at_place(zone_of(mailbox->host_text()), "/matchers/0/value"));
  SP_TRY(auto rule, rule_of(body, zone, false));
  return want(zone, value, std::move(rule));
}

answer<void> rule_plan::want_catch_all(const json& body) {
  SP_TRY(const auto target, text_member(body, "target", rule_value_characters_max));
  if (!target || !target->starts_with(any_local_part)) {
    return refuse(invalid_input("target must be *@ followed by a domain", "/target"));
  }
  const auto domain = address::domain::parse(target->substr(any_local_part.size()));
  if (!domain) return refuse(invalid_input("target: " + domain.error().context, "/target"));
  SP_TRY(const auto zone, at_place(zone_of(domain->ascii()), "/target"));
  if (zone.name != domain->ascii()) return refuse(catch_all_on_subdomain());
  const auto& wanted = member(body, "rule");
  SP_CHECK(at_place(check_worker(wanted), "/rule"));
  SP_TRY(auto rule, at_place(rule_of(wanted, zone, true), "/rule"));
  return want(zone, any_address_of(zone), std::move(rule));
}

// Each element by `take`; the position of an element precedes those of its faults.
template <typename Take>
answer<void> for_each_of(const json& list, std::string_view name, const Take& take) {
  if (list.is_null()) return {};
  if (!list.is_array()) {
    return refuse(invalid_input(fmt::format("{} must be a list", name), fmt::format("/{}", name)));
  }
  if (list.size() > planned_rules_max) return refuse(over_limit("rules of a plan"));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto pointer = fmt::format("/{}/{}", name, i);
    SP_CHECK(at_place(take(list[i]), pointer));
  }
  return {};
}

answer<void> rule_plan::want_rules(const json& list) {
  return for_each_of(list, "rules", [this](const json& one) { return want_rule(one); });
}

answer<void> rule_plan::want_catch_alls(const json& list) {
  return for_each_of(list, "catch_all_rules",
                     [this](const json& one) { return want_catch_all(one); });
}

answer<std::optional<model::rule_object>> rule_plan::existing(
    const model::rule_object& wanted) const {
  if (!wanted.catch_all) return rule_by_any_form(*call_.now, wanted.zone, wanted.matchers.front());
  auto found = call_.now->catch_all(wanted.zone);
  if (!found && found.error().code == errc::not_found) return std::nullopt;
  SP_TRY(auto rule, ask(std::move(found), "rule"));
  return rule;
}

void rule_plan::note(zone_plan& at, std::string_view type, std::string_view target,
                     const model::rule_object* remote) {
  json change{{"type", type}, {"target", target}};
  if (remote != nullptr) {
    change["remote"] = {{"id", remote->id},
                        {"matchers", matchers_json(remote->matchers)},
                        {"actions", actions_json(remote->actions)},
                        {"source", remote->source}};
  }
  at.changes.push_back(std::move(change));
}

answer<void> rule_plan::compare(const wanted_rule& wanted) {
  auto& at = zones_.at(wanted.rule.zone);
  SP_TRY(const auto remote, existing(wanted.rule));
  if (!remote || is_unset_catch_all(*remote)) {
    note(at, "added", wanted.target, nullptr);
  } else if (!is_own(*remote)) {
    note(at, "conflict", wanted.target, &*remote);
  } else if (!is_same(*remote, wanted.rule)) {
    note(at, "updated", wanted.target, &*remote);
  }
  return {};
}

answer<void> rule_plan::find_deleted() {
  SP_TRY(const auto owned,
         ask(call_.now->rules_owned_by(call_.account->id, tag_, planned_rules_max + 1), "rule"));
  if (owned.size() > planned_rules_max) return refuse(over_limit("rules of a plan"));
  for (const auto& name : owned) {
    SP_TRY(const auto rule, ask(call_.now->rule(name.zone, name.rule), "rule"));
    SP_TRY(const auto zone, ask(call_.now->zone(name.zone), "zone"));
    if (!is_own(rule) || !sees(zone)) continue;
    const auto target = rule.catch_all ? any_address_of(zone)
                                       : rule.matchers.front().value.value_or("");
    if (!targets_.contains(key_of(target))) note(plan_of(zone), "deleted", target, &rule);
  }
  return {};
}

answer<void> rule_plan::find_changes() {
  for (const auto& wanted : wanted_) SP_CHECK(compare(wanted));
  return find_deleted();
}

json rule_plan::shown() const {
  std::map<std::string_view, const zone_plan*> by_name;
  for (const auto& [id, plan] : zones_) {
    if (!plan.changes.empty()) by_name.emplace(plan.zone.name, &plan);
  }
  auto list = json::array();
  for (const auto& [name, plan] : by_name) {
    list.push_back({{"zone_id", plan->zone.id},
                    {"zone_name", shown_name(name)},
                    {"changes", plan->changes}});
  }
  return {{"zones", std::move(list)}};
}

}  // namespace

answer<rest_result> plan_rules(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto tag, text_member(body, "owner_worker_tag", tag_characters_max));
  if (!tag || tag->empty()) {
    return refuse(invalid_input("owner_worker_tag is required", "/owner_worker_tag"));
  }
  rule_plan plan(call, *tag);
  SP_CHECK(plan.want_rules(member(body, "rules")));
  SP_CHECK(plan.want_catch_alls(member(body, "catch_all_rules")));
  SP_CHECK(plan.find_changes());
  return rest_result{.result = plan.shown()};
}

}  // namespace signpost::api
