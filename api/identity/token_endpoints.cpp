// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// API tokens, of the user and of accounts. A token cannot create, change or renew a token with more
// rights than its own.
#include <algorithm>
#include <array>

#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/rest_time.hpp"
#include "api/identity/endpoints.hpp"
#include "api/identity/token_json.hpp"

namespace signpost::api {
namespace {

constexpr std::uint32_t step = 1000;  // tokens read at once

/// Whose tokens the path refers to; empty = the user's.
std::string owner_of(const rest_call& call) {
  return call.account ? call.account->id : std::string();
}

rest_problem grants_too_much() {
  auto p = unauthorized();
  p.chain = {{9111, "a token cannot grant more than it has"}};
  return p;
}

answer<void> check_grant(const rest_call& call, const model::control_reader& now,
                         const model::api_token& candidate) {
  const auto zones = [&](std::string_view id) {
    const auto zone = now.zone(id);
    return zone ? zone->account : std::string();
  };
  if (!may_grant(call.who.token, candidate, zones)) return refuse(grants_too_much());
  return {};
}

// A token that gives the administrator access now and permanently. Its client addresses do not
// matter, because a user on the node's machine can change them.
bool is_lasting_administrator(const model::api_token& token, wall_time now) {
  return token.account.empty() && !token.expires_on && status_of(token, now) == "active"
         && may(token, permission::administer, {}) && may(token, permission::tokens_write, {});
}

// `after` replaces `before`; nothing if it is removed.
answer<void> check_administrator_stays(const rest_call& call, const model::control_reader& store,
                                       const model::api_token& before,
                                       const model::api_token* after) {
  const auto now = call.world.time.now();
  if (!is_lasting_administrator(before, now)) return {};
  if (after != nullptr && is_lasting_administrator(*after, now)) return {};
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(const auto some, ask(store.tokens("", {.page = page, .per_page = step}), "token"));
    const auto other = [&](const auto& t) {
      return t.id != before.id && is_lasting_administrator(t, now);
    };
    if (std::ranges::any_of(some.items, other)) return {};
    if (some.items.size() < step) return refuse(last_administrator());
  }
}

answer<model::api_token> find_token(const rest_call& call, const model::control_reader& now) {
  auto token = now.token(call.variable("token_id"));
  if (!token && token.error().code != errc::not_found) {
    return refuse(from_error(token.error(), "token"));
  }
  if (!token || token->account != owner_of(call)) {
    return refuse(no_such_object(call.request.path));
  }
  return std::move(*token);
}

answer<rest_result> list_tokens(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto order, call.direction(model::sort_order::ascending));
  SP_TRY(const auto page,
         ask(call.now->tokens(owner_of(call),
                             {.page = paging.page, .per_page = paging.per_page, .order = order}),
             "token"));
  const auto now = call.world.time.now();
  return page_result(paging, page, [now](const auto& t) { return token_json(t, now); });
}

answer<rest_result> get_token(rest_call& call) {
  SP_TRY(const auto token, find_token(call, *call.now));
  return rest_result{.result = token_json(token, call.world.time.now())};
}

answer<void> check_token_limit(const rest_call& call, const model::control_reader& now) {
  const auto max = call.world.limits.tokens_per_account_max;
  if (max == 0 || owner_of(call).empty()) return {};
  SP_TRY(const auto some, ask(now.tokens(owner_of(call), {.page = 1, .per_page = 1}), "token"));
  if (call.is_over(max, some.total)) return refuse(over_limit("tokens of the account"));
  return {};
}

answer<rest_result> create_token(rest_call& call) {
  const auto now = call.world.time.now();
  const auto text = new_token_text(call.world.random);
  model::api_token made{.id = new_object_id(call.world.random),
                        .account = owner_of(call),
                        .secret_hash = token_hash(text),
                        .issued_on = now,
                        .modified_on = now};
  SP_CHECK(read_token(call.body, call.world.random, made));
  auto shown = token_json(made, now);
  const auto work = [&](model::control_transaction& t) -> answer<void> {
    SP_CHECK(check_grant(call, t, made));
    SP_CHECK(check_token_limit(call, t));
    SP_CHECK(ask(t.put(made), "token"));
    t.audit(call.audit("create", "token", made.id, nullptr, shown));
    return {};
  };
  SP_CHECK(commit_change<void>(call.world, "token", work));
  // Shown here and never again.
  shown["value"] = text;
  return rest_result{.result = std::move(shown)};
}

answer<rest_result> change_token(rest_call& call) {
  const auto now = call.world.time.now();
  const auto work = [&](model::control_transaction& t) -> answer<json> {
    SP_TRY(auto token, find_token(call, t));
    SP_CHECK(check_grant(call, t, token));
    const auto old = token;
    const auto before = token_json(token, now);
    SP_CHECK(read_token(call.body, call.world.random, token));
    SP_CHECK(check_grant(call, t, token));
    SP_CHECK(check_administrator_stays(call, t, old, &token));
    token.modified_on = now;
    auto after = token_json(token, now);
    SP_CHECK(ask(t.put(token), "token"));
    t.audit(call.audit("update", "token", token.id, before, after));
    return after;
  };
  SP_TRY(auto shown, commit_change<json>(call.world, "token", work));
  return rest_result{.result = std::move(shown)};
}

