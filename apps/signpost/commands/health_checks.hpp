// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What `signpost doctor` checks. Each check reports its findings, even if everything is in order.
// For
// the files of this folder only.
//
// Threads: one at a time; calls block, on the network for `patience` at most each.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/commands.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::cli {

enum class health : std::uint8_t { ok, warn, fail };

struct finding {
  health level = health::ok;
  std::string check;  ///< one or two words
  std::string text;
  std::string advice = {};  ///< what to do; empty if all is in order
};
using findings = std::vector<finding>;

// health_checks.cpp: this machine.
[[nodiscard]] findings check_settings(const command_context& context);
[[nodiscard]] findings check_data_directory(const daemon_settings& s);
[[nodiscard]] findings check_secrets(const daemon_settings& s);
[[nodiscard]] findings check_certificate(const daemon_settings& s, wall_time now);
[[nodiscard]] findings check_clock();
[[nodiscard]] findings check_first_token(const daemon_settings& s);
[[nodiscard]] findings check_ports(const daemon_settings& s);

// health_dns.cpp: the DNS as this machine sees it.
[[nodiscard]] findings check_resolver(dns::resolver& resolver);
/// Every address of the host name has a PTR record that leads back to it.
[[nodiscard]] findings check_own_names(dns::resolver& resolver, const std::string& host_name);
/// Queries and waits.
[[nodiscard]] dns::answer look_up(dns::resolver& resolver, dns::question question);

// health_node.cpp: the running node, and its zones.
[[nodiscard]] findings check_node(const answer<api_client>& client);
/// Zones that accept no mail because their ownership is not proven: one finding for pending zones,
/// one for moved ones; nothing if there are none.
[[nodiscard]] findings check_ownership(const api_client& client);
/// at most `zones_max` zones are checked.
[[nodiscard]] findings check_zones(const api_client& client, std::uint64_t zones_max);

}  // namespace signpost::cli
