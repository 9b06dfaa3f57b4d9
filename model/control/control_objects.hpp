// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What users set up through the control plane, as stored and returned: accounts, zones,
// rules, destination addresses, API tokens, and the record of every change. Names and fields are
// Cloudflare's. `model::zone` (zone.hpp) is what the mail path makes of a zone and its rules.
//
// What a client did not send stays absent (std::optional) and is not returned, because clients
// compare.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/authentication/admission.hpp"

namespace signpost::model {

/// 32 random lower-case hexadecimal digits; never reused.
using object_id = std::string;

struct account {
  object_id id;
  std::string name;
  wall_time created;
  friend bool operator==(const account&, const account&) = default;
};

/// A subdomain of a zone with its own routing.
struct zone_subdomain {
  object_id id;
  std::string name;  ///< A-labels, lower case
  bool enabled = true;
  friend bool operator==(const zone_subdomain&, const zone_subdomain&) = default;
};

/// Cloudflare's words. Only mail for active zones is routed; the others can be set up in the
/// meantime.
enum class zone_status : std::uint8_t {
  pending,  ///< ownership of the name has not been proven yet
  active,
  moved,  ///< was active; the proof disappeared, or another account has proven ownership
};
std::string_view to_string(zone_status s);

/// Why a zone counts as its account's, the weakest reason first.
enum class zone_proof : std::uint8_t {
  none,
  assumed,  ///< created while no proof was required
  mx,       ///< the domain's MX is this service, and no other account claims the name
  txt,      ///< the zone's own TXT record was in the DNS
  granted,  ///< granted by an administrator
};
std::string_view to_string(zone_proof p);

/// Ownership of a zone. At most one of the zones with the same name is active; other accounts may
/// have it pending or moved.
struct zone_ownership {
  zone_status status = zone_status::active;
  zone_proof proof = zone_proof::assumed;
  std::optional<wall_time> activated;      ///< for the last time; nothing: with its creation
  std::optional<wall_time> proof_missing;  ///< since when its proof has been missing
  friend bool operator==(const zone_ownership&, const zone_ownership&) = default;
};

/// A zone with its e-mail routing settings.
struct zone_object {
  object_id id;
  object_id account;
  std::string name;  ///< A-labels, lower case, no trailing dot; unique in the account
  zone_ownership ownership;
  bool paused = false;
  wall_time created;
  wall_time modified;
  // E-mail routing:
  bool routing_enabled = false;
  bool routing_locked = true;  ///< its DNS records are managed by us; false after `unlock`
  bool skip_wizard = false;
  bool support_subaddress = false;
  wall_time routing_created;
  wall_time routing_modified;
  std::vector<zone_subdomain> subdomains;
  admission_policy admission;
  friend bool operator==(const zone_object&, const zone_object&) = default;

  [[nodiscard]] bool is_active() const { return ownership.status == zone_status::active; }
};

/// Which recipients a rule is for. `type`: "literal" | "all"; ours: "glob" | "regex".
struct rule_matcher {
  std::string type;
  std::optional<std::string> field;  ///< "to"
  std::optional<std::string> value;
  friend bool operator==(const rule_matcher&, const rule_matcher&) = default;
};

/// `type`: "forward" | "drop" | "worker"; ours: "reject" (value: text) | "webhook" (value: URL).
struct rule_object_action {
  std::string type;
  std::optional<std::vector<std::string>> value;
  friend bool operator==(const rule_object_action&, const rule_object_action&) = default;
};

/// A rule of a zone; its catch-all, if `catch_all` is true.
struct rule_object {
  object_id id;
  object_id zone;
  bool catch_all = false;
  std::optional<std::string> name;
  bool enabled = true;
  double priority = 0;
  std::string source = "api";
  std::vector<rule_matcher> matchers;
  std::vector<rule_object_action> actions;
  std::optional<std::string> owner_worker_tag;
  wall_time created;
  wall_time modified;
  friend bool operator==(const rule_object&, const rule_object&) = default;
};

/// A destination address of an account.
struct destination_address {
  object_id id;
  object_id account;
  std::string email;  ///< as the client wrote it; unique in the account, ignoring case
  std::optional<wall_time> verified;
  wall_time created;
  wall_time modified;
  std::optional<wall_time> verification_sent;
  std::uint32_t verifications_sent = 0;
  std::string verification_mail = {};  ///< queue id of the last one; empty: none is known
  friend bool operator==(const destination_address&, const destination_address&) = default;
};

/// How often something was done within a span of time, for limits over days.
struct usage_count {
  std::uint64_t count = 0;
  wall_time until;  ///< the end of the span, after which nothing is counted any more
  friend bool operator==(const usage_count&, const usage_count&) = default;
};

enum class token_status : std::uint8_t { active, disabled };

/// What a token may do, and where.
struct token_policy {
  object_id id;
  bool allow = true;
  /// Resource names as Cloudflare writes them (`com.cloudflare.api.account.zone.<id>` → "*").
  std::vector<std::pair<std::string, std::string>> resources;
  std::vector<object_id> permission_groups;
  friend bool operator==(const token_policy&, const token_policy&) = default;
};

/// An API token; the secret itself is never stored.
struct api_token {
  object_id id;
  object_id account;  ///< owner; empty = of the administrator (a user token)
  std::string name;
  token_status status = token_status::active;
  std::string secret_hash;  ///< SHA-256 of the token's text, 32 octets
  std::vector<token_policy> policies;
  std::vector<std::string> ip_in;      ///< CIDR; empty = any
  std::vector<std::string> ip_not_in;  ///< CIDR
  std::optional<wall_time> not_before;
  std::optional<wall_time> expires_on;
  wall_time issued_on;
  wall_time modified_on;
  friend bool operator==(const api_token&, const api_token&) = default;
};

/// One change, or one refused attempt: who, what, when, before and after.
struct audit_entry {
  object_id id;
  std::uint64_t revision = 0;  ///< the change it belongs to; 0 = refused, nothing changed
  wall_time when;
  std::string action;  ///< `create`, `update`, `delete`, `enable`, …
  bool succeeded = true;
  object_id account;
  object_id zone;
  std::string zone_name;
  std::string resource_type;  ///< `email_routing_rule`, `zone`, …
  object_id resource_id;
  std::string actor_id;     ///< of the token, or `cli`
  std::string actor_name;   ///< the token's name
  std::string actor_ip;
  std::string before_json;  ///< the resource before and after, as the API shows it; empty = absent
  std::string after_json;
  std::string method;
  std::string uri;
  std::string user_agent;
  int http_status = 0;
  friend bool operator==(const audit_entry&, const audit_entry&) = default;
};

}  // namespace signpost::model
