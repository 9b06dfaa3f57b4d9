// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a token may do: permission groups with Cloudflare's names, resources (user, account, zone),
// validity. Pure.
//
// Threads: functions of their arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/random.hpp"
#include "model/control/control_objects.hpp"
#include "model/control/visibility.hpp"

namespace signpost::api {

/// What an endpoint needs. `none`: any valid token.
enum class permission : std::uint8_t {
  none,
  account_read,
  account_write,
  zone_read,
  zone_write,
  zone_settings_read,
  zone_settings_write,
  rules_read,
  rules_write,
  addresses_read,
  addresses_write,
  tokens_read,
  tokens_write,
  audit_read,
  queue_read,
  queue_write,
  /// Only for the administrator's tokens: verifying an address without a mail, other accounts.
  administer,
};

/// One permission group: id (32 hex digits, never changed), name, and what it holds.
struct permission_group {
  std::string_view id;
  std::string_view name;
  std::string_view scope;  ///< Cloudflare's resource type, e.g. `com.cloudflare.api.account.zone`
  permission gives;
};
/// Every group; a write permission gives the read permission of the same object too.
[[nodiscard]] std::span<const permission_group> permission_groups();
[[nodiscard]] std::string_view to_string(permission p);

/// Where something is done. Both empty: in the user's own scope.
struct place {
  std::string_view account;
  std::string_view zone;
};

/// True if some policy allows it and none denies it. Resources: `com.cloudflare.api.user.<id>`,
/// `com.cloudflare.api.account.<id>`, `com.cloudflare.api.account.*`,
/// `com.cloudflare.api.account.zone.<id>`, `com.cloudflare.api.account.zone.*`; what is allowed in
/// an account is allowed in its zones. A token that an account owns (`token.account`) never reaches
/// beyond it, whatever its policies say.
[[nodiscard]] bool may(const model::api_token& token, permission p, const place& where);
/// True if the token may read something in the account.
[[nodiscard]] bool may_see(const model::api_token& token, std::string_view account);
[[nodiscard]] bool may_see(const model::api_token& token, std::string_view account,
                           std::string_view zone);

// The same as values, for lists that the store makes.
/// Where the token has this permission, of accounts and zones: `may` for each of them.
[[nodiscard]] model::visibility places_of(const model::api_token& token, permission p);
/// `may_see` for each zone.
[[nodiscard]] model::visibility zones_seen_by(const model::api_token& token);
/// `may_see` for each account.
[[nodiscard]] model::place_set accounts_seen_by(const model::api_token& token);

/// The owner of the zone; empty if it does not exist.
using account_of_zone = std::function<std::string(std::string_view zone)>;
/// True if `candidate` can do nothing that `maker` cannot: it has no permission on any resource
/// beyond its maker's, expires no later and works from no other addresses. False if the maker is
/// denied something that overlaps the candidate's resources.
[[nodiscard]] bool may_grant(const model::api_token& maker, const model::api_token& candidate,
                             const account_of_zone& zones);
/// True for the names of resources listed at `may`.
[[nodiscard]] bool is_resource(std::string_view name);
/// `192.0.2.0/24`, or a single address.
[[nodiscard]] bool is_network(std::string_view text);

/// "active", "disabled", "expired", or "not_yet".
[[nodiscard]] std::string_view status_of(const model::api_token& token, wall_time now);
/// Whether the token may be used from there. `address` is empty on a Unix socket: accepted unless
/// the token is limited to addresses.
[[nodiscard]] bool usable_from(const model::api_token& token,
                               const std::optional<ip_address>& address);

/// A new token's text: 48 characters of [0-9A-Za-z_-], 288 random bits.
[[nodiscard]] std::string new_token_text(random_source& random);
/// True for 40 to 80 characters of that alphabet.
[[nodiscard]] bool is_token_text(std::string_view text);
/// What is stored and looked up: SHA-256. Only the hash is compared, so that the time it takes
/// reveals nothing about the secret.
[[nodiscard]] std::string token_hash(std::string_view text);

/// 32 random lower-case hexadecimal digits.
[[nodiscard]] model::object_id new_object_id(random_source& random);

/// The administrator's first token: all permissions, everywhere.
[[nodiscard]] model::api_token administrator_token(std::string_view text, wall_time now,
                                                   random_source& random);

}  // namespace signpost::api
