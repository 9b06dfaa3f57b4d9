// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From names that people use to ids of the API. For the files of this folder only.
//
// Threads: one at a time; calls block.
#pragma once

#include <string>
#include <string_view>

#include "apps/signpost/client/api_client.hpp"

namespace signpost::cli {

/// True for the 32 lower-case hexadecimal digits of an id.
[[nodiscard]] bool is_id(std::string_view text);

/// The account of that name or id; the only one that the token sees if `text` is empty.
[[nodiscard]] answer<json> account_of(const api_client& client, const std::string& text);
/// `/client/v4/accounts/{id}` of that account.
[[nodiscard]] answer<std::string> account_path(const api_client& client, const std::string& text);

/// The zone with that name or id, as the API shows it.
[[nodiscard]] answer<json> zone_of(const api_client& client, const std::string& text);
/// The zone that accepts mail for the address: its domain's, or that of a domain above it.
[[nodiscard]] answer<json> zone_of_address(const api_client& client, const std::string& address);
/// `/client/v4/zones/{id}` of a zone, and our own part, `/signpost/v1/zones/{id}`.
[[nodiscard]] std::string zone_path(const json& zone);
[[nodiscard]] std::string own_zone_path(const json& zone);

/// A rule and its zone.
struct found_rule {
  json zone;
  json rule;
};
/// By address, by id, or `catch-all` (the latter two in `zone`, which may otherwise be empty).
[[nodiscard]] answer<found_rule> rule_of(const api_client& client, const std::string& text,
                                         const std::string& zone);

/// The element of a list whose `id` or `by` is `text`, ignoring case. `what` names it
/// in the error.
[[nodiscard]] answer<json> one_of(const json& list, std::string_view by, const std::string& text,
                                  std::string_view what);

}  // namespace signpost::cli
