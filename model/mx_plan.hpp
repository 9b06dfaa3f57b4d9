// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which hosts take mail for a next hop, in which order: RFC 5321 §5.1, RFC 7505, as decisions over
// DNS answers that somebody else has fetched.
//
//     mx_set set = mx_hosts(next_hop, mx_answer, options);      // names, or why there are none
//     … fetch AAAA and A of each name …
//     delivery_plan plan = make_plan(set, addresses, options);
//     auto targets = order_targets(plan, options, random);      // anew for each attempt
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/random.hpp"
#include "proto/dns/resolver.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

struct mx_host {
  std::uint16_t preference = 0;
  std::string name;  ///< A-labels; or the address text of a literal
  friend auto operator<=>(const mx_host&, const mx_host&) = default;
};

/// Names in order of preference, or a refusal: 5xx = bounce (null MX, no such domain, loop), 4xx =
/// defer (DNS did not answer). Exactly one of the two.
struct mx_set {
  std::vector<mx_host> hosts;
  std::optional<smtp::reply> refusal;
  seconds ttl{0};
};

struct mx_options {
  /// Names and addresses that are ourselves: such an MX, and every one that is not preferred to it,
  /// is left out (RFC 5321 §5.1); if nothing is left the domain loops back to us: 5.4.6.
  std::vector<std::string> own_names;
  std::vector<ip_address> own_addresses;
  /// Loopback and private addresses may be delivered to (closed networks, tests).
  bool allow_private = false;
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  std::uint16_t port = 25;
  std::size_t addresses_max = 5;  ///< tried in one attempt
};

/// One address to try.
struct mx_target {
  std::string host;  ///< the MX name: for SNI and for people
  endpoint where;
  std::uint16_t preference = 0;
  friend auto operator<=>(const mx_target&, const mx_target&) = default;
};

/// Where mail for one next hop goes. `site` is the same for all domains with the same MX hosts: they
/// share connections and limits.
struct delivery_plan {
  std::string next_hop;
  std::string site;
  std::vector<mx_target> targets;      ///< in order of preference
  std::optional<smtp::reply> refusal;  ///< set: there is nowhere to go, targets is empty
  seconds ttl{0};                      ///< how long the plan holds
};

/// The answers to AAAA and A of one MX host.
struct host_addresses {
  dns::answer aaaa;
  dns::answer a;
};

/// From the answer to MX of `next_hop`; no MX records: the name itself (implicit MX).
[[nodiscard]] mx_set mx_hosts(const std::string& next_hop, const dns::answer& mx,
                              const mx_options& options);
/// `addresses` by host name.
[[nodiscard]] delivery_plan make_plan(const std::string& next_hop, const mx_set& set,
                                      const std::map<std::string, host_addresses>& addresses,
                                      const mx_options& options);
/// A plan for an address literal `[192.0.2.1]` or for a static route.
[[nodiscard]] delivery_plan literal_plan(const std::string& next_hop, const endpoint& where,
                                         const mx_options& options);
/// Equal preferences shuffled, address families taken in turn, cut at addresses_max.
[[nodiscard]] std::vector<mx_target> order_targets(const delivery_plan& plan,
                                                   const mx_options& options,
                                                   random_source& random);

}  // namespace signpost::model
