// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The audit log: the first API (pages) of an account and of the user, the second (cursors) of an
// account.
#include <algorithm>
#include <array>

#include "api/frame/change.hpp"
#include "api/frame/rest_time.hpp"
#include "api/identity/audit_json.hpp"
#include "api/identity/endpoints.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

using model::audit_condition;
using model::audit_field;

constexpr std::uint32_t per_page_max = 1000;
constexpr std::uint64_t limit_max = 1000;
constexpr std::uint64_t limit_usual = 100;

answer<std::optional<wall_time>> time_parameter(const rest_call& call, std::string_view name) {
  const auto text = call.parameter(name);
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) {
    return refuse(invalid_input(std::string(name) + " must be an RFC 3339 time or a date"));
  }
  return time;
}

/// The parameters that both APIs share.
answer<model::audit_query> basic_query(const rest_call& call) {
  model::audit_query query;
  if (call.account) query.account = call.account->id;
  SP_TRY(query.order, call.direction(model::sort_order::descending));
  SP_TRY(query.since, time_parameter(call, "since"));
  SP_TRY(query.before, time_parameter(call, "before"));
  return query;
}

// ---- the first API -----------------------------------------------------------------------------

std::vector<audit_condition> v1_conditions(const rest_call& call) {
  constexpr std::array<audit_parameter, 5> parameters{
      {{"id", audit_field::id},
       {"action.type", audit_field::action},
       {"actor.email", audit_field::nothing},
       {"actor.ip", audit_field::actor_ip},
       {"zone.name", audit_field::zone_name}}};
  std::vector<audit_condition> all;
  for (const auto& parameter : parameters) {
    if (const auto value = call.parameter(parameter.name)) {
      all.push_back({.field = parameter.field, .any_of = {parameter.in_store(*value)}});
    }
  }
  return all;
}

answer<rest_result> list_v1(rest_call& call) {
  SP_TRY(const auto paging, call.paging(per_page_max));
  // An export has the same form here.
  SP_TRY([[maybe_unused]] const auto exported, call.flag("export"));
  SP_TRY(const auto hide_user, call.flag("hide_user_logs"));
  SP_TRY(auto query, basic_query(call));
  // A user's token reads of those accounts only whose log it may read.
  query.filter = {.conditions = v1_conditions(call),
                  .visible = places_of(call.who.token, permission::audit_read),
                  .of_no_account = !hide_user.value_or(false)
                                   && may(call.who.token, permission::administer, {})};
  query.skip = (paging.page - 1) * paging.per_page;
  query.max = paging.per_page;
  SP_TRY(const auto page, ask(call.now->audit_log(query), "audit log"));
  auto list = json::array();
  for (const auto& e : page.entries) list.push_back(audit_v1_json(e));
  json info{{"page", paging.page}, {"per_page", paging.per_page}, {"count", list.size()}};
  return rest_result{.result = std::move(list), .result_info = std::move(info)};
}

// ---- the second API ----------------------------------------------------------------------------

// `field=value`, several of one field: any of them; `field.not=value`: none of them.
void take(const rest_call& call, const audit_parameter& what, std::vector<audit_condition>& all) {
  audit_condition condition{.field = what.field};
  const auto values = [&](const std::string& parameter, std::vector<std::string>& list) {
    const auto [from, to] = call.query.equal_range(parameter);
    for (auto i = from; i != to; ++i) list.push_back(what.in_store(i->second));
  };
  values(std::string(what.name), condition.any_of);
  values(std::string(what.name) + ".not", condition.none_of);
  if (condition.any_of.empty() && condition.none_of.empty()) return;
  all.push_back(std::move(condition));
}

std::vector<audit_condition> v2_conditions(const rest_call& call) {
  std::vector<audit_condition> all;
  for (const auto& parameter : audit_parameters()) take(call, parameter, all);
  const auto [from, to] = call.query.equal_range("product_category");
  if (from != to) {
    auto& asked = all.emplace_back(audit_condition{.field = audit_field::product});
    for (auto i = from; i != to; ++i) asked.any_of.push_back(i->second);
  }
  // The account's name is the same in every entry: either it holds for all or for none.
  std::vector<audit_condition> names;
  take(call, {"account_name", audit_field::nothing}, names);
  for (auto& asked : names) {
    for (auto* const list : {&asked.any_of, &asked.none_of}) {
      for (auto& name : *list) name = name == call.account->name ? "" : "another";
    }
    all.push_back(std::move(asked));
  }
  return all;
}

