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
/// health_database.cpp: whether PostgreSQL can be reached, and what a failover may lose; nothing if
/// the setup is not there.
[[nodiscard]] findings check_control_database(const daemon_settings& s);
[[nodiscard]] findings check_first_token(const daemon_settings& s);
[[nodiscard]] findings check_ports(const daemon_settings& s);
/// Whether a connection to it is taken in time.
[[nodiscard]] result<void> try_connection(const endpoint& at);

// health_dns.cpp: the DNS as this machine sees it.
[[nodiscard]] findings check_resolver(dns::resolver& resolver);
/// Every address of the host name, and each of `sending`, has a PTR record that leads back to it.
[[nodiscard]] findings check_own_names(dns::resolver& resolver, const std::string& host_name,
                                       const std::vector<ip_address>& sending = {});
/// The addresses that deliveries are set to leave from; if none is set, those of this machine that
/// the Internet can see.
[[nodiscard]] std::vector<ip_address> sending_addresses(const daemon_settings& s);
/// The keys that sign stand in the DNS as they are here; `keys_max` of them are looked at.
[[nodiscard]] findings check_signing_keys(dns::resolver& resolver, const daemon_settings& s,
                                          std::size_t keys_max = 50);
/// MX and SPF of the zones in the zones file; `zones_max` at most, 0 = all.
[[nodiscard]] findings check_file_zones(dns::resolver& resolver, const daemon_settings& s,
                                        std::uint64_t zones_max);
/// Mail can leave: a host of another network answers on port 25. Nothing if all mail goes a way
/// that the settings name.
[[nodiscard]] findings check_outbound(dns::resolver& resolver, const daemon_settings& s);
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
