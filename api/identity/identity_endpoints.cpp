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

// ---- the user ----------------------------------------------------------------------------------

/// What the user says of himself, as one setting of the store: an object of these members.
constexpr std::string_view profile_setting = "user_profile";
/// Cloudflare's limits, in characters.
constexpr std::array<std::pair<const char*, std::size_t>, 5> profile_members{
    {{"first_name", 60}, {"last_name", 60}, {"telephone", 20}, {"country", 30}, {"zipcode", 20}}};

answer<json> profile_of(const model::control_reader& now) {
  auto stored = now.setting(profile_setting);
  if (!stored && stored.error().code != errc::not_found) {
    return refuse(from_error(stored.error(), "user"));
  }
  auto profile = stored ? json::parse(*stored, nullptr, false) : json::object();
  if (!profile.is_object()) {
    return refuse(from_error({.code = errc::corrupt, .context = "user"}, "user"));
  }
  return profile;
}

json user_json(const rest_call& call, const json& profile) {
  json out{{"id", user_id},
           {"email", "administrator@" + call.world.host_name},
           {"username", "administrator"}};
  // Nobody's business but the administrator's.
  const bool own = may(call.who.token, permission::administer, {});
  for (const auto& [name, max] : profile_members) out[name] = own ? member(profile, name) : json();
  for (const auto* const no :
       {"suspended", "two_factor_authentication_enabled", "two_factor_authentication_locked",
        "has_pro_zones", "has_business_zones", "has_enterprise_zones"}) {
    out[no] = false;
  }
  out["betas"] = json::array();
  out["organizations"] = json::array();
  return out;
}

answer<rest_result> get_user(rest_call& call) {
  // Tokens of accounts do not belong to a user.
  if (!call.who.token.account.empty()) return refuse(unauthorized());
  SP_TRY(const auto profile, profile_of(*call.now));
  return rest_result{.result = user_json(call, profile)};
}

// Members that are sent take the place of those that are there; null removes one.
answer<void> take_profile(const json& body, json& profile) {
  for (const auto& [name, max] : profile_members) {
    if (!body.contains(name)) continue;
    SP_TRY(auto text, text_member(body, name, max));
    if (text) {
      profile[name] = std::move(*text);
    } else {
      profile.erase(name);
    }
  }
  return {};
}

answer<rest_result> edit_user(rest_call& call) {
  if (!call.who.token.account.empty()) return refuse(unauthorized());
  SP_TRY(const auto body, object_of(call.body));
  const auto work = [&](model::control_transaction& t) -> answer<json> {
    SP_TRY(const auto before, profile_of(t));
    auto after = before;
    SP_CHECK(take_profile(body, after));
    auto shown = user_json(call, after);
    for (const auto* const fixed : {"email", "username", "id"}) {
      SP_CHECK(check_without_effect(body, fixed, shown[fixed], "it follows from the node's name"));
    }
    if (after == before) return shown;
    SP_CHECK(ask(t.put_setting(profile_setting, to_text(after)), "user"));
    t.audit(call.audit("update", "user", user_id, user_json(call, before), shown));
    return shown;
  };
  SP_TRY(auto shown, commit_change<json>(call.world, "user", work));
  return rest_result{.result = std::move(shown)};
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
  const auto shown = account_json({});
  SP_CHECK(check_without_effect(body, "type", shown["type"], "all accounts are of one type"));
  SP_CHECK(check_without_effect(body, "settings", shown["settings"], "the node has none of these"));
  for (const auto* const above : {"unit", "managed_by"}) {
    SP_CHECK(check_without_effect(body, above, nullptr, "accounts belong to the node alone"));
  }
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

// The membership that the path names: its id is the account's.
answer<model::account> named_membership(const rest_call& call) {
  auto account = call.now->account(call.variable("membership_id"));
  const bool is_absent = !account
                         && (account.error().code == errc::not_found
                             || account.error().code == errc::malformed);
  if (is_absent || (account && !may_see(call.who.token, account->id))) {
    return refuse(no_such_object(call.request.path));
  }
  return ask(std::move(account), "account");
}

answer<rest_result> get_membership(rest_call& call) {
  SP_TRY(const auto account, named_membership(call));
  return rest_result{.result = membership_json(account, call.who.token)};
}

// Nobody is invited here: a membership is accepted from the start, and stays so.
answer<rest_result> change_membership(rest_call& call) {
  SP_TRY(const auto account, named_membership(call));
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto status, text_member(body, "status", name_characters_max));
  if (!status || (*status != "accepted" && *status != "rejected")) {
    return refuse(invalid_input("status must be accepted or rejected", "/status"));
  }
  if (*status == "rejected") return refuse(fixed_membership());
  return rest_result{.result = membership_json(account, call.who.token)};
}

answer<rest_result> delete_membership(rest_call& call) {
  SP_TRY([[maybe_unused]] const auto account, named_membership(call));
  return refuse(fixed_membership());
}

constexpr std::string_view one_membership = "/memberships/{membership_id}";

constexpr std::array<endpoint, 11> identity_rows{{
    {"GET", "/user", permission::none, get_user, "The user of the token", {}, "User"},
    {"PATCH", "/user", permission::administer, edit_user, "Change the user's name and address",
     "UserEdit", "User"},
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
    {"GET", one_membership, permission::none, get_membership, "What the token may do in an account",
     {}, "Membership"},
    {"PUT", one_membership, permission::none, change_membership,
     "Accept a membership, which it is already", "MembershipEdit", "Membership"},
    {"DELETE", one_membership, permission::none, delete_membership,
     "Always refused: memberships follow from tokens", {}, "IdObject"},
}};

}  // namespace

std::span<const endpoint> identity_endpoints() {
  return identity_rows;
}

}  // namespace signpost::api
