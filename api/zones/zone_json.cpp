// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/zones/zone_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/dns/ownership_record.hpp"
#include "api/frame/zone_name.hpp"
#include "api/zones/zone_ownership.hpp"
#include "base/text.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t id_octets = 16;

struct operation {
  std::string_view name;
  model::text_comparison how;
  bool with_case;
};

using enum model::text_comparison;
constexpr std::array<operation, 8> operations{{
    {"equal", equal, false},
    {"not_equal", not_equal, false},
    {"starts_with", starts_with, false},
    {"ends_with", ends_with, false},
    {"contains", contains, false},
    {"starts_with_case_sensitive", starts_with, true},
    {"ends_with_case_sensitive", ends_with, true},
    {"contains_case_sensitive", contains, true},
}};

// With an operator in front, or the text as it is.
const operation* operation_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return nullptr;
  const auto* const found = std::ranges::find(operations, text.substr(0, colon), &operation::name);
  return found == operations.end() ? nullptr : found;
}

model::text_filter text_filter_of(std::string_view text) {
  const auto* const o = operation_of(text);
  if (o == nullptr) return {.value = std::string(text)};
  return {.how = o->how,
          .value = std::string(text.substr(o->name.size() + 1)),
          .with_case = o->with_case};
}

// Nothing for a status that no zone of ours is in.
answer<std::optional<model::zone_status>> status_of(std::string_view status) {
  for (const auto known :
       {model::zone_status::pending, model::zone_status::active, model::zone_status::moved}) {
    if (status == to_string(known)) return known;
  }
  if (status == "initializing") return std::nullopt;
  return refuse(invalid_input("status must be initializing, pending, active or moved"));
}

bool wants_full(std::string_view types) {
  for (const auto one : split(types, ',')) {
    if (trim(one) == "full") return true;
  }
  return false;
}

answer<bool> wants_any(const rest_call& call) {
  const auto match = call.parameter("match").value_or("all");
  if (match != "any" && match != "all") {
    return refuse(invalid_input("match must be any or all"));
  }
  return match == "any";
}

json permissions_of(const model::zone_object& zone, const model::api_token& viewer) {
  auto list = json::array({"#zone:read"});
  if (may(viewer, permission::zone_write, {.account = zone.account, .zone = zone.id})) {
    list.push_back("#zone:edit");
  }
  return list;
}

json activated_on(const model::zone_object& zone) {
  if (zone.ownership.activated) return to_rfc3339(*zone.ownership.activated);
  return zone.is_active() ? json(to_rfc3339(zone.created)) : json(nullptr);
}

}  // namespace

json plan_json() {
  return {{"id", "signpost"},
          {"name", "Signpost"},
          {"price", 0},
          {"currency", "USD"},
          {"frequency", ""},
          {"is_subscribed", true},
          {"can_subscribe", false},
          {"legacy_id", "signpost"},
          {"legacy_discount", false},
          {"externally_managed", false}};
}

json zone_json(const rest_world& world, const model::zone_object& zone,
               const model::account& account, const model::api_token& viewer) {
  return {{"id", zone.id},
          {"name", shown_name(zone.name)},
          {"status", to_string(zone.ownership.status)},
          {"paused", zone.paused},
          {"type", "full"},
          {"development_mode", 0},
          {"name_servers", json::array()},
          {"original_name_servers", nullptr},
          {"original_registrar", nullptr},
          {"original_dnshost", nullptr},
          {"modified_on", to_rfc3339(zone.modified)},
          {"created_on", to_rfc3339(zone.created)},
          {"activated_on", activated_on(zone)},
          {"verification_key", ownership_record(world, zone).content},
          {"meta",
           {{"step", 0},
            {"custom_certificate_quota", 0},
            {"page_rule_quota", 0},
            {"phishing_detected", false},
            {"cdn_only", false},
            {"dns_only", false},
            {"foundation_dns", false}}},
          {"owner", {{"id", account.id}, {"type", "organization"}, {"name", account.name}}},
          {"account", {{"id", account.id}, {"name", account.name}}},
          {"tenant", {{"id", nullptr}, {"name", nullptr}}},
          {"tenant_unit", {{"id", nullptr}}},
          {"permissions", permissions_of(zone, viewer)},
          {"plan", plan_json()}};
}

answer<std::optional<model::zone_filter>> zone_filter_of(const rest_call& call) {
  SP_TRY(const bool any, wants_any(call));
  model::zone_filter out{.any = any};
  // Conditions that hold for all zones, or for none.
  bool all_pass = false;
  bool none_pass = false;
  if (const auto name = call.parameter("name")) {
    out.name = text_filter_of(*name);
    // A whole name is looked up as it is stored; parts of one are compared with both its forms.
    const bool whole = out.name->how == equal || out.name->how == not_equal;
    if (whole) out.name->value = stored_name(out.name->value);
  }
  if (auto id = call.parameter("account.id"); id && !id->empty()) out.account = std::move(id);
  if (const auto name = call.parameter("account.name")) out.account_name = text_filter_of(*name);
  if (const auto status = call.parameter("status")) {
    SP_TRY(out.status, status_of(*status));
    none_pass = !out.status;
  }
  if (const auto types = call.parameter("type")) {
    (wants_full(*types) ? all_pass : none_pass) = true;
  }
  if (!any) return none_pass ? std::nullopt : std::optional(std::move(out));
  if (all_pass) return model::zone_filter{};
  if (none_pass && out.is_empty()) return std::nullopt;
  return out;
}

model::rule_object default_catch_all(const model::zone_object& zone) {
  model::rule_object rule;
  const auto octets = crypto::sha256("catch-all of " + zone.id);
  rule.id = to_hex(std::span(octets).first<id_octets>());
  rule.zone = zone.id;
  rule.catch_all = true;
  rule.name = "";
  rule.enabled = false;
  rule.matchers = {{.type = "all", .field = {}, .value = {}}};
  rule.actions = {{.type = "drop", .value = {}}};
  rule.created = zone.created;
  rule.modified = zone.created;
  return rule;
}

}  // namespace signpost::api
