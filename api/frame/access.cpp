// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/access.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

constexpr std::string_view user_scope = "com.cloudflare.api.user";
constexpr std::string_view account_scope = "com.cloudflare.api.account";
constexpr std::string_view zone_scope = "com.cloudflare.api.account.zone";

using enum permission;

constexpr std::array<permission_group, 16> groups{{
    {"c1fde68c7bcc44588cbb6ddbc16d6480", "Account Settings Read", account_scope, account_read},
    {"1af1fa2adc104452b74a9a3364202f20", "Account Settings Write", account_scope, account_write},
    {"c8fed203ed3043cba015a93ad1616f1f", "Zone Read", zone_scope, zone_read},
    {"e6d2666161e84845a636613608cee8d5", "Zone Write", zone_scope, zone_write},
    {"517b21aee92c4d89936c976ba6e4be55", "Zone Settings Read", zone_scope, zone_settings_read},
    {"3030687196b94b638145a3953da2b699", "Zone Settings Write", zone_scope, zone_settings_write},
    {"1b600d9d8062443e986a973f097e728a", "Email Routing Rules Read", zone_scope, rules_read},
    {"79b3ec0d10ce4148a8f8bdc0cc5f97f2", "Email Routing Rules Write", zone_scope, rules_write},
    {"5272e56105d04b5897466995b9bd4643", "Email Routing Addresses Read", account_scope,
     addresses_read},
    {"e4589eb09e63436686cd64252a3aebeb", "Email Routing Addresses Write", account_scope,
     addresses_write},
    {"0cc3a61731504c89b99ec1be78b77aa0", "API Tokens Read", user_scope, tokens_read},
    {"686d18d5ac6c441c867cbf6771e58a0a", "API Tokens Write", user_scope, tokens_write},
    {"b05b28e839c54467a7d6cba5d3abb5a3", "Access: Audit Logs Read", account_scope, audit_read},
    {"5d0f3a7c1e9b4d6f8a2c4e6081b3d5f7", "Signpost Queue Read", account_scope, queue_read},
    {"6e1a4b8d2f0c5e709b3d5f7192c4e6a8", "Signpost Queue Write", account_scope, queue_write},
    {"7f2b5c9e301d6f81ac4e6082a3d5f7b9", "Signpost Administration", user_scope, administer},
}};

/// Any of them makes a zone visible.
constexpr std::array<permission, 4> zone_permissions{zone_read, zone_settings_read, rules_read,
                                                     queue_read};

bool gives(permission has, permission wanted) {
  if (has == wanted) return true;
  switch (wanted) {
    case account_read:
      return has == account_write;
    case zone_read:
      return has == zone_write;
    case zone_settings_read:
      return has == zone_settings_write;
    case rules_read:
      return has == rules_write;
    case addresses_read:
      return has == addresses_write;
    case tokens_read:
      return has == tokens_write;
    case queue_read:
      return has == queue_write;
    default:
      return false;
  }
}

bool speaks_of(const model::token_policy& policy, permission wanted) {
  return std::ranges::any_of(policy.permission_groups, [&](const auto& id) {
    const auto* const group = std::ranges::find(groups, id, &permission_group::id);
    return group != groups.end() && gives(group->gives, wanted);
  });
}

// What follows `scope.` in the resource's name; nothing if it is of another scope.
std::optional<std::string_view> behind(std::string_view resource, std::string_view scope) {
  if (!resource.starts_with(scope) || resource.size() <= scope.size() + 1
      || resource[scope.size()] != '.') {
    return std::nullopt;
  }
  return resource.substr(scope.size() + 1);
}

bool covers(const std::string& resource, const place& where) {
  if (const auto zone = behind(resource, zone_scope)) {
    // All zones are those of every account: lists of an account's zones are among them.
    if (*zone == "*") return !where.account.empty();
    return !where.zone.empty() && *zone == where.zone;
  }
  if (const auto account = behind(resource, account_scope)) {
    return !where.account.empty() && (*account == "*" || *account == where.account);
  }
  return where.account.empty() && where.zone.empty() && behind(resource, user_scope).has_value();
}

bool covers(const model::token_policy& policy, const place& where) {
  return std::ranges::any_of(
      policy.resources, [&](const auto& r) { return r.second == "*" && covers(r.first, where); });
}

// The accounts and zones that `covers` says yes to.
void add_places(const model::token_policy& policy, model::place_set& places) {
  for (const auto& [resource, how] : policy.resources) {
    if (how != "*") continue;
    if (const auto zone = behind(resource, zone_scope)) {
      if (*zone == "*") {
        places.all = true;
      } else {
        places.zones.emplace_back(*zone);
      }
    } else if (const auto account = behind(resource, account_scope)) {
      if (*account == "*") {
        places.all = true;
      } else {
        places.accounts.emplace_back(*account);
      }
    }
  }
}

