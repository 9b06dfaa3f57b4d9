// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/audit_query.hpp"

#include <algorithm>

namespace signpost::model {
namespace {

std::string_view scope_of(const audit_entry& e) {
  if (!e.zone.empty()) return "zones";
  return e.account.empty() ? "user" : "accounts";
}

bool names(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

}  // namespace

bool is_of_system(const audit_entry& e) {
  return e.actor_id == "signpostd" || e.actor_id == "cli";
}

std::string_view product_of(std::string_view resource_type) {
  if (resource_type.starts_with("email_routing")) return "email_routing";
  if (resource_type == "zone") return "zones";
  if (resource_type == "token" || resource_type == "administrator") return "api_tokens";
  return "accounts";
}

std::string text_of(const audit_entry& e, audit_field field) {
  switch (field) {
    case audit_field::id:
      return e.id;
    case audit_field::action:
      return e.action;
    case audit_field::result:
      return e.succeeded ? "success" : "failure";
    case audit_field::actor_kind:
      return is_of_system(e) ? "system" : "user";
    case audit_field::actor_id:
      return e.actor_id;
    case audit_field::actor_ip:
      return e.actor_ip;
    case audit_field::token_id:
      return is_of_system(e) ? std::string() : e.actor_id;
    case audit_field::token_name:
      return is_of_system(e) ? std::string() : e.actor_name;
    case audit_field::method:
      return e.method;
    case audit_field::http_status:
      return std::to_string(e.http_status);
    case audit_field::uri:
      return e.uri;
    case audit_field::resource_id:
      return e.resource_id;
    case audit_field::resource_type:
      return e.resource_type;
    case audit_field::product:
      return std::string(product_of(e.resource_type));
    case audit_field::scope:
      return std::string(scope_of(e));
    case audit_field::zone_id:
      return e.zone;
    case audit_field::zone_name:
      return e.zone_name;
    case audit_field::nothing:
      break;
  }
  return {};
}

bool audit_condition::passes(const audit_entry& entry) const {
  const auto text = text_of(entry, field);
  return (any_of.empty() || names(any_of, text)) && !names(none_of, text);
}

bool audit_filter::passes(const audit_entry& entry) const {
  if (entry.account.empty()) {
    if (!of_no_account) return false;
  } else if (visible && !visible->has(entry.account, entry.zone)) {
    return false;
  }
  return std::ranges::all_of(conditions, [&](const auto& c) { return c.passes(entry); });
}

}  // namespace signpost::model
