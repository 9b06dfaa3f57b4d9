// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From DNS answers to the ordered list of addresses to try (RFC 5321 §5.1), in two steps, because
// the names must be known before their addresses can be queried:
//
//     auto hosts = mx_hosts(domain, mx_answer, policy, random);   // ask A and AAAA of each
//     auto plan = mx_targets(hosts, answers, policy, random);     // connect in this order
//
// Threads: functions of their arguments. Limits: `mx_policy`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "model/replies.hpp"
#include "proto/address/domain.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::model {

struct mx_policy {
  /// The names and addresses under which this node accepts mail: an MX that is one of them is a
  /// loop.
  std::vector<std::string> own_names;
  std::vector<ip_address> own_addresses;
  /// It is uncertain which zones this node routes: an apparent loop may be one of them, and waits.
  bool in_doubt = false;
  /// Loopback, private and link-local addresses may be mail hosts.
  bool allow_private = false;
  /// MX hosts whose addresses are queried; further ones are ignored.
  std::int64_t hosts_max = 10;
  /// Addresses tried in one attempt.
  std::int64_t addresses_max = 5;
};

/// Declares the settings `delivery.allow_private_destinations`, `delivery.mx_hosts_max` and
/// `delivery.addresses_max`.
void declare_settings(settings_table& table, mx_policy& policy);

struct mx_host {
  std::string name;  ///< A-labels, lower case
  std::uint16_t preference = 0;
  friend bool operator==(const mx_host&, const mx_host&) = default;
};

/// One address to connect to.
struct mx_target {
  std::string host;  ///< for TLS names and logs; the literal's text for a literal
  ip_address address;
  std::uint16_t preference = 0;
  friend bool operator==(const mx_target&, const mx_target&) = default;
};

/// Why there is no host to send to. `reply` is permanent (bounce) or transient (try later).
struct mx_failure {
  reply_kind kind = reply_kind::dns_failed;
  smtp::reply reply;
};

struct mx_hosts_result {
  std::vector<mx_host> hosts;  ///< in order of use; empty if and only if `failure` is set
  std::optional<mx_failure> failure;
  bool implicit = false;  ///< there is no MX: the domain itself is the host
};

/// Sorts by preference, shuffles equals, drops ourselves and everything less preferred.
/// Failures: NXDOMAIN (no_such_domain), null MX (null_mx, RFC 7505), SERVFAIL, timeout or bogus
/// (dns_failed), the best MX is ourselves (mx_is_ourselves), no MX names a host (mx_unusable).
mx_hosts_result mx_hosts(const address::domain& domain, const dns::answer& mx,
                         const mx_policy& policy, random_source& random);

/// The answers for one host, in the order of the hosts.
struct host_addresses {
  dns::answer a;
  dns::answer aaaa;
};

struct mx_targets_result {
  std::vector<mx_target> targets;  ///< in order of use; empty if and only if `failure` is set
  std::optional<mx_failure> failure;
};

/// The addresses, host by host, alternating IPv6 and IPv4, cut to `addresses_max` so that neither
/// one family nor the first host uses it up. Drops private addresses and our own (with every host
/// that is not more preferred). `addresses` has one element per host.
mx_targets_result mx_targets(const mx_hosts_result& hosts,
                             const std::vector<host_addresses>& addresses, const mx_policy& policy,
                             random_source& random);

/// For a next hop that is an address literal.
mx_targets_result literal_targets(const ip_address& literal, const mx_policy& policy);

/// The name of a site: the sorted set of its hosts, joined by commas. Domains with equal keys share
/// one queue and its limits.
std::string site_key(const std::vector<mx_host>& hosts);

}  // namespace signpost::model
