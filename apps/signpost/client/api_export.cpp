// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/api_export.hpp"

#include <unordered_set>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "base/rfc3339.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::cli {
namespace {

wall_time time_of(const json& object, std::string_view member) {
  return parse_rfc3339(text_of(object, member)).value_or(wall_time{});
}

// The API shows names in Unicode; objects have A-labels.
std::string stored_name(std::string name) {
  const auto parsed = address::domain::parse(name);
  return parsed ? parsed->ascii() : std::move(name);
}

model::account account_from(const json& a) {
  return {.id = text_of(a, "id"), .name = text_of(a, "name"), .created = time_of(a, "created_on")};
}

model::destination_address address_from(const json& a, const model::object_id& account) {
  return {.id = text_of(a, "id"),
          .account = account,
          .email = text_of(a, "email"),
          .verified = parse_rfc3339(text_of(a, "verified")),
          .created = time_of(a, "created"),
          .modified = time_of(a, "modified"),
          .verification_sent = {},
          .verifications_sent = 0};
}

std::optional<std::string> optional_text(const json& object, std::string_view member) {
  const auto& value = member_of(object, member);
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

model::rule_object_action action_from(const json& action) {
  model::rule_object_action out{.type = text_of(action, "type"), .value = {}};
  const auto& values = member_of(action, "value");
  if (!values.is_array()) return out;
  out.value.emplace();
  for (const auto& one : values) {
    if (one.is_string()) out.value->push_back(one.get<std::string>());
  }
  return out;
}

answer<std::unordered_set<std::string>> export_addresses(const api_client& client,
                                                         const model::object_id& account,
                                                         const export_sinks& to) {
  SP_TRY(const auto all,
         client.list("/client/v4/accounts/" + account + "/email/routing/addresses"));
  std::unordered_set<std::string> verified;
  for (const auto& one : all) {
    const auto address = address_from(one, account);
    if (address.verified) verified.insert(to_lower(address.email));
    to.address(address);
  }
  return verified;
}

answer<void> export_zone(const api_client& client, const json& zone, const export_sinks& to,
                         const verified_question& is_verified) {
  SP_TRY(const auto routing, client.call("GET", zone_path(zone) + "/email/routing"));
  SP_TRY(const auto rules, client.list(own_zone_path(zone) + "/rules"));
  SP_TRY(const auto asked, client.call("GET", own_zone_path(zone) + "/authentication"));
  zone_with_rules out{.zone = zone_from(zone, routing.result), .rules = {}};
  out.zone.admission = admission_from(asked.result);
  for (const auto& rule : rules) out.rules.push_back(rule_from(rule, out.zone.id));
  to.zone(out, is_verified);
  return {};
}

}  // namespace

model::zone_object zone_from(const json& zone, const json& routing) {
  model::zone_object out;
  out.id = text_of(zone, "id");
  out.account = text_of(member_of(zone, "account"), "id");
  out.name = stored_name(text_of(zone, "name"));
  out.paused = is_true(zone, "paused");
  out.created = time_of(zone, "created_on");
  out.modified = time_of(zone, "modified_on");
  out.routing_enabled = is_true(routing, "enabled");
  out.routing_locked = !text_of(routing, "status").ends_with("unlocked");
  out.skip_wizard = is_true(routing, "skip_wizard");
  out.support_subaddress = is_true(routing, "support_subaddress");
  out.routing_created = time_of(routing, "created");
  out.routing_modified = time_of(routing, "modified");
  for (const auto& one : member_of(routing, "subdomains")) {
    out.subdomains.push_back({.id = text_of(one, "id"),
                              .name = stored_name(text_of(one, "name")),
                              .enabled = is_true(one, "enabled")});
  }
  return out;
}

model::admission_policy admission_from(const json& authentication) {
  return {.enforce_dmarc = text_of(authentication, "dmarc") != "report",
          .quarantine = text_of(authentication, "quarantine") == "reject"
                            ? model::quarantine_action::reject
                            : model::quarantine_action::mark,
          .require_authentication = is_true(authentication, "require_pass"),
          // A node that does not report it does not have it.
          .own_author = model::parse_own_author_action(text_of(authentication, "own_author"))
                            .value_or(model::admission_policy().own_author)};
}

model::rule_object rule_from(const json& rule, const model::object_id& zone) {
  model::rule_object out;
  out.id = text_of(rule, "id");
  out.zone = zone;
  out.name = optional_text(rule, "name");
  out.enabled = is_true(rule, "enabled");
  out.source = text_of(rule, "source");
  for (const auto& one : member_of(rule, "matchers")) {
    out.matchers.push_back({.type = text_of(one, "type"),
                            .field = optional_text(one, "field"),
                            .value = optional_text(one, "value")});
  }
  for (const auto& one : member_of(rule, "actions")) out.actions.push_back(action_from(one));
  const auto& priority = member_of(rule, "priority");
  out.catch_all = is_true(rule, "catch_all");
  if (priority.is_number()) out.priority = priority.get<double>();
  out.created = time_of(rule, "created");
  out.modified = time_of(rule, "modified");
  return out;
}

answer<void> export_through_api(const api_client& client, const export_sinks& to) {
  SP_TRY(const auto accounts, client.list("/client/v4/accounts"));
  for (const auto& one : accounts) {
    const auto account = account_from(one);
    to.account(account);
    SP_TRY(const auto verified, export_addresses(client, account.id, to));
    const auto is_verified = [&](std::string_view email) {
      return verified.contains(to_lower(email));
    };
    SP_TRY(const auto zones,
           client.list("/client/v4/zones", query_of({{"account.id", account.id}})));
    for (const auto& zone : zones) {
      SP_CHECK(export_zone(client, zone, to, is_verified));
    }
  }
  return {};
}

}  // namespace signpost::cli
