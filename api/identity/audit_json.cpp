// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/identity/audit_json.hpp"

#include <algorithm>
#include <array>

#include "api/frame/zone_name.hpp"

namespace signpost::api {
namespace {

using model::audit_field;
using model::is_of_system;

std::string_view context_of(const model::audit_entry& e) {
  return is_of_system(e) ? "dash" : "api_token";
}

json parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  auto value = json::parse(text, nullptr, false);
  // A text that the store has cut at its limit is shown as it is.
  return value.is_discarded() ? json(text) : value;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> contexts{
    {{"dash", "system"}, {"api_token", "user"}}};

constexpr std::array<audit_parameter, 21> parameters{{
    {"id", audit_field::id},
    {"action_result", audit_field::result},
    {"action_type", audit_field::action},
    {"actor_context", audit_field::actor_kind, contexts},
    {"actor_email", audit_field::nothing},
    {"actor_id", audit_field::actor_id},
    {"actor_ip_address", audit_field::actor_ip},
    {"actor_token_id", audit_field::token_id},
    {"actor_token_name", audit_field::token_name},
    {"actor_type", audit_field::actor_kind},
    {"audit_log_id", audit_field::id},
    {"raw_cf_ray_id", audit_field::nothing},
    {"raw_method", audit_field::method},
    {"raw_status_code", audit_field::http_status},
    {"raw_uri", audit_field::uri},
    {"resource_id", audit_field::resource_id},
    {"resource_product", audit_field::product},
    {"resource_type", audit_field::resource_type},
    {"zone_id", audit_field::zone_id},
    {"zone_name", audit_field::zone_name},
    {"resource_scope", audit_field::scope},
}};

}  // namespace

json audit_v1_json(const model::audit_entry& e) {
  json metadata = json::object();
  if (!e.zone_name.empty()) metadata["zone_name"] = shown_name(e.zone_name);
  metadata["token_name"] = e.actor_name;
  metadata["revision"] = e.revision;
  metadata["status"] = e.http_status;
  return {{"id", e.id},
          {"action", {{"type", e.action}, {"result", e.succeeded}}},
          {"actor",
           {{"id", e.actor_id},
            {"email", ""},
            {"ip", e.actor_ip},
            {"type", is_of_system(e) ? "admin" : "user"}}},
          {"interface", "API"},
          {"metadata", std::move(metadata)},
          {"newValue", e.after_json},
          {"oldValue", e.before_json},
          {"owner", {{"id", e.account}}},
          {"resource", {{"id", e.resource_id}, {"type", e.resource_type}}},
          {"when", to_rfc3339(e.when)}};
}

json audit_v2_json(const model::audit_entry& e, std::string_view account_name) {
  json out{{"id", e.id},
           {"account", {{"id", e.account}, {"name", account_name}}},
           {"action",
            {{"type", e.action},
             {"result", text_of(e, audit_field::result)},
             {"time", to_rfc3339(e.when)},
             {"description", e.action + " " + e.resource_type}}},
           {"actor",
            {{"id", e.actor_id},
             {"email", ""},
             {"ip_address", e.actor_ip},
             {"type", text_of(e, audit_field::actor_kind)},
             {"context", context_of(e)},
             {"token_id", text_of(e, audit_field::token_id)},
             {"token_name", text_of(e, audit_field::token_name)}}},
           {"raw",
            {{"cf_ray_id", ""},
             {"method", e.method},
             {"status_code", e.http_status},
             {"uri", e.uri},
             {"user_agent", e.user_agent}}},
           {"resource",
            {{"id", e.resource_id},
             {"product", text_of(e, audit_field::product)},
             {"type", e.resource_type},
             {"scope", text_of(e, audit_field::scope)},
             {"request", parsed(e.before_json)},
             {"response", parsed(e.after_json)}}}};
  if (!e.zone.empty()) out["zone"] = {{"id", e.zone}, {"name", shown_name(e.zone_name)}};
  return out;
}

std::string audit_parameter::in_store(const std::string& value) const {
  if (field == audit_field::zone_name) return stored_name(value);
  if (words.empty()) return value;
  const auto word = std::ranges::find(words, value, [](const auto& w) { return w.first; });
  return word == words.end() ? std::string() : std::string(word->second);
}

std::span<const audit_parameter> audit_parameters() {
  return parameters;
}

}  // namespace signpost::api
