// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of all endpoints. Each file of resources gives its rows; the gateway, the OpenAPI
// document and the matrix of the authorization test are made from them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/frame/rest_call.hpp"

namespace signpost::api::rest {

/// Of the endpoints with Cloudflare's shapes.
inline constexpr std::string_view client_prefix = "/client/v4";
/// Of our own.
inline constexpr std::string_view own_prefix = "/signpost/v1";

struct endpoint {
  std::string_view method;
  /// Behind the prefix, e.g. `/zones/{zone_id}/email/routing`. `{zone_id}` and `{account_id}` are
  /// looked up and checked by the gateway.
  std::string_view path;
  permission needs = permission::none;
  /// Blocks on the disk; on the network only if it `asks_dns`.
  answer<rest_result> (*serve)(rest_call& call) = nullptr;
  std::string_view summary;
  /// Names in the OpenAPI document (`#/components/schemas/…`); empty = no body.
  std::string_view request_schema = {};
  std::string_view result_schema = {};
  /// It waits for the DNS, and so on threads of its own.
  bool asks_dns = false;
  /// One of the two above; `all_endpoints` fills it in.
  std::string_view prefix = client_prefix;
  /// Of something that is kept in the control store.
  bool needs_store = true;
  /// For whoever may open the node's own socket, and nobody else.
  bool local = false;
};

/// A row that a node without a control store answers too.
constexpr endpoint on_every_node(endpoint e) {
  e.needs_store = false;
  return e;
}
/// The same, at the node's own socket alone.
constexpr endpoint at_own_socket(endpoint e) {
  e.local = true;
  return on_every_node(e);
}

// One function for each file of resources. Under client_prefix:
std::span<const endpoint> identity_endpoints();  ///< user, accounts, memberships
std::span<const endpoint> token_endpoints();
std::span<const endpoint> audit_endpoints();
std::span<const endpoint> zone_endpoints();
std::span<const endpoint> routing_settings_endpoints();  ///< settings, dns, routing/zones
std::span<const endpoint> routing_rule_endpoints();      ///< rules, catch-all, plan
std::span<const endpoint> routing_address_endpoints();
// Under own_prefix:
std::span<const endpoint> v1_node_endpoints();     ///< the node's state, and what it did last
std::span<const endpoint> v1_rule_endpoints();     ///< rules with all that the mail path can do
std::span<const endpoint> v1_ownership_endpoints();       ///< whose a zone is
std::span<const endpoint> v1_authentication_endpoints();  ///< what mail must show of its sender
std::span<const endpoint> v1_explain_endpoints();  ///< what would happen to a message
std::span<const endpoint> v1_queue_endpoints();
std::span<const endpoint> v1_snapshot_endpoints();  ///< copies of the databases
std::span<const endpoint> v1_dkim_endpoints();
std::span<const endpoint> v1_dns_endpoints();  ///< help with the DNS

/// All of them, fixed segments before variables.
[[nodiscard]] const std::vector<endpoint>& all_endpoints();

}  // namespace signpost::api::rest
