// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A row of the table of endpoints (api/endpoints.hpp): what is asked, who may ask, what answers.
#pragma once

#include <string_view>

#include "api/frame/rest_call.hpp"

namespace signpost::api {

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
  /// One of the two above; `all_endpoints` (api/endpoints.hpp) fills it in.
  std::string_view prefix = client_prefix;
  /// Of something that is kept in the control store.
  bool needs_store = true;
  /// Only for those who may open the node's control socket.
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

}  // namespace signpost::api
