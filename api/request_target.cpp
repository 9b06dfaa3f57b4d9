// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/request_target.hpp"

#include <algorithm>

#include "api/json.hpp"
#include "base/text.hpp"
#include "model/webhook_url.hpp"
#include "proto/address/domain.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t parameters_max = 32;
constexpr std::size_t segments_max = 8;

std::string in_quotes(std::string_view name) {
  return "'" + std::string(name) + "'";
}

}  // namespace

answer<query_parameters> query_parameters::parse(std::string_view query,
                                                 std::span<const std::string_view> known) {
  query_parameters out;
  if (query.empty()) return out;
  const auto parts = split(query, '&');
  if (parts.size() > parameters_max) {
    return refuse(problem_kind::bad_parameter, "more than parameters_max");
  }
  for (const auto part : parts) {
    if (part.empty()) continue;
    auto one = decoded_parameter(part);
    if (!one) {
      return refuse(problem_kind::bad_parameter, in_quotes(part) + " is not percent-encoded");
    }
    if (std::ranges::find(known, one->first) == known.end()) {
      return refuse(problem_kind::bad_parameter, in_quotes(one->first) + " is not known here");
    }
    if (!out.values_.insert(std::move(*one)).second) {
      return refuse(problem_kind::bad_parameter,
                    in_quotes(part.substr(0, part.find('='))) + " stands twice");
    }
  }
  return out;
}

std::string query_parameters::text(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

answer<std::size_t> query_parameters::number(std::string_view name, std::size_t fallback,
                                             std::size_t max) const {
  const auto it = values_.find(name);
  if (it == values_.end()) return fallback;
  const auto value = parse_uint(it->second);
  if (value && *value >= 1 && *value <= max) return static_cast<std::size_t>(*value);
  return refuse(problem_kind::bad_parameter,
                in_quotes(name) + " must be a number from 1 to " + std::to_string(max));
}

answer<bool> query_parameters::flag(std::string_view name) const {
  const auto value = text(name);
  if (value.empty() || value == "false") return false;
  if (value == "true") return true;
  return refuse(problem_kind::bad_parameter, in_quotes(name) + " must be true or false");
}

answer<std::string> query_parameters::domain(std::string_view name) const {
  auto value = text(name);
  if (value.empty() || (value.starts_with('[') && value.ends_with(']'))) return value;
  if (model::is_webhook_url(value)) {
    const auto origin = model::parse_webhook_next_hop(value);
    if (origin) return model::webhook_next_hop(origin->origin, origin->zone);
    return refuse(problem_kind::bad_parameter, in_quotes(name) + ": " + origin.error().context);
  }
  const auto parsed = address::domain::parse(value);
  if (parsed) return parsed->ascii();
  return refuse(problem_kind::bad_parameter,
                in_quotes(name) + " is no domain name: " + parsed.error().context);
}

std::optional<std::pair<std::string, std::string>> decoded_parameter(std::string_view part) {
  const auto equals = std::min(part.find('='), part.size());
  auto name = net::percent_decode(part.substr(0, equals), true);
  auto value = net::percent_decode(part.substr(std::min(equals + 1, part.size())), true);
  if (!name || !value) return std::nullopt;
  return std::pair(std::move(*name), std::move(*value));
}

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  std::vector<std::string> segments;
  for (const auto part : split(path, '/')) {
    auto decoded = net::percent_decode(part);
    if (!decoded || segments.size() >= segments_max) return std::nullopt;
    segments.push_back(std::move(*decoded));
  }
  return segments;
}

answer<model::queue_id> resource_call::id() const {
  if (const auto parsed = model::queue_id::parse(queue_id)) return *parsed;
  return refuse(problem_kind::bad_queue_id, printable(queue_id, 60));
}

void resource_call::answer_with(const answer<net::http_response>& response) const {
  respond(response ? *response : failure(response.error()));
}

}  // namespace signpost::api
