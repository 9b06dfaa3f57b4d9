// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rules/rule_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t tag_characters_max = 128;
constexpr std::size_t word_characters_max = 32;
/// Doubles are exact for integers up to here.
constexpr double whole_max = 9007199254740992.0;

// Whole numbers without `.0`, as received.
json number_json(double value) {
  if (value == std::floor(value) && value <= whole_max) {
    return static_cast<std::uint64_t>(value);
  }
  return value;
}

// The array `name`, whose elements are objects; exactly one is needed.
answer<json> only_one_of(const json& body, std::string_view name, std::string_view too_many) {
  const auto& list = member(body, name);
  if (!list.is_array() || list.empty()) {
    return refuse(invalid_input(fmt::format("{} must be a list with one element", name),
                                fmt::format("/{}", name)));
  }
  if (list.size() > 1) return refuse(invalid_input(too_many, fmt::format("/{}", name)));
  if (!list.front().is_object()) {
    return refuse(
        invalid_input(fmt::format("{} must contain objects", name), fmt::format("/{}/0", name)));
  }
  return list.front();
}

answer<std::optional<std::vector<std::string>>> values_of(const json& action) {
  const auto& list = member(action, "value");
  if (list.is_null()) return std::nullopt;
  constexpr std::string_view pointer = "/actions/0/value";
  if (!list.is_array()) {
    return refuse(invalid_input("action value must be a list of strings", pointer));
  }
  if (list.size() > 1) {
    return refuse(invalid_input(member(action, "type") == "forward"
                                    ? "forward action must contain exactly one destination"
                                    : "an action must have at most one value",
                                pointer));
  }
  std::vector<std::string> out;
  for (const auto& one : list) {
    if (!one.is_string()) {
      return refuse(invalid_input("action value must be a list of strings", pointer));
    }
    out.push_back(one.get<std::string>());
    if (characters(out.back()) > rule_value_characters_max) {
      return refuse(invalid_input("action value must be at most 90 characters long", pointer));
    }
  }
  return out;
}

answer<void> check_action(const model::rule_object_action& action) {
  if (action.type == "drop") return {};
  if (action.type == "worker") {
    if (!action.value || action.value->empty() || action.value->front().empty()) {
      return refuse(invalid_input("must specify worker id", "/actions/0/value"));
    }
    return refuse(invalid_input("unknown worker", "/actions/0/value"));
  }
  if (action.type != "forward") {
    return refuse(invalid_input("action type must be drop, forward or worker", "/actions/0/type"));
  }
  if (!action.value || action.value->size() != 1) {
    return refuse(
        invalid_input("forward action must contain exactly one destination", "/actions/0/value"));
  }
  if (!address::mailbox::parse(action.value->front())) {
    return refuse(invalid_input("the destination is not an e-mail address", "/actions/0/value"));
  }
  return {};
}

bool routes(const model::zone_object& zone, const std::string& domain) {
  return domain == zone.name
         || std::ranges::find(zone.subdomains, domain, &model::zone_subdomain::name)
                != zone.subdomains.end();
}

answer<void> check_matcher(const model::rule_matcher& matcher, const model::zone_object& zone,
                           bool catch_all) {
  if (matcher.type != "all" && matcher.type != "literal") {
    return refuse(invalid_input("matcher type must be literal or all", "/matchers/0/type"));
  }
  if ((matcher.type == "all") != catch_all) return refuse(invalid_rule_operation());
  if (matcher.field && *matcher.field != "to") {
    return refuse(invalid_input("matcher field must be to", "/matchers/0/field"));
  }
  return catch_all ? answer<void>() : check_literal(matcher, zone, "/matchers/0");
}

answer<void> take_source(const json& body, model::rule_object& rule) {
  SP_TRY(const auto source, text_member(body, "source", word_characters_max));
  if (source && *source != "api" && *source != "wrangler") {
    return refuse(invalid_input("source must be api or wrangler", "/source"));
  }
  rule.source = source.value_or("api");
  SP_TRY(rule.owner_worker_tag, text_member(body, "owner_worker_tag", tag_characters_max));
  if (rule.source == "wrangler" && (!rule.owner_worker_tag || rule.owner_worker_tag->empty())) {
    return refuse(
        invalid_input("owner_worker_tag is required if source is wrangler", "/owner_worker_tag"));
  }
  return {};
}

}  // namespace

json matchers_json(const std::vector<model::rule_matcher>& matchers) {
  auto list = json::array();
  for (const auto& matcher : matchers) {
    json one{{"type", matcher.type}};
    if (matcher.field) one["field"] = *matcher.field;
    if (matcher.value) one["value"] = *matcher.value;
    list.push_back(std::move(one));
  }
  return list;
}

json actions_json(const std::vector<model::rule_object_action>& actions) {
  auto list = json::array();
  for (const auto& action : actions) {
    json one{{"type", action.type}};
    if (action.value) one["value"] = *action.value;
    list.push_back(std::move(one));
  }
  return list;
}

