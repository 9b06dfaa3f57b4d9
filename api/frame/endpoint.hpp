// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A row of the table of endpoints (api/endpoints.hpp): the request, the permission, the handler.
#pragma once

#include <string_view>

#include "api/frame/rest_call.hpp"

namespace signpost::api {

/// The prefix of the endpoints with Cloudflare's shapes.
inline constexpr std::string_view client_prefix = "/client/v4";
/// The prefix of our own endpoints.
inline constexpr std::string_view own_prefix = "/signpost/v1";

struct endpoint {
  std::string_view method;
  /// After the prefix, e.g. `/zones/{zone_id}/email/routing`. `{zone_id}` and `{account_id}` are
  /// looked up and checked by the gateway.
  std::string_view path;
  permission needs = permission::none;
  /// Blocks on the disk; on the network only if it `asks_dns`.
  answer<rest_result> (*serve)(rest_call& call) = nullptr;
  std::string_view summary;
  /// Names in the OpenAPI document (`#/components/schemas/…`); empty = no body.
  std::string_view request_schema = {};
  std::string_view result_schema = {};
  /// It waits for the DNS, and therefore runs on separate threads.
  bool asks_dns = false;
  /// One of the two prefixes above; `all_endpoints` (api/endpoints.hpp) fills it in.
  std::string_view prefix = client_prefix;
  /// For objects in the control store.
  bool needs_store = true;
  /// Only for users who may open the node's control socket.
  bool local = false;
};

/// A row that also works on a node without a control store.
constexpr endpoint on_every_node(endpoint e) {
  e.needs_store = false;
  return e;
}
/// The same, only on the node's control socket.
constexpr endpoint at_own_socket(endpoint e) {
  e.local = true;
  return on_every_node(e);
}

}  // namespace signpost::api
