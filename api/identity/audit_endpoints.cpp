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

bool is_or_absent(const std::optional<std::string>& wanted, std::string_view got) {
  return !wanted || *wanted == got;
}

model::filter_of<model::audit_entry> v1_filter(const rest_call& call) {
  return [id = call.parameter("id"), action = call.parameter("action.type"),
          email = call.parameter("actor.email"), ip = call.parameter("actor.ip"),
          zone = call.parameter("zone.name")](const model::audit_entry& e) {
    return is_or_absent(id, e.id) && is_or_absent(action, e.action) && is_or_absent(email, "")
           && is_or_absent(ip, e.actor_ip) && is_or_absent(zone, e.zone_name);
  };
}

// A user's token reads only the accounts whose log it may read.
bool may_read(const model::api_token& token, const model::audit_entry& e) {
  if (e.account.empty()) return may(token, permission::administer, {});
  return may(token, permission::audit_read, {.account = e.account, .zone = e.zone});
}

answer<rest_result> list_v1(rest_call& call) {
  SP_TRY(const auto paging, call.paging(per_page_max));
  // An export has the same form here.
  SP_TRY([[maybe_unused]] const auto exported, call.flag("export"));
  SP_TRY(const auto hide_user, call.flag("hide_user_logs"));
  SP_TRY(auto query, basic_query(call));
  query.filter = [passes = v1_filter(call), hide = hide_user.value_or(false),
                  &call](const model::audit_entry& e) {
    return !(hide && e.account.empty()) && may_read(call.who.token, e) && passes(e);
  };
  query.skip = (paging.page - 1) * paging.per_page;
  query.max = paging.per_page;
  SP_TRY(const auto page, ask(call.now->audit_log(query), "audit log"));
  auto list = json::array();
  for (const auto& e : page.entries) list.push_back(audit_v1_json(e));
  json info{{"page", paging.page}, {"per_page", paging.per_page}, {"count", list.size()}};
  return rest_result{.result = std::move(list), .result_info = std::move(info)};
}

// ---- the second API ----------------------------------------------------------------------------

struct field_filter {
  std::string_view field;
  std::string value;
  bool excludes = false;
};

// `field=value`, several of one field: any of them; `field.not=value`: none of them.
std::vector<field_filter> field_filters(const rest_call& call) {
  std::vector<field_filter> out;
  for (const auto field : audit_fields()) {
    const auto [from, to] = call.query.equal_range(field);
    for (auto i = from; i != to; ++i) out.push_back({field, i->second, false});
    const auto [not_from, not_to] = call.query.equal_range(std::string(field) + ".not");
    for (auto i = not_from; i != not_to; ++i) out.push_back({field, i->second, true});
  }
  const auto [from, to] = call.query.equal_range("product_category");
  for (auto i = from; i != to; ++i) out.push_back({"resource_product", i->second, false});
  return out;
}

bool passes(const std::vector<field_filter>& filters, const model::audit_entry& e,
            std::string_view account_name) {
  for (std::size_t i = 0; i < filters.size();) {
    const auto field = filters[i].field;
    const auto got = audit_field(e, field, account_name);
    bool asked = false;
    bool found = false;
    for (; i < filters.size() && filters[i].field == field; ++i) {
      const bool same = filters[i].value == got;
      if (filters[i].excludes && same) return false;
      asked = asked || !filters[i].excludes;
      found = found || (!filters[i].excludes && same);
    }
    if (asked && !found) return false;
  }
  return true;
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
  query.filter = [filters = field_filters(call), &call](const model::audit_entry& e) {
    return passes(filters, e, call.account->name);
  };
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
  query.filter = [&entry](const model::audit_entry& e) {
    return e.resource_type == entry->resource_type && e.resource_id == entry->resource_id
           && (!e.resource_id.empty() || e.id == entry->id);
  };
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

constexpr std::array<endpoint, 5> rows{{
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
  return rows;
}

}  // namespace signpost::api