bool within_owner(const model::api_token& token, const place& where) {
  return token.account.empty() || token.account == where.account;
}

struct network {
  ip_address address;
  unsigned bits = 0;

  [[nodiscard]] bool holds(const ip_address& a) const {
    return a.is_v4() == address.is_v4() && a.in_network(address, bits);
  }
};

std::optional<network> network_of(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ip_address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned whole = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return network{*address, whole};
  const auto bits = parse_uint(text.substr(slash + 1));
  if (!bits || *bits > whole) return std::nullopt;
  return network{*address, static_cast<unsigned>(*bits)};
}

bool in_any(const std::vector<std::string>& networks, const ip_address& address) {
  return std::ranges::any_of(networks, [&](const auto& text) {
    const auto one = network_of(text);
    return one && one->holds(address);
  });
}

bool is_within(const std::string& inner, const std::vector<std::string>& outer) {
  const auto small = network_of(inner);
  return small && std::ranges::any_of(outer, [&](const auto& text) {
           const auto large = network_of(text);
           return large && large->bits <= small->bits && large->holds(small->address);
         });
}

// True if everything named by `inner` is named by `outer` too.
bool contains_permission(const std::string& outer, const std::string& inner,
                         const account_of_zone& zones) {
  if (outer == inner) return true;
  const auto zone = behind(inner, zone_scope);
  if (const auto outer_zone = behind(outer, zone_scope)) return *outer_zone == "*" && zone;
  if (const auto account = behind(outer, account_scope)) {
    if (*account == "*") return behind(inner, account_scope).has_value();
    if (!zone || *zone == "*") return false;
    return zones(*zone) == *account;
  }
  return outer == std::string(user_scope) + ".*" && behind(inner, user_scope);
}

// A zone overlaps with its own account only; `*` overlaps with everything.
bool overlap(const std::string& a, const std::string& b, const account_of_zone& zones) {
  const auto wide = [](const std::string& r) { return r.ends_with(".*"); };
  const bool both_user = behind(a, user_scope) && behind(b, user_scope);
  const bool both_other = behind(a, account_scope) && behind(b, account_scope);
  return contains_permission(a, b, zones) || contains_permission(b, a, zones) || both_user
         || (both_other && (wide(a) || wide(b)));
}

bool holds(const model::api_token& maker, permission p, const std::string& resource,
           const account_of_zone& zones) {
  bool allowed = false;
  for (const auto& policy : maker.policies) {
    if (!speaks_of(policy, p)) continue;
    for (const auto& [name, how] : policy.resources) {
      if (how != "*") continue;
      if (!policy.allow && overlap(name, resource, zones)) return false;
      if (policy.allow && contains_permission(name, resource, zones)) allowed = true;
    }
  }
  return allowed;
}

bool holds_group(const model::api_token& maker, std::string_view id, const std::string& resource,
                 const account_of_zone& zones) {
  const auto* const group = std::ranges::find(groups, id, &permission_group::id);
  if (group == groups.end()) return false;
  return std::ranges::all_of(groups, [&](const auto& g) {
    return !gives(group->gives, g.gives) || holds(maker, g.gives, resource, zones);
  });
}

bool holds_policy(const model::api_token& maker, const model::token_policy& policy,
                  const account_of_zone& zones) {
  if (!policy.allow) return true;  // takes away
  return std::ranges::all_of(policy.permission_groups, [&](const auto& id) {
    return std::ranges::all_of(policy.resources, [&](const auto& resource) {
      return holds_group(maker, id, resource.first, zones);
    });
  });
}

bool as_bound(const model::api_token& maker, const model::api_token& candidate) {
  const auto in_list = [&](const auto& text) { return is_within(text, candidate.ip_not_in); };
  if (!std::ranges::all_of(maker.ip_not_in, in_list)) return false;
  if (maker.ip_in.empty()) return true;
  return !candidate.ip_in.empty() && std::ranges::all_of(candidate.ip_in, [&](const auto& text) {
    return is_within(text, maker.ip_in);
  });
}

}  // namespace

std::span<const permission_group> permission_groups() {
  return groups;
}

std::string_view to_string(permission p) {
  const auto* const group = std::ranges::find(groups, p, &permission_group::gives);
  return group == groups.end() ? "" : group->name;
}

