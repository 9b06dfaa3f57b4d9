// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/rest_problem.hpp"

#include <fmt/format.h>

#include "api/frame/json.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t detail_octets_max = 500;

rest_problem make(int http_status, int code, std::string message) {
  return {.http_status = http_status, .code = code, .message = std::move(message)};
}

}  // namespace

rest_problem invalid_input(std::string_view detail, std::string_view pointer) {
  auto p = make(422, 2007, fmt::format("Invalid Input: {}", printable(detail, detail_octets_max)));
  p.pointer = pointer;
  return p;
}

rest_problem duplicated_rule() {
  return make(409, 2014, "Duplicated Zone rule");
}

rest_problem invalid_rule_operation() {
  return make(409, 2020, "Invalid rule operation");
}

rest_problem destination_not_verified() {
  return make(400, 2054, "Destination address is not verified");
}

rest_problem catch_all_on_subdomain() {
  return make(422, 2062, "A catch-all rule is only possible at the zone's own name");
}

rest_problem worker_not_found() {
  return make(404, 2016, "This worker does not exist");
}

rest_problem invalid_token() {
  return make(401, 1000, "Invalid API Token");
}

rest_problem malformed_authorization() {
  auto p = make(400, 6003, "Invalid request headers");
  p.chain = {{6111, "Invalid format for Authorization header"}};
  return p;
}

rest_problem no_route() {
  return make(404, 7000, "No route for that URI");
}

rest_problem no_such_object(std::string_view path) {
  return make(404, 7003,
              fmt::format("Could not route to {}, perhaps your object identifier is invalid?",
                          printable(path, detail_octets_max)));
}

rest_problem unauthorized() {
  return make(403, 9109, "Unauthorized to access requested resource");
}

rest_problem lacks_permission(std::string_view permission) {
  auto p = make(403, 10000, "Authentication error");
  if (!permission.empty()) {
    p.chain = {{9110, fmt::format("the token lacks the permission '{}'", permission)}};
  }
  return p;
}

rest_problem not_found(std::string_view what) {
  return make(404, 9404, fmt::format("Not found: {}", what));
}

rest_problem already_exists(std::string_view what) {
  return make(409, 9409, fmt::format("Already exists: {}", printable(what, detail_octets_max)));
}

rest_problem over_limit(std::string_view what) {
  return make(403, 9403, fmt::format("Limit reached: {}", what));
}

rest_problem zone_not_active() {
  return make(409, 9425,
              "The zone is not active: its ownership is not proven, or is no longer proven");
}

rest_problem not_the_administrator() {
  return make(403, 9427, "Only the administrator of the node can assign a zone to an account");
}

rest_problem last_administrator() {
  return make(
      409, 9408,
      "This is the administrator's last token that does not expire; create another one first");
}

rest_problem needs_a_name(std::string_view names) {
  return make(409, 9432,
              fmt::format("The zone has or had subdomains, so this must say what to remove, in "
                          "`name` of the body or in the parameter subdomain: {}",
                          printable(names, detail_octets_max)));
}

rest_problem fixed_membership() {
  return make(409, 9433,
              "The administrator is a member of every account: change what the token may do, or "
              "delete the account");
}

// RFC 9110 §15.5.6: the answer must say which methods there are.
rest_problem method_not_allowed(std::string_view allowed) {
  auto p = make(405, 9405, "Method not allowed for this URI");
  p.allowed = allowed;
  return p;
}

rest_problem malformed_body(std::string_view detail) {
  return make(
      400, 9400,
      fmt::format("Could not parse request body: {}", printable(detail, detail_octets_max)));
}

rest_problem body_too_large() {
  return make(413, 9413, "The request body is too large");
}

rest_problem rate_limited(int retry_after_s) {
  auto p = make(429, 9429, "Rate limit reached");
  p.try_again = true;
  p.retry_after_s = retry_after_s;
  return p;
}

rest_problem too_many_waiting() {
  auto p = make(429, 9429, "Too many of your requests are waiting for an answer");
  p.try_again = true;
  p.retry_after_s = 1;
  return p;
}

rest_problem overloaded() {
  auto p = unavailable("too many requests are waiting");
  p.retry_after_s = 1;
  return p;
}

rest_problem too_many_mails(std::string_view what, int retry_after_s) {
  auto p = rate_limited(retry_after_s);
  p.message = fmt::format("Too many verification mails: {}", what);
  p.noted = true;
  return p;
}

rest_problem mails_stopped() {
  auto p = make(403, 9431, "The owner of this mailbox has asked not to receive verification mails");
  p.noted = true;
  return p;
}

rest_problem unavailable(std::string_view detail) {
  auto p = make(503, 9503,
                fmt::format("Not possible right now: {}", printable(detail, detail_octets_max)));
  p.try_again = true;
  return p;
}

rest_problem no_control_store() {
  return unavailable(
      "this node reads its zones from a file; to manage them through the API, set config.source to "
      "store");
}

rest_problem internal_error() {
  return make(500, 9501, "The request could not be completed");
}

rest_problem not_taken(int http_status, std::string_view reason) {
  if (http_status == 413) return body_too_large();
  if (http_status == 500) return internal_error();
  if (http_status == 503) return unavailable(reason);
  return make(
      http_status, 9430,
      fmt::format("The request was not accepted: {}", printable(reason, detail_octets_max)));
}

rest_problem from_error(const error& e, std::string_view what) {
  switch (e.code) {
    case errc::not_found:
      return not_found(what);
    case errc::conflict:
      return already_exists(fmt::format("{} ({})", what, e.context));
    case errc::malformed:
      return invalid_input(e.context);
    case errc::limit_exceeded:
      return over_limit(e.context);
    case errc::denied:
      return unauthorized();
    case errc::no_space:
      return unavailable("no space is left on the disk");
    case errc::corrupt:
      return make(500, 9500, "Stored data cannot be read");
    case errc::unavailable:
      break;
  }
  return unavailable(e.context);
}

net::http_response to_response(const rest_problem& p) {
  json one{{"code", p.code}, {"message", p.message}};
  if (!p.pointer.empty()) one["source"] = {{"pointer", p.pointer}};
  for (const auto& [code, text] : p.chain) {
    one["error_chain"].push_back({{"code", code}, {"message", text}});
  }
  json body{{"success", false},
            {"errors", json::array({std::move(one)})},
            {"messages", json::array()},
            {"result", nullptr}};
  net::http_response response{.status = p.http_status,
                              .body = to_text(body) + "\n",
                              .content_type = "application/json",
                              .headers = {{"Cache-Control", "no-store"}}};
  if (!p.allowed.empty()) response.headers.push_back({"Allow", p.allowed});
  // Clients try 409 again by themselves; a permanent refusal must say so.
  if (p.http_status == 409) response.headers.push_back({"x-should-retry", "false"});
  if (p.retry_after_s > 0) {
    response.headers.push_back({"Retry-After", std::to_string(p.retry_after_s)});
  }
  return response;
}

net::http_response in_envelope(const net::http_response& refusal) {
  auto response = to_response(not_taken(refusal.status, trim(refusal.body)));
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.insert(response.headers.end(), refusal.headers.begin(), refusal.headers.end());
  return response;
}

}  // namespace signpost::api
