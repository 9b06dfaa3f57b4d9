// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The configuration of a running node, read through the API. For the files of this folder only.
//
// Threads: one at a time; calls block.
#pragma once

#include <functional>
#include <string_view>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/offline/control_lines.hpp"

namespace signpost::cli {

using verified_question = std::function<bool(std::string_view email)>;

/// The receiver of what is found: accounts, each with its addresses, then its zones.
struct export_sinks {
  std::function<void(const model::account&)> account;
  std::function<void(const model::destination_address&)> address;
  std::function<void(const zone_with_rules&, const verified_question&)> zone;
};

/// Four requests per zone. What the API does not show has its default.
[[nodiscard]] answer<void> export_through_api(const api_client& client, const export_sinks& to);

// From the API's JSON; wrong or missing members get their defaults.
[[nodiscard]] model::zone_object zone_from(const json& zone, const json& routing);
/// From the answer of `/signpost/v1/zones/{zone_id}/authentication`.
[[nodiscard]] model::admission_policy admission_from(const json& authentication);
[[nodiscard]] model::rule_object rule_from(const json& rule, const model::object_id& zone);

}  // namespace signpost::cli