bool may(const model::api_token& token, permission p, const place& where) {
  if (p == none) return where.account.empty() || within_owner(token, where);
  if (!within_owner(token, where)) return false;
  bool allowed = false;
  for (const auto& policy : token.policies) {
    if (!speaks_of(policy, p) || !covers(policy, where)) continue;
    if (!policy.allow) return false;
    allowed = true;
  }
  return allowed;
}

bool may_see(const model::api_token& token, std::string_view account) {
  if (!token.account.empty()) return token.account == account;
  return std::ranges::any_of(token.policies, [&](const auto& policy) {
    return policy.allow && covers(policy, {.account = account, .zone = {}});
  });
}

bool may_see(const model::api_token& token, std::string_view account, std::string_view zone) {
  return std::ranges::any_of(zone_permissions, [&](permission p) {
    return may(token, p, {.account = account, .zone = zone});
  });
}

model::visibility places_of(const model::api_token& token, permission p) {
  model::visibility::grant grant{.within = token.account};
  for (const auto& policy : token.policies) {
    if (speaks_of(policy, p)) add_places(policy, policy.allow ? grant.allowed : grant.denied);
  }
  if (grant.allowed.is_empty()) return {};
  return {.grants = {std::move(grant)}};
}

model::visibility zones_seen_by(const model::api_token& token) {
  model::visibility seen;
  for (const auto p : zone_permissions) {
    for (auto& grant : places_of(token, p).grants) {
      if (std::ranges::find(seen.grants, grant) == seen.grants.end()) {
        seen.grants.push_back(std::move(grant));
      }
    }
  }
  return seen;
}

model::place_set accounts_seen_by(const model::api_token& token) {
  if (!token.account.empty()) return {.accounts = {token.account}};
  model::place_set seen;
  for (const auto& policy : token.policies) {
    if (policy.allow) add_places(policy, seen);
  }
  seen.zones.clear();
  return seen;
}

bool may_grant(const model::api_token& maker, const model::api_token& candidate,
               const account_of_zone& zones) {
  if (!maker.account.empty() && maker.account != candidate.account) return false;
  if (maker.expires_on && (!candidate.expires_on || *maker.expires_on < *candidate.expires_on)) {
    return false;
  }
  return as_bound(maker, candidate)
         && std::ranges::all_of(candidate.policies, [&](const auto& policy) {
              return holds_policy(maker, policy, zones);
            });
}

bool is_resource(std::string_view name) {
  const auto is_id = [](std::string_view id) {
    return id == "*" || (id.size() == 32 && std::ranges::all_of(id, [](char c) {
                           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                         }));
  };
  for (const auto scope : {zone_scope, account_scope, user_scope}) {
    if (const auto id = behind(name, scope); id && is_id(*id)) return true;
  }
  return false;
}

bool is_network(std::string_view text) {
  return network_of(text).has_value();
}

std::string_view status_of(const model::api_token& token, wall_time now) {
  if (token.status == model::token_status::disabled) return "disabled";
  if (token.expires_on && *token.expires_on <= now) return "expired";
  if (token.not_before && now < *token.not_before) return "not_yet";
  return "active";
}

bool usable_from(const model::api_token& token, const std::optional<ip_address>& address) {
  if (token.ip_in.empty() && token.ip_not_in.empty()) return true;
  if (!address) return false;
  return (token.ip_in.empty() || in_any(token.ip_in, *address))
         && !in_any(token.ip_not_in, *address);
}

std::string new_token_text(random_source& random) {
  // 64 characters, so that six bits of each octet choose without bias.
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::byte, 48> octets{};
  random.fill(octets);
  std::string text;
  for (const auto octet : octets) text += alphabet[std::to_integer<std::size_t>(octet) & 63U];
  return text;
}

bool is_token_text(std::string_view text) {
  return text.size() >= 40 && text.size() <= 80
         && std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

// A fast hash is enough: the text is 288 random bits, too many to try out.
std::string token_hash(std::string_view text) {
  const auto octets = crypto::sha256(text);
  return std::string(as_text(octets));
}

model::object_id new_object_id(random_source& random) {
  std::array<std::byte, 16> octets{};
  random.fill(octets);
  return to_hex(octets);
}

model::api_token administrator_token(std::string_view text, wall_time now, random_source& random) {
  model::api_token token{.id = new_object_id(random),
                         .name = "administrator",
                         .secret_hash = token_hash(text),
                         .issued_on = now,
                         .modified_on = now};
  model::token_policy everything{.id = new_object_id(random)};
  everything.resources = {{std::string(user_scope) + ".*", "*"},
                          {std::string(account_scope) + ".*", "*"}};
  for (const auto& group : groups) everything.permission_groups.emplace_back(group.id);
  token.policies.push_back(std::move(everything));
  return token;
}

}  // namespace signpost::api
