// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/identity/audit_json.hpp"

#include <array>

namespace signpost::api {
namespace {

// Changes by the node itself, and by an operator at its command line.
bool is_system(const model::audit_entry& e) {
  return e.actor_id == "signpostd" || e.actor_id == "cli";
}

std::string_view context_of(const model::audit_entry& e) {
  return is_system(e) ? "dash" : "api_token";
}

std::string_view type_of(const model::audit_entry& e) {
  return is_system(e) ? "system" : "user";
}

std::string_view scope_of(const model::audit_entry& e) {
  if (!e.zone.empty()) return "zones";
  return e.account.empty() ? "user" : "accounts";
}

std::string_view result_of(const model::audit_entry& e) {
  return e.succeeded ? "success" : "failure";
}

json parsed(const std::string& text) {
  if (text.empty()) return nullptr;
  auto value = json::parse(text, nullptr, false);
  // A text that the store has cut at its limit is shown as it is.
  return value.is_discarded() ? json(text) : value;
}

constexpr std::array<std::string_view, 22> all_fields{
    "id",          "account_name",  "action_result",    "action_type",    "actor_context",
    "actor_email", "actor_id",      "actor_ip_address", "actor_token_id", "actor_token_name",
    "actor_type",  "audit_log_id",  "raw_cf_ray_id",    "raw_method",     "raw_status_code",
    "raw_uri",     "resource_id",   "resource_product", "resource_type",  "zone_id",
    "zone_name",   "resource_scope"};
}  // namespace

std::string_view product_of(std::string_view resource_type) {
  if (resource_type.starts_with("email_routing")) return "email_routing";
  if (resource_type == "zone") return "zones";
  if (resource_type == "token" || resource_type == "administrator") return "api_tokens";
  return "accounts";
}

json audit_v1_json(const model::audit_entry& e) {
  json metadata = json::object();
  if (!e.zone_name.empty()) metadata["zone_name"] = e.zone_name;
  metadata["token_name"] = e.actor_name;
  metadata["revision"] = e.revision;
  metadata["status"] = e.http_status;
  return {{"id", e.id},
          {"action", {{"type", e.action}, {"result", e.succeeded}}},
          {"actor",
           {{"id", e.actor_id},
            {"email", ""},
            {"ip", e.actor_ip},
            {"type", is_system(e) ? "admin" : "user"}}},
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
             {"result", result_of(e)},
             {"time", to_rfc3339(e.when)},
             {"description", e.action + " " + e.resource_type}}},
           {"actor",
            {{"id", e.actor_id},
             {"email", ""},
             {"ip_address", e.actor_ip},
             {"type", type_of(e)},
             {"context", context_of(e)},
             {"token_id", is_system(e) ? "" : e.actor_id},
             {"token_name", is_system(e) ? "" : e.actor_name}}},
           {"raw",
            {{"cf_ray_id", ""},
             {"method", e.method},
             {"status_code", e.http_status},
             {"uri", e.uri},
             {"user_agent", e.user_agent}}},
           {"resource",
            {{"id", e.resource_id},
             {"product", product_of(e.resource_type)},
             {"type", e.resource_type},
             {"scope", scope_of(e)},
             {"request", parsed(e.before_json)},
             {"response", parsed(e.after_json)}}}};
  if (!e.zone.empty()) out["zone"] = {{"id", e.zone}, {"name", e.zone_name}};
  return out;
}

std::span<const std::string_view> audit_fields() {
  return all_fields;
}

std::string audit_field(const model::audit_entry& e, std::string_view name,
                        std::string_view account_name) {
  const auto token = [&](const std::string& of) { return is_system(e) ? std::string() : of; };
  const auto text = [](std::string_view of) { return std::string(of); };
  if (name == "id" || name == "audit_log_id") return e.id;
  if (name == "account_name") return text(account_name);
  if (name == "action_result") return text(result_of(e));
  if (name == "action_type") return e.action;
  if (name == "actor_context") return text(context_of(e));
  if (name == "actor_id") return e.actor_id;
  if (name == "actor_ip_address") return e.actor_ip;
  if (name == "actor_token_id") return token(e.actor_id);
  if (name == "actor_token_name") return token(e.actor_name);
  if (name == "actor_type") return text(type_of(e));
  if (name == "raw_method") return e.method;
  if (name == "raw_status_code") return std::to_string(e.http_status);
  if (name == "raw_uri") return e.uri;
  if (name == "resource_id") return e.resource_id;
  if (name == "resource_product") return text(product_of(e.resource_type));
  if (name == "resource_type") return e.resource_type;
  if (name == "resource_scope") return text(scope_of(e));
  if (name == "zone_id") return e.zone;
  if (name == "zone_name") return e.zone_name;
  return {};
}

}  // namespace signpost::api
