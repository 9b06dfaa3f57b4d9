// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/request_target.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/http/http_message.hpp"

namespace signpost::api {
namespace {

constexpr std::size_t segments_max = 8;

}  // namespace

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

}  // namespace signpost::api
