// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/explain/explain_scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/control/control_reader.hpp"

namespace signpost::api {
namespace {

/// Rules that are followed to find out where mail goes; a longer chain counts as foreign.
constexpr std::size_t rules_followed_max = 100;

bool sees_everything(const rest_call& call) {
  return may(call.who.token, permission::administer, {});
}

// The zone by which mail for the host is routed.
result<model::zone_object> zone_of_host(const rest_call& call, const model::routing_table& table,
                                        const address::domain& host) {
  const auto* const routes = table.find_zone(host);
  if (routes == nullptr) return fail(errc::not_found, "zone");
  return call.now->zone_by_name(routes->name().ascii());
}

/// Follows forwards between addresses of ours through the rules as they are stored.
class follower {
 public:
  follower(const rest_call& call, const model::routing_table& table) : call_(call), table_(table) {}

  /// True if a rule on the way is of a zone that the caller does not see.
  bool meets_foreign(const std::string& zone_name, const std::string& rule_id) {
    const auto zone = call_.now->zone_by_name(zone_name);
    if (!zone) return false;
    const auto rule =
        rule_id == "catch-all" ? call_.now->catch_all(zone->id)
                               : call_.now->rule(zone->id, rule_id);
    if (!rule || !followed_.insert(zone->id + rule_id).second) return false;
    if (followed_.size() > rules_followed_max) return true;
    return std::ranges::any_of(rule->actions, [&](const auto& action) {
      return action.value && std::ranges::any_of(*action.value, [&](const auto& text) {
               return goes_to_foreign(zone->name, text);
             });
    });
  }

 private:
  bool goes_to_foreign(const std::string& from, const std::string& text) {
    const auto mailbox = address::mailbox::parse(text);
    if (!mailbox || mailbox->literal()) return false;
    if (leaves_account(from, mailbox->host())) return false;
    const auto zone = zone_of_host(call_, table_, mailbox->host());
    if (!zone) return zone.error().code != errc::not_found;
    if (!may(call_.who.token, permission::rules_read,
             {.account = zone->account, .zone = zone->id})) {
      return true;
    }
    const model::message_facts nothing_known;
    const auto next = table_.route(smtp::forward_path(*mailbox), &nothing_known, patterns_);
    // What would take too long to find out counts as foreign.
    if (patterns_.budget().used_up()) return true;
    return meets_foreign(next.zone, next.rule);
  }

  // Then the DNS determines where it goes, and the rules there are not evaluated.
  [[nodiscard]] bool leaves_account(const std::string& from, const address::domain& to) const {
    const auto name = address::domain::parse(from);
    const auto* const here = name ? table_.find_zone(*name) : nullptr;
    const auto* const there = table_.find_zone(to);
    return here != nullptr && there != nullptr && here->account() != there->account();
  }

  const rest_call& call_;
  const model::routing_table& table_;
  model::pattern_supply patterns_{model::compiling::once,
                                  model::step_budget(model::route_options{}.steps_max)};
  std::set<std::string> followed_;
};

}  // namespace

answer<void> check_recipient_in_scope(const rest_call& call, const smtp::forward_path& recipient) {
  if (!call.zone) return {};
  // The table has only the active zone of a name.
  if (!call.zone->is_active()) return refuse(zone_not_active());
  const auto& mailbox = recipient.mailbox();
  const auto host = mailbox && !mailbox->literal() ? mailbox->host().ascii() : std::string();
  const auto& zone = *call.zone;
  const bool in_zone =
      host == zone.name
      || std::ranges::any_of(zone.subdomains, [&](const auto& s) { return s.name == host; });
  if (in_zone) return {};
  return refuse(invalid_input(fmt::format("to must be an address of {}", zone.name), "/to"));
}

bool hide_foreign(const rest_call& call, const model::routing_table& table,
                  model::route_decision& decision) {
  if (sees_everything(call)) return false;
  if (!follower(call, table).meets_foreign(decision.zone, decision.rule)) return false;
  decision.destinations.clear();
  decision.steps = {"the next rules are in a zone that you may not see"};
  return true;
}

}  // namespace signpost::api
