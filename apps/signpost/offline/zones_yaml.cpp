// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/zones_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

#include "apps/config/zones_file.hpp"
#include "apps/signpost/client/lookup.hpp"
#include "base/text.hpp"
#include "model/control/control_rule.hpp"
#include "model/control/control_zone.hpp"

namespace signpost::cli {
namespace {

using model::rule_object;

// ---- from the file -----------------------------------------------------------------------------

model::rule_matcher matcher(std::string type, std::string field, std::string value) {
  return {.type = std::move(type), .field = std::move(field), .value = std::move(value)};
}

/// Makes the rules of one zone.
class rule_maker {
 public:
  rule_maker(zone_with_rules& to, const line_defaults& defaults) : to_(to), defaults_(defaults) {}

  result<void> add(const model::routing_rule& from) {
    SP_TRY(rule_object & rule, add(model::matchers_of(from), from.action, from.enabled));
    if (is_id(from.id)) rule.id = from.id;  // it names the secret of a webhook
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
    auto made = model::action_of(action);
    if (!made) {
      return fail(errc::malformed,
                  fmt::format("rule for {}: {}", matchers.front().value.value_or("all addresses"),
                              made.error()));
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
  out.id = is_id(z.id) ? z.id : draw_id(defaults.random);
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

constexpr std::string_view list_head = "zones:\n";

/// Takes from a rule that forwards the destinations that are not verified: mail does not go there,
/// and a reader of the file must not think that it does. False, and nothing taken, if no other is
/// left: the rule does nothing.
bool keep_verified(rule_object& rule, const std::function<bool(std::string_view)>& is_verified) {
  if (rule.actions.size() != 1) return true;
  auto& action = rule.actions.front();
  if (action.type != "forward" && action.type != "failover") return true;
  auto verified = action.value.value_or(std::vector<std::string>());
  std::erase_if(verified, [&](const auto& email) { return !is_verified(email); });
  if (verified.empty()) return false;
  if (verified.size() == 1) action.type = "forward";
  action.value = std::move(verified);
  return true;
}

/// What the mail path makes of it, and of the rules that rest, or do nothing, what it would make of
/// them, disabled.
result<model::zone_reading> reading_of(const zone_with_rules& z,
                                       const std::function<bool(std::string_view)>& is_verified) {
  auto rules = z.rules;
  std::unordered_set<std::string_view> acting;
  bool catch_all_acts = true;
  for (auto& rule : rules) {
    const bool acts = keep_verified(rule, is_verified) && rule.enabled;
    rule.enabled = true;
    if (acts) acting.insert(rule.id);
    if (rule.catch_all) catch_all_acts = acts;
  }
  SP_TRY(auto out, model::zone_of(z.zone, rules, [](std::string_view) { return true; }));
  for (auto& rule : out.routed.rules) rule.enabled = acting.contains(rule.id);
  if (!catch_all_acts) out.routed.apex_catch_all.enabled = false;
  return out;
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
  yaml_zone out;
  const auto leave_out = [&](const std::string& what) {
    out.text += fmt::format("  # left out of {}: {}\n", z.zone.name, printable(what, 300));
    out.left_out.push_back(fmt::format("{}: {}", z.zone.name, what));
  };
  const auto reading = reading_of(z, is_verified);
  if (!reading) {
    leave_out(reading.error().context);
    return out;
  }
  for (const auto& rule : reading->left_out) leave_out("rule " + rule);
  const auto written = config::write_zones({reading->routed});
  if (written) {
    out.text += written->substr(list_head.size());
  } else {
    leave_out(written.error().context);
  }
  return out;
}

}  // namespace signpost::cli