json rule_json(const model::rule_object& rule) {
  json out{{"id", rule.id}, {"tag", rule.id}};
  if (rule.name) out["name"] = *rule.name;
  out["matchers"] = matchers_json(rule.matchers);
  out["actions"] = actions_json(rule.actions);
  out["enabled"] = rule.enabled;
  if (!rule.catch_all) out["priority"] = number_json(rule.priority);
  out["source"] = rule.source;
  return out;
}

json listed_rule_json(const model::rule_object& rule) {
  auto out = rule_json(rule);
  if (rule.catch_all) out["priority"] = number_json(catch_all_list_priority);
  return out;
}

answer<model::rule_matcher> matcher_of(const json& one, std::size_t value_characters_max) {
  model::rule_matcher matcher;
  SP_TRY(const auto type, text_member(one, "type", word_characters_max));
  SP_TRY(matcher.field, text_member(one, "field", word_characters_max));
  SP_TRY(matcher.value, text_member(one, "value", value_characters_max));
  matcher.type = type.value_or("");
  return matcher;
}

answer<void> check_literal(const model::rule_matcher& matcher, const model::zone_object& zone,
                           const std::string& at) {
  if (!matcher.value || matcher.value->empty()) {
    return refuse(invalid_input("a literal matcher must have a value", at + "/value"));
  }
  const auto mailbox = address::mailbox::parse(*matcher.value);
  if (!mailbox) {
    return refuse(invalid_input("matcher value is not an e-mail address", at + "/value"));
  }
  if (routes(zone, mailbox->host_text())) return {};
  return refuse(invalid_input(
      fmt::format("matcher value must be an address at {} or one of its routed subdomains",
                  zone.name),
      at + "/value"));
}

answer<std::vector<model::rule_matcher>> matchers_of(const json& body) {
  SP_TRY(const auto one, only_one_of(body, "matchers", "only one matcher per rule is allowed"));
  SP_TRY(auto matcher, matcher_of(one, rule_value_characters_max));
  return std::vector{std::move(matcher)};
}

answer<std::vector<model::rule_object_action>> actions_of(const json& body) {
  SP_TRY(const auto one, only_one_of(body, "actions", "only one action per rule is allowed"));
  model::rule_object_action action;
  SP_TRY(const auto type, text_member(one, "type", word_characters_max));
  SP_TRY(action.value, values_of(one));
  action.type = type.value_or("");
  return std::vector{std::move(action)};
}

answer<void> take_head(const json& body, model::rule_object& rule) {
  SP_TRY(rule.name, text_member(body, "name", rule_name_characters_max));
  SP_TRY(const auto enabled, flag_member(body, "enabled"));
  rule.enabled = enabled.value_or(true);
  if (rule.catch_all) return {};
  SP_TRY(const auto priority, number_member(body, "priority"));
  rule.priority = priority.value_or(0);
  return {};
}

answer<model::rule_object> rule_of(const json& body, const model::zone_object& zone,
                                   bool catch_all) {
  model::rule_object rule;
  rule.zone = zone.id;
  rule.catch_all = catch_all;
  SP_TRY(rule.matchers, matchers_of(body));
  SP_CHECK(check_matcher(rule.matchers.front(), zone, catch_all));
  SP_TRY(rule.actions, actions_of(body));
  SP_CHECK(check_action(rule.actions.front()));
  SP_CHECK(take_head(body, rule));
  SP_CHECK(take_source(body, rule));
  return rule;
}

namespace {

bool is_forward(const model::rule_object_action& action) {
  return (action.type == "forward" || action.type == "failover") && action.value;
}

bool sends_to(const model::rule_object& rule, std::string_view email) {
  return std::ranges::any_of(rule.actions, [&](const model::rule_object_action& action) {
    return is_forward(action) && std::ranges::any_of(*action.value, [&](const std::string& one) {
             return equals_ignoring_case(one, email);
           });
  });
}

}  // namespace

answer<void> check_destinations(const model::control_reader& now, const model::object_id& account,
                                const model::rule_object& rule,
                                const model::rule_object* before) {
  // What the rule does already may stay; nothing goes there while it is not verified.
  if (before != nullptr && rule.enabled && !before->enabled) before = nullptr;
  for (std::size_t a = 0; a < rule.actions.size(); ++a) {
    const auto& action = rule.actions[a];
    if (!is_forward(action)) continue;
    for (std::size_t i = 0; i < action.value->size(); ++i) {
      if (before != nullptr && sends_to(*before, (*action.value)[i])) continue;
      SP_TRY(const bool verified, ask(now.is_verified(account, (*action.value)[i]), "address"));
      if (verified) continue;
      auto problem = destination_not_verified();
      problem.pointer = fmt::format("/actions/{}/value/{}", a, i);
      return refuse(std::move(problem));
    }
  }
  return {};
}

}  // namespace signpost::api
