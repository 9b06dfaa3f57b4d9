// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/rules/v1_rule_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/rules/rule_json.hpp"
#include "base/text.hpp"
#include "model/control/control_rule.hpp"
#include "model/control/control_zone.hpp"
#include "model/routing/message_facts.hpp"
#include "model/routing/routing_table.hpp"
#include "model/routing/webhook_url.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t word_characters_max = 32;

using model::rule_matcher;
using model::rule_object_action;

rest_problem faulty(std::string_view what, std::string_view pointer) {
  return invalid_input(what, pointer);
}

// Members of an object in a list are named with their place.
template <typename T>
answer<T> within(answer<T> got, std::string_view place) {
  if (!got && got.error().code == invalid_input("").code) {
    got.error().pointer = std::string(place) + got.error().pointer;
  }
  return got;
}

bool is_address_matcher(const rule_matcher& m) {
  return model::names_addresses(m.type);
}

answer<void> check_address_matcher(const rule_matcher& m, const model::zone_object& zone,
                                   const std::string& at) {
  if (m.field && *m.field != "to") {
    return refuse(faulty("matcher field must be to", at + "/field"));
  }
  if (m.type == "all") {
    if (!m.value || m.value->empty()) return {};
    return refuse(faulty("a matcher of type all must not have a value", at + "/value"));
  }
  if (m.type == "literal") return check_literal(m, zone, at);
  if (m.value && !m.value->empty()) return {};
  return refuse(faulty(fmt::format("a {} matcher must have a value", m.type), at + "/value"));
}

answer<void> check_condition(const rule_matcher& m, const std::string& at) {
  const auto field = m.field.value_or("");
  const auto value = m.value.value_or("");
  if (m.type == "authentication") {
    if (!model::parse_authentication_method(field)) {
      return refuse(faulty("field must be spf, dkim, dmarc or arc", at + "/field"));
    }
    const auto set = model::verdict_set::parse(value);
    if (!set) return refuse(faulty(set.error().context, at + "/value"));
    return {};
  }
  if (m.type != "size") {
    return refuse(faulty("matcher type must be literal, all, glob, regex, authentication or size",
                         at + "/type"));
  }
  if (field != "over" && field != "under") {
    return refuse(faulty("field must be over or under", at + "/field"));
  }
  if (!parse_uint(value)) {
    return refuse(faulty("value must be a number of octets, as a string", at + "/value"));
  }
  return {};
}

answer<rule_matcher> extended_matcher_of(const json& one) {
  if (!one.is_object()) return refuse(invalid_input("matchers must contain objects"));
  return matcher_of(one, pattern_characters_max);
}

answer<std::vector<rule_matcher>> all_matchers_of(const json& body,
                                                  const model::zone_object& zone) {
  const auto& list = member(body, "matchers");
  if (!list.is_array() || list.empty()) {
    return refuse(faulty("matchers must be a non-empty list", "/matchers"));
  }
  if (list.size() > matchers_max) {
    return refuse(
        faulty(fmt::format("matchers may have at most {} elements", matchers_max), "/matchers"));
  }
  std::vector<rule_matcher> out;
  for (const auto& one : list) {
    const auto at = fmt::format("/matchers/{}", out.size());
    SP_TRY(auto m, within(extended_matcher_of(one), at));
    SP_CHECK(is_address_matcher(m) ? check_address_matcher(m, zone, at) : check_condition(m, at));
    if (is_address_matcher(m) && std::ranges::any_of(out, is_address_matcher)) {
      return refuse(faulty("a rule must have exactly one matcher for the address", at + "/type"));
    }
    out.push_back(std::move(m));
  }
  if (std::ranges::any_of(out, is_address_matcher)) return out;
  return refuse(
      faulty("one matcher must be for the address: literal, all, glob or regex", "/matchers"));
}

answer<std::optional<std::vector<std::string>>> action_values(const json& action) {
  const auto& list = member(action, "value");
  if (list.is_null()) return std::nullopt;
  if (!list.is_array()) return refuse(faulty("value must be a list of strings", "/value"));
  if (list.size() > model::routing_table::destinations_max) {
    return refuse(faulty(
        fmt::format("value may have at most {} elements", model::routing_table::destinations_max),
        "/value"));
  }
  std::vector<std::string> out;
  for (const auto& one : list) {
    const auto at = fmt::format("/value/{}", out.size());
    if (!one.is_string()) return refuse(faulty("value must be a list of strings", at));
    out.push_back(one.get<std::string>());
    if (out.back().size() > model::webhook_url_octets_max) {
      return refuse(faulty(fmt::format("an element of value may have at most {} octets",
                                       model::webhook_url_octets_max),
                           at));
    }
  }
  return out;
}

