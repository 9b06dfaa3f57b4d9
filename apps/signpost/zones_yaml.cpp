// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/zones_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.hpp"

namespace signpost::cli {
namespace {

using model::rule_object;
using model::rule_object_action;

// ---- from the file -----------------------------------------------------------------------------

rule_object_action values_action(std::string_view type, std::vector<std::string> values) {
  return {.type = std::string(type), .value = std::move(values)};
}

result<rule_object_action> forward_action(const model::rule_action& action) {
  std::vector<std::string> to;
  for (const auto& one : action.destinations) {
    to.push_back(one.to_string());
    const bool alone = action.destinations.size() == 1;
    if ((one.is_webhook() || !one.fallbacks.empty()) && !alone) {
      return fail(errc::malformed, "a webhook or a failover beside other destinations");
    }
    for (const auto& next : one.fallbacks) to.push_back(next.to_string());
  }
  const auto& first = action.destinations.front();
  if (first.is_webhook()) return values_action("webhook", std::move(to));
  return values_action(first.fallbacks.empty() ? "forward" : "failover", std::move(to));
}

result<rule_object_action> action_of(const model::rule_action& action) {
  switch (action.kind) {
    case model::action_kind::drop:
      return rule_object_action{.type = "drop", .value = {}};
    case model::action_kind::reject:
      return values_action("reject", {action.reject_text});
    case model::action_kind::forward:
      break;
  }
  if (action.destinations.empty()) return fail(errc::malformed, "no destination");
  return forward_action(action);
}

model::rule_matcher matcher(std::string type, std::string field, std::string value) {
  return {.type = std::move(type), .field = std::move(field), .value = std::move(value)};
}

std::vector<model::rule_matcher> matchers_of(const model::routing_rule& rule) {
  std::vector<model::rule_matcher> out;
  if (rule.matcher == model::matcher_kind::all) {
    out.push_back({.type = "all", .field = {}, .value = {}});
  } else {
    out.push_back(matcher(std::string(model::to_string(rule.matcher)), "to", rule.subject()));
  }
  for (const auto& one : rule.conditions.authentication) {
    out.push_back(matcher("authentication", std::string(model::to_string(one.method)),
                          one.results.to_string()));
  }
  const auto size = [&](const char* field, const std::optional<std::uint64_t>& octets) {
    if (octets) out.push_back(matcher("size", field, std::to_string(*octets)));
  };
  size("over", rule.conditions.size_over);
  size("under", rule.conditions.size_under);
  return out;
}

/// Makes the rules of one zone.
class rule_maker {
 public:
  rule_maker(zone_with_rules& to, const line_defaults& defaults) : to_(to), defaults_(defaults) {}

  result<void> add(const model::routing_rule& from) {
    SP_TRY(rule_object & rule, add(matchers_of(from), from.action, from.enabled));
    if (!from.name.empty()) rule.name = from.name;
    rule.priority = from.priority;
    return {};
  }
  result<void> add(model::rule_matcher one, const model::rule_action& action, bool enabled) {
    SP_TRY([[maybe_unused]] rule_object & rule, add(std::vector{std::move(one)}, action, enabled));
    return {};
  }
  result<void> add(const model::catch_all& rest) {
    SP_TRY(rule_object & rule,
           add(std::vector{model::rule_matcher{.type = "all", .field = {}, .value = {}}},
               rest.action, rest.enabled));
    rule.catch_all = true;
    rule.name = "";
    return {};
  }

 private:
  result<std::reference_wrapper<rule_object>> add(std::vector<model::rule_matcher> matchers,
                                                  const model::rule_action& action, bool enabled) {
    auto made = action_of(action);
    if (!made) {
      return fail(errc::malformed,
                  fmt::format("rule for {}: {}", matchers.front().value.value_or("all addresses"),
                              made.error().context));
    }
    rule_object rule;
    rule.id = draw_id(defaults_.random);
    rule.zone = to_.zone.id;
    rule.enabled = enabled;
    rule.matchers = std::move(matchers);
    rule.actions.push_back(std::move(*made));
    rule.created = rule.modified = defaults_.now;
    return std::ref(to_.rules.emplace_back(std::move(rule)));
  }