answer<rest_result> delete_token(rest_call& call) {
  const auto now = call.world.time.now();
  const auto work = [&](model::control_transaction& t) -> answer<json> {
    SP_TRY(const auto token, find_token(call, t));
    // Otherwise anyone who may create minor tokens could lock out the administrator.
    if (token.id != call.who.token.id) SP_CHECK(check_grant(call, t, token));
    SP_CHECK(check_administrator_stays(call, t, token, nullptr));
    SP_CHECK(ask(t.remove_token(token.id), "token"));
    t.audit(call.audit("delete", "token", token.id, token_json(token, now), nullptr));
    return json{{"id", token.id}};
  };
  SP_TRY(auto shown, commit_change<json>(call.world, "token", work));
  return rest_result{.result = std::move(shown)};
}

answer<rest_result> roll_token(rest_call& call) {
  const auto now = call.world.time.now();
  const auto text = new_token_text(call.world.random);
  const auto work = [&](model::control_transaction& t) -> answer<void> {
    SP_TRY(auto token, find_token(call, t));
    // The receiver of the new text can do what the token can.
    if (token.id != call.who.token.id) SP_CHECK(check_grant(call, t, token));
    const auto before = token_json(token, now);
    token.secret_hash = token_hash(text);
    token.modified_on = now;
    SP_CHECK(ask(t.put(token), "token"));
    t.audit(call.audit("roll", "token", token.id, before, token_json(token, now)));
    return {};
  };
  SP_CHECK(commit_change<void>(call.world, "token", work));
  return rest_result{.result = text};
}

answer<rest_result> verify_token(rest_call& call) {
  const auto& token = call.who.token;
  // As at Cloudflare: clients then ask at the account.
  if (token.account != owner_of(call)) return refuse(invalid_token());
  json shown{{"id", token.id}, {"status", status_of(token, call.world.time.now())}};
  if (token.not_before) shown["not_before"] = short_time(*token.not_before);
  if (token.expires_on) shown["expires_on"] = short_time(*token.expires_on);
  return rest_result{.result = std::move(shown),
                     .messages = json::array({{{"code", 10000},
                                               {"message", "This API Token is valid and active"},
                                               {"type", nullptr}}})};
}

answer<rest_result> list_groups(rest_call& call) {
  const auto name = call.parameter("name");
  const auto scope = call.parameter("scope");
  auto list = json::array();
  for (const auto& group : permission_groups()) {
    if ((name && *name != group.name) || (scope && *scope != group.scope)) continue;
    list.push_back(
        {{"id", group.id}, {"name", group.name}, {"scopes", json::array({group.scope})}});
  }
  return rest_result{.result = std::move(list)};
}

using enum permission;
constexpr std::string_view user_list = "/user/tokens";
constexpr std::string_view user_one = "/user/tokens/{token_id}";
constexpr std::string_view all_tokens = "/accounts/{account_id}/tokens";
constexpr std::string_view one_token = "/accounts/{account_id}/tokens/{token_id}";

constexpr std::array<endpoint, 16> token_rows{{
    {"GET", user_list, tokens_read, list_tokens, "The user's tokens", {}, "Token[]"},
    {"POST", user_list, tokens_write, create_token, "Create a token", "TokenRequest", "NewToken"},
    {"GET",
     "/user/tokens/verify",
     none,
     verify_token,
     "Verify the token of the request",
     {},
     "TokenCheck"},
    {"GET",
     "/user/tokens/permission_groups",
     none,
     list_groups,
     "The permissions that tokens can be given",
     {},
     "PermissionGroup[]"},
    {"GET", user_one, tokens_read, get_token, "One token", {}, "Token"},
    {"PUT", user_one, tokens_write, change_token, "Change a token", "TokenRequest", "Token"},
    {"DELETE", user_one, tokens_write, delete_token, "Remove a token", {}, "IdObject"},
    {"PUT", "/user/tokens/{token_id}/value", tokens_write, roll_token,
     "Replace the secret text of a token", "Empty", "TokenText"},
    {"GET", all_tokens, tokens_read, list_tokens, "An account's tokens", {}, "Token[]"},
    {"POST", all_tokens, tokens_write, create_token, "Create a token", "TokenRequest", "NewToken"},
    {"GET",
     "/accounts/{account_id}/tokens/verify",
     none,
     verify_token,
     "Verify the token of the request",
     {},
     "TokenCheck"},
    {"GET",
     "/accounts/{account_id}/tokens/permission_groups",
     none,
     list_groups,
     "The permissions that tokens can be given",
     {},
     "PermissionGroup[]"},
    {"GET", one_token, tokens_read, get_token, "One token", {}, "Token"},
    {"PUT", one_token, tokens_write, change_token, "Change a token", "TokenRequest", "Token"},
    {"DELETE", one_token, tokens_write, delete_token, "Remove a token", {}, "IdObject"},
    {"PUT", "/accounts/{account_id}/tokens/{token_id}/value", tokens_write, roll_token,
     "Replace the secret text of a token", "Empty", "TokenText"},
}};

}  // namespace

std::span<const endpoint> token_endpoints() {
  return token_rows;
}

}  // namespace signpost::api
