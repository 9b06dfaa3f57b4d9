// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/control_api.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "api/json.hpp"
#include "api/request_target.hpp"
#include "base/log.hpp"

namespace signpost::api {
namespace {

const logger log_("api.control");

constexpr std::string_view id_segment = "{queue_id}";

/// A method on a path, the query parameters it knows, and what answers.
struct resource {
  std::string_view method;
  std::vector<std::string_view> path;  ///< segments behind /signpost/v1
  std::vector<std::string_view> parameters;
  void (*serve)(const resource_call&);
  bool changes_something = false;
};

// Fixed segments stand before {queue_id}: `retry` is no queue id.
const std::vector<resource>& resources() {
  static const std::vector<resource> table{
      {"GET",
       {"queue"},
       {"next_hop", "sender", "recipient", "state", "cursor", "per_page"},
       list_queue},
      {"DELETE", {"queue"}, {"next_hop"}, remove_next_hop, true},
      {"POST", {"queue", "retry"}, {"next_hop"}, retry_next_hop, true},
      {"GET", {"queue", id_segment}, {}, show_message},
      {"DELETE", {"queue", id_segment}, {}, remove_message, true},
      {"GET", {"queue", id_segment, "content"}, {"headers"}, show_content},
      {"POST", {"queue", id_segment, "retry"}, {}, retry_message, true},
      {"POST", {"snapshot"}, {}, make_snapshot, true},
      {"DELETE", {"snapshot"}, {}, remove_snapshot, true},
      {"GET", {"status"}, {}, show_status},
      {"GET", {"events"}, {"zone", "max"}, list_events},
      {"POST", {"rules", "explain"}, {}, explain_rules},
  };
  return table;
}

using segments = std::vector<std::string>;

bool matches(const resource& r, const segments& path) {
  return std::ranges::equal(r.path, path, [](std::string_view pattern, std::string_view segment) {
    return pattern == segment || (pattern == id_segment && !segment.empty());
  });
}

std::string id_in(const resource& r, const segments& path) {
  const auto at = std::ranges::find(r.path, id_segment);
  return at == r.path.end() ? "" : path[static_cast<std::size_t>(at - r.path.begin())];
}

/// What stands behind /signpost/v1; empty if it is another path.
segments behind_prefix(std::string_view path) {
  auto all = path_segments(path);
  if (!all || all->size() < 3 || (*all)[0] != "signpost" || (*all)[1] != "v1") return {};
  all->erase(all->begin(), all->begin() + 2);
  return std::move(*all);
}

// RFC 9110 §15.5.6: a 405 says which methods there are.
net::http_response wrong_method(const std::string& allowed) {
  auto response = failure({problem_kind::method_not_allowed, "it knows " + allowed});
  response.headers.push_back({"Allow", allowed});
  return response;
}

}  // namespace

control_api::control_api(control_dependencies world) : world_(std::move(world)) {}

bool control_api::knows(const net::http_request& request) {
  const auto path = behind_prefix(request.path);
  return std::ranges::any_of(resources(), [&](const resource& r) { return matches(r, path); });
}

void control_api::handle(const net::http_request& request, const net::http_responder& out) {
  call(request, [out](net::http_response response) { out.respond(std::move(response)); });
}

void control_api::call(const net::http_request& request, const respond_function& respond) {
  if (request.body.size() > body_octets_max) {
    return respond(failure({problem_kind::body_too_large, "body_octets_max"}));
  }
  const auto path = behind_prefix(request.path);
  std::string allowed;
  for (const auto& r : resources()) {
    if (!matches(r, path)) continue;
    if (r.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(r.method);
      continue;
    }
    auto parameters = query_parameters::parse(request.query, r.parameters);
    if (!parameters) return respond(failure(parameters.error()));
    if (r.changes_something) {
      log_.info("api.command", {{"method", request.method},
                                {"path", request.path},
                                {"query", request.query},
                                {"client", request.peer}});
    }
    return r.serve({.world = world_,
                    .content_budget = content_budget_,
                    .request = request,
                    .parameters = std::move(*parameters),
                    .queue_id = id_in(r, path),
                    .respond = respond});
  }
  if (!allowed.empty()) return respond(wrong_method(allowed));
  respond(failure({problem_kind::unknown_resource, {}}));
}

}  // namespace signpost::api