answer<void> check_mailboxes(const std::string& type, const std::vector<std::string>& values) {
  const std::size_t min = type == "failover" ? 2 : 1;
  const auto max = type == "failover" ? failover_max : model::routing_table::destinations_max;
  if (values.size() < min || values.size() > max) {
    return refuse(faulty(fmt::format("{} needs {} to {} addresses", type, min, max), "/value"));
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = fmt::format("/value/{}", i);
    const auto mailbox = address::mailbox::parse(values[i]);
    if (!mailbox || values[i].size() > rule_value_characters_max) {
      return refuse(faulty("the destination is not an e-mail address", at));
    }
    if (!seen.insert(mailbox->folded()).second) {
      return refuse(faulty("the destination is listed more than once", at));
    }
  }
  return {};
}

answer<void> check_reject(const std::vector<std::string>& values) {
  if (values.size() > 1) return refuse(faulty("reject takes exactly one text", "/value"));
  if (values.empty()) return {};
  const bool printable_text =
      std::ranges::all_of(values.front(), [](char c) { return c >= ' ' && c <= '~'; });
  // It becomes a line of an SMTP reply (RFC 5321 §4.2.1).
  if (!printable_text || values.front().size() > reject_text_characters_max) {
    return refuse(faulty(fmt::format("the text must be printable ASCII of at most {} characters",
                                     reject_text_characters_max),
                         "/value/0"));
  }
  return {};
}

answer<void> check_webhook(const std::vector<std::string>& values) {
  if (values.size() != 1) return refuse(faulty("webhook needs exactly one URL", "/value"));
  const auto origin = model::webhook_origin(values.front());
  if (!origin) return refuse(faulty(origin.error().context, "/value/0"));
  return {};
}

answer<void> check_action(const rule_object_action& action) {
  const auto values = action.value.value_or(std::vector<std::string>());
  if (action.type == "forward" || action.type == "failover") {
    return check_mailboxes(action.type, values);
  }
  if (action.type == "reject") return check_reject(values);
  if (action.type == "webhook") return check_webhook(values);
  if (action.type == "drop") {
    return values.empty() ? answer<void>() : refuse(faulty("drop takes no value", "/value"));
  }
  if (action.type == "worker") {
    return refuse(faulty("this node does not run workers; use a webhook", "/type"));
  }
  return refuse(faulty("action type must be forward, failover, drop, reject or webhook", "/type"));
}

answer<rule_object_action> action_of(const json& one) {
  if (!one.is_object()) return refuse(invalid_input("actions must contain objects"));
  rule_object_action action;
  SP_TRY(const auto type, text_member(one, "type", word_characters_max));
  SP_TRY(action.value, action_values(one));
  action.type = type.value_or("");
  SP_CHECK(check_action(action));
  return action;
}

answer<std::vector<rule_object_action>> single_action_of(const json& body) {
  const auto& list = member(body, "actions");
  if (!list.is_array() || list.size() != 1) {
    return refuse(faulty("actions must be a list with one element", "/actions"));
  }
  SP_TRY(auto action, within(action_of(list.front()), "/actions/0"));
  return std::vector{std::move(action)};
}

// Passed the checks above but still cannot be used: the mail path gives the reason.
answer<void> check_with_mail_path(const model::rule_object& rule, const model::zone_object& zone) {
  const auto done = model::check_rule(rule, zone);
  if (done) return {};
  auto without_action = rule;
  without_action.actions = {{.type = "drop", .value = {}}};
  const bool in_matchers = !model::check_rule(without_action, zone);
  if (!in_matchers) return refuse(faulty(done.error().context, "/actions/0/value"));
  const auto at = std::ranges::find_if(rule.matchers, is_address_matcher) - rule.matchers.begin();
  return refuse(faulty(done.error().context, fmt::format("/matchers/{}/value", at)));
}

// The catch-all takes what no rule took: it has no conditions.
answer<void> check_catch_all(const model::rule_object& rule) {
  const bool plain = rule.matchers.size() == 1 && rule.matchers.front().type == "all";
  if (plain || !rule.catch_all) return {};
  return refuse(faulty("the catch-all must have exactly one matcher, of type all", "/matchers"));
}

}  // namespace

json extended_rule_json(const model::rule_object& rule) {
  auto out = rule_json(rule);
  out["catch_all"] = rule.catch_all;
  out["created"] = to_rfc3339(rule.created);
  out["modified"] = to_rfc3339(rule.modified);
  return out;
}

answer<model::rule_object> extended_rule_of(const json& body, const model::zone_object& zone,
                                            bool catch_all) {
  model::rule_object rule;
  rule.zone = zone.id;
  rule.catch_all = catch_all;
  SP_TRY(rule.matchers, all_matchers_of(body, zone));
  SP_CHECK(check_catch_all(rule));
  SP_TRY(rule.actions, single_action_of(body));
  SP_CHECK(take_head(body, rule));
  SP_CHECK(check_with_mail_path(rule, zone));
  return rule;
}

}  // namespace signpost::api