  zone_with_rules& to_;
  const line_defaults& defaults_;
};

model::zone_object frame_of(const model::zone& z, const model::object_id& account,
                            const line_defaults& defaults) {
  model::zone_object out;
  out.id = draw_id(defaults.random);
  out.account = account;
  out.name = z.name.ascii();
  out.created = out.modified = out.routing_created = out.routing_modified = defaults.now;
  out.routing_enabled = z.enabled;
  out.support_subaddress = z.subaddressing;
  out.admission = z.admission;
  for (const auto& name : z.subdomains) {
    out.subdomains.push_back(
        {.id = draw_id(defaults.random), .name = name.ascii(), .enabled = true});
  }
  return out;
}

bool has_rule_for(const model::zone& z, const std::string& address) {
  return std::ranges::any_of(z.rules, [&](const auto& rule) {
    return rule.enabled && rule.is_plain()
           && equals_ignoring_case(rule.address.to_string(), address);
  });
}

// Mail for postmaster@ of every domain of the zone, where no rule takes it.
result<void> add_postmaster(const model::zone& z, rule_maker& rules) {
  if (z.postmaster.empty()) return {};
  auto domains = z.subdomains;
  domains.insert(domains.begin(), z.name);
  for (const auto& domain : domains) {
    const auto address = "postmaster@" + domain.ascii();
    if (has_rule_for(z, address)) continue;
    const model::rule_action action{.kind = model::action_kind::forward,
                                    .destinations = model::to_destinations(z.postmaster),
                                    .reject_text = {}};
    SP_CHECK(rules.add(matcher("literal", "to", address), action, true));
  }
  return {};
}

// ---- to the file -------------------------------------------------------------------------------

// JSON's strings are YAML's too.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& one : texts) out += (out.size() == 1 ? "" : ", ") + quoted(one);
  return out + "]";
}

/// `key: value` of the action; nothing if a zones file has no word for it.
std::optional<std::string> action_text(const rule_object& rule) {
  if (rule.actions.size() != 1) return std::nullopt;
  const auto& action = rule.actions.front();
  const auto values = action.value.value_or(std::vector<std::string>());
  if (action.type == "drop") return "drop: true";
  if (action.type == "forward" && !values.empty()) return "forward: " + list_of(values);
  if (action.type == "reject") {
    return "reject: " + quoted(values.empty() ? std::string() : values.front());
  }
  return std::nullopt;
}

std::optional<std::string> literal_of(const rule_object& rule) {
  if (rule.matchers.size() != 1 || rule.matchers.front().type != "literal") return std::nullopt;
  return rule.matchers.front().value;
}

bool does_nothing(const rule_object& rule,
                  const std::function<bool(std::string_view)>& is_verified) {
  if (rule.actions.size() != 1 || rule.actions.front().type != "forward") return false;
  const auto values = rule.actions.front().value.value_or(std::vector<std::string>());
  return std::ranges::none_of(values, is_verified);
}

std::string authentication_text(const model::admission_policy& p) {
  const model::admission_policy usual;
  if (p == usual) return {};
  std::string text = "    authentication:\n";
  if (!p.enforce_dmarc) text += "      dmarc: report\n";
  if (p.enforce_dmarc && p.quarantine != usual.quarantine) text += "      quarantine: reject\n";
  if (!p.require_authentication) text += "      require_pass: false\n";
  return text;
}

std::string frame_text(const model::zone_object& z) {
  auto text = fmt::format("  - name: {}\n", quoted(z.name));
  if (!z.routing_enabled || z.paused) text += "    enabled: false\n";
  if (z.support_subaddress) text += "    subaddressing: true\n";
  std::vector<std::string> names;
  for (const auto& s : z.subdomains) {
    if (s.enabled) names.push_back(s.name);
  }
  if (!names.empty()) text += "    subdomains: " + list_of(names) + "\n";
  return text + authentication_text(z.admission);
}

std::string comment_of(const rule_object& rule, const std::string& why) {
  return fmt::format("    # rule {} is left out: {}\n", printable(rule.id, 40), why);
}

}  // namespace

result<zone_with_rules> to_store(const model::zone& zone, const model::object_id& account,
                                 const line_defaults& defaults) {
  zone_with_rules out{.zone = frame_of(zone, account, defaults), .rules = {}};
  rule_maker rules(out, defaults);
  for (const auto& rule : zone.rules) SP_CHECK(rules.add(rule));
  SP_CHECK(add_postmaster(zone, rules));
  for (const auto& rest : zone.subdomain_catch_alls) {
    SP_CHECK(rules.add(matcher("glob", "to", "*@" + rest.domain.ascii()), rest.rule.action,
                       rest.rule.enabled));
  }
  SP_CHECK(rules.add(zone.apex_catch_all));
  return out;
}

yaml_zone to_yaml(const zone_with_rules& z,
                  const std::function<bool(std::string_view email)>& is_verified) {
  yaml_zone out{.text = frame_text(z.zone), .left_out = {}};
  const auto leave_out = [&](const rule_object& rule, const std::string& why) {
    out.text += comment_of(rule, why);
    out.left_out.push_back(fmt::format("{}, rule {}: {}", z.zone.name, rule.id, why));
  };
  std::string catch_all;
  bool first = true;
  for (const auto& rule : z.rules) {
    const auto action = action_text(rule);
    const auto address = literal_of(rule);
    if (!action || (!address && !rule.catch_all)) {
      leave_out(rule, "a zones file has no words for it");
      continue;
    }
    const bool resting = !rule.enabled || does_nothing(rule, is_verified);
    if (rule.catch_all) {
      catch_all = fmt::format("    catch_all:\n      {}\n{}", *action,
                              resting ? "      enabled: false\n" : "");
      continue;
    }
    if (std::exchange(first, false)) out.text += "    rules:\n";
    out.text += fmt::format("      - address: {}\n        {}\n", quoted(*address), *action);
    if (rule.name && !rule.name->empty()) out.text += "        name: " + quoted(*rule.name) + "\n";
    if (resting) out.text += "        enabled: false\n";
  }
  out.text += catch_all;
  return out;
}

}  // namespace signpost::cli
