// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/commands/rule_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"
#include "model/control/control_rule.hpp"

namespace signpost::cli {
namespace {

constexpr std::array<std::string_view, 4> methods{"spf", "dkim", "dmarc", "arc"};

bool is_address_matcher(const json& matcher) {
  return model::names_addresses(text_of(matcher, "type"));
}

// `dmarc=fail,permerror` or `spf!=pass`.
answer<json> condition_of(const std::string& text) {
  const auto equals = text.find('=');
  const bool negated = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
  const auto method = to_lower(trim(std::string_view(text).substr(0, equals - (negated ? 1 : 0))));
  const bool known = std::ranges::find(methods, method) != methods.end();
  if (equals == std::string::npos || !known || equals + 1 == text.size()) {
    return refuse(wrong_usage, fmt::format("--when '{}' is not valid", display_text(text, 80)),
                  "write spf, dkim, dmarc or arc and a result, for example dmarc=fail, spf!=pass, "
                  "dmarc=fail,permerror");
  }
  return json{{"type", "authentication"},
              {"field", method},
              {"value", (negated ? "!" : "") + to_lower(trim(text.substr(equals + 1)))}};
}

answer<json> size_condition(std::string_view field, const std::string& text) {
  const auto octets = parse_octets(text);
  if (!octets) {
    return refuse(wrong_usage,
                  fmt::format("--{} '{}' is not a size", field, display_text(text, 80)),
                  "write 500KiB, 10MiB or a number of octets");
  }
  return json{{"type", "size"}, {"field", field}, {"value", std::to_string(octets->value)}};
}

answer<json> conditions_of(const rule_wishes& wishes) {
  auto list = json::array();
  for (const auto& text : wishes.when) {
    SP_TRY(auto one, condition_of(text));
    list.push_back(std::move(one));
  }
  if (!wishes.over.empty()) {
    SP_TRY(auto one, size_condition("over", wishes.over));
    list.push_back(std::move(one));
  }
  if (!wishes.under.empty()) {
    SP_TRY(auto one, size_condition("under", wishes.under));
    list.push_back(std::move(one));
  }
  return list;
}

json address_matcher(const rule_wishes& wishes, const std::string& domain) {
  const auto type = wishes.match.empty() ? std::string("literal") : wishes.match;
  if (type == "all") return {{"type", "all"}};
  auto value = wishes.address;
  if (type != "regex" && value.find('@') == std::string::npos) value += "@" + domain;
  return {{"type", type}, {"field", "to"}, {"value", value}};
}

// The address matchers of a rule, or its conditions.
json part_of(const json& matchers, bool addresses) {
  auto list = json::array();
  for (const auto& one : matchers) {
    if (is_address_matcher(one) == addresses) list.push_back(one);
  }
  return list;
}

int actions_named(const rule_wishes& w) {
  return (w.forward.empty() ? 0 : 1) + (w.failover.empty() ? 0 : 1) + (w.drop ? 1 : 0)
         + (w.reject ? 1 : 0) + (w.webhook.empty() ? 0 : 1);
}

answer<json> action_of(const rule_wishes& w) {
  if (actions_named(w) != 1) {
    return refuse(
        wrong_usage,
        actions_named(w) == 0 ? "the action is missing" : "a rule can have only one action",
        "use one of --forward ADDRESS, --failover A,B, --drop, --reject TEXT, --webhook URL");
  }
  if (w.drop) return json{{"type", "drop"}};
  if (!w.forward.empty()) return json{{"type", "forward"}, {"value", w.forward}};
  if (w.failover.size() == 1) {
    return refuse(
        wrong_usage, "--failover needs at least two addresses: A,B",
        "the first gets the mail; the next one gets it only if the one before refuses it");
  }
  if (!w.failover.empty()) return json{{"type", "failover"}, {"value", w.failover}};
  if (w.reject) return json{{"type", "reject"}, {"value", {*w.reject}}};
  return json{{"type", "webhook"}, {"value", {w.webhook}}};
}

answer<json> priority_of(const std::string& text) {
  const auto value = parse_uint(text);
  if (!value) {
    return refuse(wrong_usage,
                  fmt::format("--priority '{}' is not a number", display_text(text, 40)),
                  "rules with lower numbers are tried first");
  }
  return json(*value);
}

std::string values_text(const json& action) {
  std::string text;
  for (const auto& one : member_of(action, "value")) {
    if (!one.is_string()) continue;
    text += (text.empty() ? "" : ", ") + one.get<std::string>();
  }
  return text;
}

std::string one_condition(const json& matcher) {
  const auto field = text_of(matcher, "field");
  const auto value = text_of(matcher, "value");
  if (text_of(matcher, "type") == "size") {
    const auto octets = parse_uint(value);
    return fmt::format("{} {}", field, octets ? short_size(*octets) : value);
  }
  std::string words(value);
  const bool negated = words.starts_with('!');
  if (negated) words.erase(0, 1);
  std::string text;
  for (const auto word : split(words, ',')) {
    text += (text.empty() ? "" : " or ") + std::string(trim(word));
  }
  return fmt::format("{} is {}{}", field, negated ? "not " : "", text);
}

}  // namespace

bool rule_wishes::names_action() const {
  return actions_named(*this) > 0;
}

bool rule_wishes::names_condition() const {
  return always || !when.empty() || !over.empty() || !under.empty();
}

answer<json> with_wishes(json rule, const rule_wishes& wishes, const std::string& domain) {
  auto addresses = part_of(member_of(rule, "matchers"), true);
  auto conditions = part_of(member_of(rule, "matchers"), false);
  if (!wishes.address.empty() || !wishes.match.empty()) {
    addresses = json::array({address_matcher(wishes, domain)});
  }
  if (wishes.names_condition()) {
    SP_TRY(conditions, conditions_of(wishes));
  }
  for (auto& one : conditions) addresses.push_back(std::move(one));
  rule["matchers"] = std::move(addresses);
  if (wishes.names_action() || !rule.contains("actions")) {
    SP_TRY(auto action, action_of(wishes));
    rule["actions"] = json::array({std::move(action)});
  }
  if (wishes.name) rule["name"] = *wishes.name;
  if (!wishes.priority.empty()) {
    SP_TRY(rule["priority"], priority_of(wishes.priority));
  }
  if (wishes.enable || wishes.disable) rule["enabled"] = wishes.enable;
  return rule;
}

bool is_extended(const json& rule) {
  const auto& matchers = member_of(rule, "matchers");
  if (matchers.size() != 1) return true;
  const auto type = text_of(matchers.front(), "type");
  if (type != "literal" && type != "all") return true;
  const auto& actions = member_of(rule, "actions");
  if (actions.size() != 1) return true;
  const auto action = text_of(actions.front(), "type");
  if (action == "forward") return member_of(actions.front(), "value").size() != 1;
  return action != "drop" && action != "worker";
}

std::string address_text(const json& rule) {
  for (const auto& matcher : member_of(rule, "matchers")) {
    if (!is_address_matcher(matcher)) continue;
    const auto type = text_of(matcher, "type");
    if (type == "all") return "everything else";
    const auto value = text_of(matcher, "value");
    return type == "literal" ? value : type + " " + value;
  }
  return "-";
}

std::string conditions_text(const json& rule) {
  std::string text;
  for (const auto& matcher : member_of(rule, "matchers")) {
    if (is_address_matcher(matcher)) continue;
    text += (text.empty() ? "if " : " and ") + one_condition(matcher);
  }
  return text;
}

std::string action_text(const json& rule) {
  std::string text;
  for (const auto& action : member_of(rule, "actions")) {
    const auto type = text_of(action, "type");
    const auto values = values_text(action);
    if (!text.empty()) text += "; ";
    if (type == "forward") {
      text += "forward to " + values;
    } else if (type == "failover") {
      text += "forward to the first that accepts it of " + values;
    } else if (type == "reject") {
      text += "reject \"" + values + "\"";
    } else if (type == "webhook") {
      text += "post to " + values;
    } else {
      text += type + (values.empty() ? "" : " " + values);
    }
  }
  return text;
}

}  // namespace signpost::cli
