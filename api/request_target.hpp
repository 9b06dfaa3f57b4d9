// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One request as a resource sees it: the variable parts of its path and its checked parameters.
// For the files of api/ only.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/control_api.hpp"
#include "api/problem.hpp"
#include "model/queue_id.hpp"
#include "net/http_message.hpp"

namespace signpost::api {

/// The parameters of a query, decoded. A misspelt filter must not look like no filter, least of all
/// in a DELETE: unknown, repeated and badly encoded parameters are problems.
class query_parameters {
 public:
  /// bad_parameter names the parameter.
  static answer<query_parameters> parse(std::string_view query,
                                        std::span<const std::string_view> known);

  /// Empty if it was not given.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// bad_parameter if it is no number from 1 to `max`.
  [[nodiscard]] answer<std::size_t> number(std::string_view name, std::size_t fallback,
                                           std::size_t max) const;
  /// bad_parameter if it is not true or false.
  [[nodiscard]] answer<bool> flag(std::string_view name) const;
  /// A domain in A-labels, an address literal, or a webhook's `https://host[:port]`; empty if it
  /// was not given. bad_parameter.
  [[nodiscard]] answer<std::string> domain(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// `name=value` of a query, decoded; nothing if it is badly encoded. Without `=` the value is
/// empty.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> decoded_parameter(
    std::string_view part);

/// The segments of a path, decoded; nothing if one of them is badly encoded, or over
/// `segments_max`.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

struct resource_call {
  const control_dependencies& world;
  memory_budget& content_budget;
  const net::http_request& request;
  query_parameters parameters;
  std::string queue_id;  ///< as it stands in the path; empty if the path has none
  const control_api::respond_function& respond;

  [[nodiscard]] answer<model::queue_id> id() const;
  void answer_with(const answer<net::http_response>& response) const;
};

// queue_resources.cpp
void list_queue(const resource_call& call);
void show_message(const resource_call& call);
void show_content(const resource_call& call);
void retry_message(const resource_call& call);
void retry_next_hop(const resource_call& call);
void remove_message(const resource_call& call);
void remove_next_hop(const resource_call& call);

// node_view.cpp
void show_status(const resource_call& call);
void explain_rules(const resource_call& call);
void list_events(const resource_call& call);
void make_snapshot(const resource_call& call);
void remove_snapshot(const resource_call& call);

}  // namespace signpost::api
