// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the client API refuses: with Cloudflare's codes, texts and HTTP statuses where they are
// known, and with our own (9xxx, docs/operating/api.md) where they are not.
//
// Threads: values.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/result.hpp"
#include "net/http/http_message.hpp"

namespace signpost::api {

struct rest_problem {
  int http_status = 400;
  int code = 0;
  std::string message;
  std::string pointer;  ///< JSON pointer into the body; empty = none
  /// A more exact reason for a general error: code and text.
  std::vector<std::pair<int, std::string>> chain;
  /// Clients retry 409 unless told not to.
  bool try_again = false;
  /// Seconds for `retry-after`; 0 = none.
  int retry_after_s = 0;
  /// Methods for `Allow`, with commas between; empty = none.
  std::string allowed = {};
  /// Written to the audit log although such refusals (429) usually are not.
  bool noted = false;
};

template <typename T>
using answer = tl::expected<T, rest_problem>;

[[nodiscard]] inline tl::unexpected<rest_problem> refuse(rest_problem p) {
  return tl::unexpected<rest_problem>(std::move(p));
}

// Cloudflare's.
[[nodiscard]] rest_problem invalid_input(std::string_view detail, std::string_view pointer = {});
[[nodiscard]] rest_problem duplicated_rule();
[[nodiscard]] rest_problem invalid_rule_operation();
[[nodiscard]] rest_problem destination_not_verified();
[[nodiscard]] rest_problem catch_all_on_subdomain();
[[nodiscard]] rest_problem worker_not_found();
[[nodiscard]] rest_problem invalid_token();
[[nodiscard]] rest_problem malformed_authorization();
[[nodiscard]] rest_problem no_route();
/// Also for objects that exist elsewhere, so that nobody learns about another account's.
[[nodiscard]] rest_problem no_such_object(std::string_view path);
[[nodiscard]] rest_problem unauthorized();
[[nodiscard]] rest_problem lacks_permission(std::string_view permission);
// Ours.
[[nodiscard]] rest_problem not_found(std::string_view what);
[[nodiscard]] rest_problem already_exists(std::string_view what);
[[nodiscard]] rest_problem over_limit(std::string_view what);
/// For objects that belong to the active zone of a name.
[[nodiscard]] rest_problem zone_not_active();
/// For decisions that only the node's administrator can make.
[[nodiscard]] rest_problem not_the_administrator();
[[nodiscard]] rest_problem last_administrator();
/// For a removal that may be meant for several objects; `names` says which.
[[nodiscard]] rest_problem needs_a_name(std::string_view names);
/// For memberships, which follow from what tokens may do.
[[nodiscard]] rest_problem fixed_membership();
[[nodiscard]] rest_problem method_not_allowed(std::string_view allowed);
[[nodiscard]] rest_problem malformed_body(std::string_view detail);
[[nodiscard]] rest_problem body_too_large();
[[nodiscard]] rest_problem rate_limited(int retry_after_s);
/// For one caller's requests that wait for its share of the threads.
[[nodiscard]] rest_problem too_many_waiting();
[[nodiscard]] rest_problem overloaded();
/// `what` names the count that is full.
[[nodiscard]] rest_problem too_many_mails(std::string_view what, int retry_after_s);
[[nodiscard]] rest_problem mails_stopped();
[[nodiscard]] rest_problem unavailable(std::string_view detail);
/// For objects of the control store, on a node without one.
[[nodiscard]] rest_problem no_control_store();
[[nodiscard]] rest_problem internal_error();
/// For requests that the HTTP server refuses before the API sees them, with its `reason`.
[[nodiscard]] rest_problem not_taken(int http_status, std::string_view reason);
/// What an error of the store means for a caller; `what` names the object looked for.
[[nodiscard]] rest_problem from_error(const error& e, std::string_view what);

/// The whole envelope.
[[nodiscard]] net::http_response to_response(const rest_problem& p);
/// The HTTP server's own refusal in the envelope (net::http_server_options::refusal_form).
[[nodiscard]] net::http_response in_envelope(const net::http_response& refusal);

}  // namespace signpost::api
