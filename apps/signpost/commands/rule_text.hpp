// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules between the words of the command line and the API's JSON. For the files of this folder
// only.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/signpost/client/api_client.hpp"

namespace signpost::cli {

/// What the command line states about a rule; empty members were not given.
struct rule_wishes {
  std::string address;
  std::string match;  ///< literal, glob, regex, all
  std::vector<std::string> forward;
  std::vector<std::string> failover;
  bool drop = false;
  std::optional<std::string> reject;
  std::string webhook;
  std::vector<std::string> when;  ///< `dmarc=fail`, `spf!=pass`
  std::string over;
  std::string under;
  bool always = false;  ///< without conditions
  std::optional<std::string> name;
  std::string priority;
  bool enable = false;
  bool disable = false;

  [[nodiscard]] bool names_action() const;
  [[nodiscard]] bool names_condition() const;
};

/// `rule` with the requested changes; `domain` completes an address without one.
[[nodiscard]] answer<json> with_wishes(json rule, const rule_wishes& wishes,
                                       const std::string& domain);

/// True if the rule can do more than Cloudflare's rules; it then goes to /signpost/v1.
[[nodiscard]] bool is_extended(const json& rule);

/// `info@example.org`, `glob sales-*@example.org`, `everything else`.
[[nodiscard]] std::string address_text(const json& rule);
/// `if dmarc is fail and over 10.0 MiB`; empty: always.
[[nodiscard]] std::string conditions_text(const json& rule);
/// `forward to a@example.net, b@example.net`, `drop`, `reject "closed"`.
[[nodiscard]] std::string action_text(const json& rule);

}  // namespace signpost::cli