answer<model::audit_query> v2_query(const rest_call& call) {
  SP_TRY(auto query, basic_query(call));
  if (!query.since || !query.before) {
    return refuse(invalid_input("since and before are required"));
  }
  query.cursor = call.parameter("cursor").value_or("");
  query.max = limit_usual;
  if (const auto text = call.parameter("limit")) {
    const auto limit = parse_uint(*text);
    if (!limit || *limit < 1 || *limit > limit_max) {
      return refuse(invalid_input("limit must be a number from 1 to 1000"));
    }
    query.max = *limit;
  }
  return query;
}

rest_result v2_result(const model::audit_page& page, std::string_view account_name) {
  auto list = json::array();
  for (const auto& e : page.entries) list.push_back(audit_v2_json(e, account_name));
  json info{{"count", list.size()}, {"cursors", json::object()}};
  // Clients stop paging where there is none.
  info["cursors"]["after"] = page.next;
  info["cursor"] = page.next;
  return rest_result{.result = std::move(list), .result_info = std::move(info)};
}

answer<rest_result> list_v2(rest_call& call) {
  SP_TRY(auto query, v2_query(call));
  query.filter.conditions = v2_conditions(call);
  SP_TRY(const auto page, ask(call.now->audit_log(query), "audit log"));
  return v2_result(page, call.account->name);
}

// Everything that happened to what the entry is about.
answer<rest_result> history(rest_call& call) {
  SP_TRY(auto query, v2_query(call));
  const auto entry = call.now->audit_record(call.account->id, call.variable("id"));
  if (!entry) {
    if (entry.error().code == errc::not_found) return refuse(no_such_object(call.request.path));
    return refuse(from_error(entry.error(), "audit log entry"));
  }
  query.filter.conditions = {
      {.field = audit_field::resource_type, .any_of = {entry->resource_type}},
      {.field = audit_field::resource_id, .any_of = {entry->resource_id}}};
  // What is about nothing has no history but itself.
  if (entry->resource_id.empty()) {
    query.filter.conditions.push_back({.field = audit_field::id, .any_of = {entry->id}});
  }
  SP_TRY(const auto page, ask(call.now->audit_log(query), "audit log"));
  auto out = v2_result(page, call.account->name);
  out.result_info["history_status"] = "exact";
  return out;
}

answer<rest_result> product_categories(rest_call&) {
  const auto category = [](std::string_view label, std::string_view value) {
    return json{{"label", label},
                {"value", value},
                {"products", json::array({{{"label", label}, {"value", value}}})}};
  };
  return rest_result{.result = json::array(
                         {category("Accounts", "accounts"), category("API Tokens", "api_tokens"),
                          category("Email Routing", "email_routing"), category("Zones", "zones")})};
}

constexpr std::array<endpoint, 5> audit_rows{{
    {"GET",
     "/user/audit_logs",
     permission::audit_read,
     list_v1,
     "What was done and what was refused, in all accounts whose log the token may read",
     {},
     "AuditLog[]"},
    {"GET",
     "/accounts/{account_id}/audit_logs",
     permission::audit_read,
     list_v1,
     "What was done and what was refused in the account",
     {},
     "AuditLog[]"},
    {"GET",
     "/accounts/{account_id}/logs/audit",
     permission::audit_read,
     list_v2,
     "The same with cursors and more filters",
     {},
     "AuditRecord[]"},
    {"GET",
     "/accounts/{account_id}/logs/audit/{id}/history",
     permission::audit_read,
     history,
     "The history of the resource that an entry is about",
     {},
     "AuditRecord[]"},
    {"GET",
     "/accounts/{account_id}/logs/audit/product_categories",
     permission::audit_read,
     product_categories,
     "The kinds of resource that entries can be about",
     {},
     "ProductCategory[]"},
}};

}  // namespace

std::span<const endpoint> audit_endpoints() {
  return audit_rows;
}

}  // namespace signpost::api
