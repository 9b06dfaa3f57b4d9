// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who the caller is and what it can see: the user, accounts and memberships.
#include <algorithm>
#include <array>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/identity/endpoints.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t name_characters_max = 100;
/// A node has one user, the administrator, whose tokens are the user tokens.
constexpr std::string_view user_id = "5165697369676e706f7374757365722a";

json account_json(const model::account& a) {
  return {{"id", a.id},
          {"name", a.name},
          {"type", "standard"},
          {"settings", {{"enforce_twofactor", false}, {"abuse_contact_email", nullptr}}},
          {"created_on", to_rfc3339(a.created)}};
}

answer<rest_result> get_user(rest_call& call) {
  // Tokens of accounts do not belong to a user.
  if (!call.who.token.account.empty()) return refuse(unauthorized());
  return rest_result{.result = {{"id", user_id},
                                {"email", "administrator@" + call.world.host_name},
                                {"username", "administrator"},
                                {"first_name", nullptr},
                                {"last_name", nullptr},
                                {"telephone", nullptr},
                                {"country", nullptr},
                                {"zipcode", nullptr},
                                {"suspended", false},
                                {"two_factor_authentication_enabled", false},
                                {"two_factor_authentication_locked", false},
                                {"has_pro_zones", false},
                                {"has_business_zones", false},
                                {"has_enterprise_zones", false},
                                {"betas", json::array()},
                                {"organizations", json::array()}}};
}

// ---- accounts ----------------------------------------------------------------------------------

model::account_filter seen_accounts(const rest_call& call, std::optional<std::string> name) {
  return {.name = std::move(name), .visible = accounts_seen_by(call.who.token)};
}

answer<rest_result> list_accounts(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto order, call.direction(model::sort_order::ascending));
  SP_TRY(const auto page,
         ask(call.now->accounts(
                 {.page = paging.page, .per_page = paging.per_page, .order = order},
                 seen_accounts(call, call.parameter("name"))),
             "account"));
  return page_result(paging, page, account_json);
}

answer<rest_result> get_account(rest_call& call) {
  return rest_result{.result = account_json(*call.account)};
}

answer<std::string> name_of(const rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(auto name, text_member(body, "name", name_characters_max));
  if (!name || name->empty()) return refuse(invalid_input("name is required", "/name"));
  return std::move(*name);
}

answer<rest_result> create_account(rest_call& call) {
  SP_TRY(auto name, name_of(call));
  const model::account made{.id = new_object_id(call.world.random),
                            .name = std::move(name),
                            .created = call.world.time.now()};
  auto entry = call.audit("create", "account", made.id, nullptr, account_json(made));
  entry.account = made.id;
  const auto work = [&](model::control_transaction& t) -> answer<void> {
    SP_CHECK(ask(t.put(made), "account"));
    t.audit(entry);
    return {};
  };
  SP_CHECK(commit_change<void>(call.world, "account", work));
  return rest_result{.result = account_json(made)};
}

answer<rest_result> change_account(rest_call& call) {
  SP_TRY(const auto name, name_of(call));
  const auto work = [&](model::control_transaction& t) -> answer<json> {
    SP_TRY(auto account, ask(t.account(call.account->id), "account"));
    const auto before = account_json(account);
    account.name = name;
    auto after = account_json(account);
    SP_CHECK(ask(t.put(account), "account"));
    t.audit(call.audit("update", "account", account.id, before, after));
    return after;
  };
  SP_TRY(auto shown, commit_change<json>(call.world, "account", work));
  return rest_result{.result = std::move(shown)};
}

answer<rest_result> delete_account(rest_call& call) {
  const auto& account = *call.account;
  const auto work = [&](model::control_transaction& t) -> answer<void> {
    auto gone = t.remove_account(account.id);
    if (!gone && gone.error().code == errc::conflict) {
      auto problem = already_exists("account");
      problem.message = "The account is not empty: delete its zones, addresses and tokens first";
      return refuse(std::move(problem));
    }
    SP_CHECK(ask(std::move(gone), "account"));
    t.audit(call.audit("delete", "account", account.id, account_json(account), nullptr));
    return {};
  };
  SP_CHECK(commit_change<void>(call.world, "account", work));
  return rest_result{.result = {{"id", account.id}}};
}

// ---- memberships -------------------------------------------------------------------------------

json membership_json(const model::account& account, const model::api_token& token) {
  const place where{.account = account.id, .zone = {}};
  const auto both = [&](permission read, permission write) {
    return json{{"read", may(token, read, where)}, {"write", may(token, write, where)}};
  };
  using enum permission;
  return {{"id", account.id},
          {"status", "accepted"},
          {"account", account_json(account)},
          {"roles", json::array({"Administrator"})},
          {"permissions",
           {{"zones", both(zone_read, zone_write)},
            {"zone_settings", both(zone_settings_read, zone_settings_write)},
            {"email_routing_rules", both(rules_read, rules_write)},
            {"email_routing_addresses", both(addresses_read, addresses_write)},
            {"organization", both(account_read, account_write)}}}};
}

answer<rest_result> list_memberships(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto order, call.direction(model::sort_order::ascending));
  const auto status = call.parameter("status").value_or("accepted");
  if (status != "accepted" && status != "pending" && status != "rejected") {
    return refuse(invalid_input("status must be accepted, pending or rejected"));
  }
  auto name = call.parameter("account.name");
  if (!name) name = call.parameter("name");
  model::page_of<model::account> page;
  if (status == "accepted") {
    SP_TRY(page, ask(call.now->accounts(
                         {.page = paging.page, .per_page = paging.per_page, .order = order},
                         seen_accounts(call, std::move(name))),
                     "account"));
  }
  return page_result(paging, page,
                     [&](const auto& a) { return membership_json(a, call.who.token); });
}

constexpr std::array<endpoint, 7> identity_rows{{
    {"GET", "/user", permission::none, get_user, "The user of the token", {}, "User"},
    {"GET",
     "/accounts",
     permission::none,
     list_accounts,
     "The accounts that the token can see",
     {},
     "Account[]"},
    {"POST", "/accounts", permission::administer, create_account, "Create an account",
     "AccountRequest", "Account"},
    {"GET", "/accounts/{account_id}", permission::none, get_account, "One account", {}, "Account"},
    {"PUT", "/accounts/{account_id}", permission::account_write, change_account,
     "Rename an account", "AccountRequest", "Account"},
    {"DELETE",
     "/accounts/{account_id}",
     permission::administer,
     delete_account,
     "Remove an empty account",
     {},
     "IdObject"},
    {"GET",
     "/memberships",
     permission::none,
     list_memberships,
     "The accounts that the token can see, with what it may do there",
     {},
     "Membership[]"},
}};

}  // namespace

std::span<const endpoint> identity_endpoints() {
  return identity_rows;
}

}  // namespace signpost::api
