// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/addresses/address_rules.hpp"

#include <fmt/format.h>

#include <vector>

#include "api/frame/change.hpp"
#include "api/rules/rule_json.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

std::string folded(std::string_view email) {
  const auto parsed = address::mailbox::parse(email);
  return parsed ? parsed->folded() : to_lower(email);
}

std::string memory_name(const model::destination_address& a) {
  return fmt::format("disabled_with/{}/{}", a.account, to_hex(crypto::sha256(folded(a.email))));
}

std::int64_t milliseconds_of(wall_time t) {
  return t.time_since_epoch().count();
}

/// Those destinations of a rule that are addresses.
std::vector<std::string> destinations_of(const model::rule_object& rule) {
  std::vector<std::string> all;
  for (const auto& action : rule.actions) {
    if ((action.type != "forward" && action.type != "failover") || !action.value) continue;
    all.insert(all.end(), action.value->begin(), action.value->end());
  }
  return all;
}

answer<bool> has_another(const model::control_reader& now, const model::rule_object& rule,
                         const model::destination_address& a) {
  const auto gone = folded(a.email);
  for (const auto& email : destinations_of(rule)) {
    if (folded(email) == gone) continue;
    SP_TRY(const bool verified, ask(now.is_verified(a.account, email), "address"));
    if (verified) return true;
  }
  return false;
}

answer<void> switch_rule(model::control_transaction& t, model::rule_object rule, bool on,
                         wall_time now, const rule_audit& audit) {
  const auto before = rule_json(rule);
  rule.enabled = on;
  rule.modified = now;
  SP_CHECK(ask(t.put(rule), "rule"));
  auto entry = audit(on ? "enable" : "disable", rule, before, rule_json(rule));
  entry.zone = rule.zone;
  if (const auto zone = t.zone(rule.zone)) entry.zone_name = zone->name;
  t.audit(std::move(entry));
  return {};
}

}  // namespace

answer<void> disable_rules(model::control_transaction& t, const model::destination_address& a,
                           wall_time now, const rule_audit& audit) {
  SP_TRY(const auto names,
         ask(t.rules_forwarding_to(a.account, a.email, disabled_rules_max + 1), "rule"));
  if (names.size() > disabled_rules_max) {
    return refuse(over_limit("rules disabled by one deletion"));
  }
  std::string memory;
  std::size_t remembered = 0;
  for (const auto& name : names) {
    SP_TRY(auto rule, ask(t.rule(name.zone, name.rule), "rule"));
    if (!rule.enabled) continue;
    SP_TRY(const bool goes_on, has_another(t, rule, a));
    if (goes_on) continue;
    SP_CHECK(switch_rule(t, std::move(rule), false, now, audit));
    if (++remembered > remembered_rules_max) continue;
    memory += fmt::format("{} {} {}\n", name.zone, name.rule, milliseconds_of(now));
  }
  if (memory.empty()) return {};
  return ask(t.put_setting(memory_name(a), memory), "setting");
}

answer<void> restore_rules(model::control_transaction& t, const model::destination_address& a,
                           wall_time now, const rule_audit& audit) {
  const auto memory = t.setting(memory_name(a));
  if (!memory || memory->empty()) return {};
  for (const auto line : split(*memory, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 3) continue;
    auto rule = t.rule(words[0], words[1]);
    // Gone, or in other hands since.
    if (!rule || rule->enabled || std::to_string(milliseconds_of(rule->modified)) != words[2]) {
      continue;
    }
    SP_CHECK(switch_rule(t, std::move(*rule), true, now, audit));
  }
  return ask(t.put_setting(memory_name(a), ""), "setting");
}

}  // namespace signpost::api
