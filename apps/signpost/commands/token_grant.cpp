// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/commands/token_grant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "api/frame/rest_time.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/settings.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

struct group_word {
  std::string_view word;
  std::string_view group;
};

constexpr std::array<group_word, 16> group_words{{
    {"account:read", "Account Settings Read"},
    {"account:write", "Account Settings Write"},
    {"zones:read", "Zone Read"},
    {"zones:write", "Zone Write"},
    {"settings:read", "Zone Settings Read"},
    {"settings:write", "Zone Settings Write"},
    {"rules:read", "Email Routing Rules Read"},
    {"rules:write", "Email Routing Rules Write"},
    {"addresses:read", "Email Routing Addresses Read"},
    {"addresses:write", "Email Routing Addresses Write"},
    {"tokens:read", "API Tokens Read"},
    {"tokens:write", "API Tokens Write"},
    {"audit:read", "Access: Audit Logs Read"},
    {"queue:read", "Signpost Queue Read"},
    {"queue:write", "Signpost Queue Write"},
    {"admin", "Signpost Administration"},
}};

constexpr std::string_view zone_scope = "com.cloudflare.api.account.zone";
constexpr std::string_view account_scope = "com.cloudflare.api.account";
constexpr std::string_view user_scope = "com.cloudflare.api.user";

std::string known_words() {
  std::string text;
  for (const auto& one : group_words) {
    text += (text.empty() ? "" : ", ") + std::string(one.word);
  }
  return text;
}

std::string scope_of(const json& group) {
  const auto& scopes = member_of(group, "scopes");
  return scopes.is_array() && !scopes.empty() && scopes.front().is_string()
             ? scopes.front().get<std::string>()
             : std::string();
}

// The groups that a word means.
answer<std::vector<json>> groups_of(const std::string& word, const json& all) {
  if (word == "everything") return std::vector<json>(all.begin(), all.end());
  const auto known = std::ranges::find(group_words, to_lower(word), &group_word::word);
  const auto name = known == group_words.end() ? word : std::string(known->group);
  for (const auto& group : all) {
    if (equals_ignoring_case(text_of(group, "name"), name) || text_of(group, "id") == word) {
      return std::vector<json>{group};
    }
  }
  return refuse(wrong_usage,
                fmt::format("--allow '{}' is not a valid permission", display_text(word, 80)),
                "valid permissions: " + known_words() + ", everything");
}

json resources_for(std::string_view scope, const grant_scope& where) {
  json out = json::object();
  if (scope == zone_scope && !where.zones.empty()) {
    for (const auto& zone : where.zones) out[fmt::format("{}.{}", zone_scope, zone)] = "*";
    return out;
  }
  const auto account = where.account.empty() ? std::string("*") : where.account;
  out[fmt::format("{}.{}", account_scope, account)] = "*";
  // What is the user's own; a token of an account never reaches there.
  if (scope == user_scope && where.account.empty()) out[fmt::format("{}.*", user_scope)] = "*";
  return out;
}

std::string word_of(const std::string& group) {
  const auto known = std::ranges::find(group_words, group, &group_word::group);
  return known == group_words.end() ? group : std::string(known->word);
}

// `rules:read` beside `rules:write`.
bool is_implied(const std::string& word, const std::vector<std::string>& all) {
  constexpr std::string_view read = ":read";
  if (!word.ends_with(read)) return false;
  const auto write = word.substr(0, word.size() - read.size()) + ":write";
  return std::ranges::find(all, write) != all.end();
}

}  // namespace

answer<json> policies_for(const std::vector<std::string>& words, const json& groups,
                          const grant_scope& scope) {
  auto policies = json::array();
  for (const auto wanted : {zone_scope, account_scope, user_scope}) {
    auto ids = json::array();
    for (const auto& word : words) {
      SP_TRY(const auto meant, groups_of(word, groups));
      for (const auto& group : meant) {
        const json id{{"id", text_of(group, "id")}};
        if (scope_of(group) != wanted || std::ranges::find(ids, id) != ids.end()) continue;
        ids.push_back(id);
      }
    }
    if (ids.empty()) continue;
    policies.push_back({{"effect", "allow"},
                        {"permission_groups", std::move(ids)},
                        {"resources", resources_for(wanted, scope)}});
  }
  return policies;
}

std::string permissions_text(const json& token) {
  std::vector<std::string> words;
  for (const auto& policy : member_of(token, "policies")) {
    const std::string denied = text_of(policy, "effect") == "deny" ? "not " : "";
    for (const auto& group : member_of(policy, "permission_groups")) {
      words.push_back(denied + word_of(text_of(group, "name")));
    }
  }
  std::string text;
  for (const auto& word : words) {
    if (is_implied(word, words)) continue;
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::string resources_text(const json& token) {
  // One that is in several policies counts once.
  std::set<std::string> zones;
  std::set<std::string> accounts;
  bool all = false;
  for (const auto& policy : member_of(token, "policies")) {
    for (const auto& [name, how] : member_of(policy, "resources").items()) {
      all = all || name == fmt::format("{}.*", account_scope);
      if (name.starts_with(fmt::format("{}.", zone_scope))) {
        zones.insert(name);
      } else if (name.starts_with(fmt::format("{}.", account_scope))) {
        accounts.insert(name);
      }
    }
  }
  if (all) return "all accounts";
  std::string text = accounts.empty() ? "" : count_of(accounts.size(), "account");
  if (!zones.empty()) text += (text.empty() ? "" : ", ") + count_of(zones.size(), "zone");
  return text;
}

answer<std::string> expiry_of(const std::string& text, wall_time now) {
  if (const auto time = api::parse_time(text)) return to_rfc3339(*time);
  // A bare number would be seconds: nobody means that of a token.
  const auto duration = parse_duration(text);
  if (duration && !is_digit(text.back())) return to_rfc3339(now + *duration);
  return refuse(wrong_usage, fmt::format("'{}' is not a valid time", display_text(text, 60)),
                "write 90d, 12h, a date such as 2027-01-01, or 2027-01-01T00:00:00Z");
}

}  // namespace signpost::cli
