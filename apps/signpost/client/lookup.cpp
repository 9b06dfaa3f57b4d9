// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t id_characters = 32;
constexpr std::size_t names_shown_max = 10;

std::string names_in(const json& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < names_shown_max; ++i) {
    text += (i == 0 ? "" : ", ") + display_text(text_of(list[i], "name"), 60);
  }
  return list.size() > names_shown_max ? text + ", …" : text;
}

// The zone of exactly that name; null if there is none.
answer<json> zone_named(const api_client& client, const std::string& name) {
  SP_TRY(const auto found, client.list("/client/v4/zones", query_of({{"name", name}}), 1));
  return found.empty() ? json() : found.front();
}

// An address without its letters' case, its domain in A-labels: a rule keeps the form it was sent.
std::string comparable(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return to_lower(address);
  const auto host = address.substr(at + 1);
  const auto parsed = address::domain::parse(host);
  return to_lower(address.substr(0, at + 1)) + (parsed ? parsed->ascii() : to_lower(host));
}

bool matches_address(const json& rule, const std::string& address) {
  const auto wanted = comparable(address);
  for (const auto& matcher : member_of(rule, "matchers")) {
    if (comparable(text_of(matcher, "value")) == wanted) return true;
  }
  return false;
}

bool is_catch_all(std::string_view text) {
  return text == "catch-all" || text == "catch_all";
}

answer<json> zone_for_rule(const api_client& client, const std::string& text,
                           const std::string& zone) {
  if (!zone.empty()) return zone_of(client, zone);
  if (is_id(text) || is_catch_all(text)) {
    return refuse(wrong_usage, fmt::format("{}: the zone is missing; add --zone ZONE", text));
  }
  return zone_of_address(client, text);
}

}  // namespace

bool is_id(std::string_view text) {
  return text.size() == id_characters
         && std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

answer<json> one_of(const json& list, std::string_view by, const std::string& text,
                    std::string_view what) {
  json found;
  for (const auto& one : list) {
    if (text_of(one, "id") == text) return one;
    if (!equals_ignoring_case(text_of(one, by), text)) continue;
    if (!found.is_null()) {
      return refuse(wrong_usage, fmt::format("the accounts are several {}s named '{}'; use the id",
                                             what, display_text(text, 80)));
    }
    found = one;
  }
  if (found.is_null()) {
    return refuse(negative, fmt::format("there is no {} '{}'", what, display_text(text, 80)),
                  "or this token may not see it");
  }
  return found;
}

answer<json> account_of(const api_client& client, const std::string& text) {
  SP_TRY(const auto all, client.list("/client/v4/accounts"));
  if (!text.empty()) return one_of(all, "name", text, "account");
  if (all.size() == 1) return all.front();
  if (all.empty()) return refuse(negative, "this token can see no account");
  return refuse(wrong_usage, "the account is missing; add --account NAME",
                "the accounts are " + names_in(all));
}

answer<std::string> account_path(const api_client& client, const std::string& text) {
  SP_TRY(const auto account, account_of(client, text));
  return "/client/v4/accounts/" + text_of(account, "id");
}

answer<json> zone_of(const api_client& client, const std::string& text) {
  if (is_id(text)) {
    SP_TRY(auto got, client.call("GET", "/client/v4/zones/" + text));
    return std::move(got.result);
  }
  SP_TRY(auto found, zone_named(client, text));
  if (found.is_null()) {
    return refuse(negative, fmt::format("there is no zone '{}'", display_text(text, 80)),
                  "`signpost zone list` shows those that this token may see");
  }
  return found;
}

answer<json> zone_of_address(const api_client& client, const std::string& address) {
  const auto at = address.rfind('@');
  const auto parsed = at == std::string::npos ? address::domain::parse("-")
                                              : address::domain::parse(address.substr(at + 1));
  if (!parsed) {
    return refuse(wrong_usage,
                  fmt::format("'{}' is not an e-mail address in a zone", display_text(address, 80)),
                  "write user@example.org, or give the zone with --zone");
  }
  for (auto name = parsed->ascii(); name.find('.') != std::string::npos;
       name = name.substr(name.find('.') + 1)) {
    SP_TRY(auto found, zone_named(client, name));
    if (!found.is_null()) return found;
  }
  return refuse(negative, fmt::format("no zone accepts mail for {}", parsed->ascii()),
                "`signpost zone list` shows those that this token may see");
}

std::string zone_path(const json& zone) {
  return "/client/v4/zones/" + text_of(zone, "id");
}

std::string own_zone_path(const json& zone) {
  return "/signpost/v1/zones/" + text_of(zone, "id");
}

answer<found_rule> rule_of(const api_client& client, const std::string& text,
                           const std::string& zone) {
  SP_TRY(auto found, zone_for_rule(client, text, zone));
  const auto rules = own_zone_path(found) + "/rules";
  if (is_catch_all(text) || is_id(text)) {
    SP_TRY(auto got, client.call("GET", rules + "/" + (is_id(text) ? text : "catch_all")));
    return found_rule{.zone = std::move(found), .rule = std::move(got.result)};
  }
  auto address = text;
  if (text.find('@') == std::string::npos) address += "@" + text_of(found, "name");
  SP_TRY(const auto all, client.list(rules));
  const auto at =
      std::ranges::find_if(all, [&](const json& rule) { return matches_address(rule, address); });
  if (at == all.end()) {
    return refuse(
        negative,
        fmt::format("{} has no rule for '{}'", text_of(found, "name"), display_text(address, 100)),
        "signpost rule list " + text_of(found, "name") + " shows its rules");
  }
  return found_rule{.zone = std::move(found), .rule = *at};
}

}  // namespace signpost::cli
