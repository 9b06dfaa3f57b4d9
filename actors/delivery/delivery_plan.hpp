// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where mail for one next hop goes: DNS answers, a static route, an address literal or a webhook
// (whose host the HTTP client looks up), kept for the TTL, turned into a new ordered list of
// addresses for each attempt (RFC 5321 §5.1: hosts of equal preference are to be tried in random
// order).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/queue/mx_plan.hpp"
#include "model/queue/next_hop.hpp"
#include "proto/address/domain.hpp"
#include "proto/dns/resolver.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::actors {

/// One address to try, with its port.
struct delivery_target {
  std::string host;  ///< for TLS names and logs
  endpoint where;
  friend bool operator==(const delivery_target&, const delivery_target&) = default;
};

enum class plan_kind : std::uint8_t { mail, webhook };

struct delivery_plan {
  plan_kind kind = plan_kind::mail;
  model::next_hop next_hop;
  /// Equal for all next hops with the same set of MX hosts: they share connections and limits.
  std::string site;
  /// For a webhook: whose rule calls it, an account or a zone without one. Tenants share the node's
  /// capacity for each host. Empty: unknown.
  std::string tenant = {};
  std::uint16_t port = 25;
  /// Static routes and literals: these, in this order. Otherwise the answers below.
  std::vector<delivery_target> fixed;
  address::domain domain;
  /// A zone of ours: if its MX is this node, the mail comes back and is handled by that zone's
  /// rules. This is not a loop; real loops end by `loop.*`.
  bool routed_here = false;
  /// It is unknown whether it is one.
  bool in_doubt = false;
  dns::answer mx;
  std::map<std::string, model::host_addresses> addresses;  ///< by host name
  /// How long the plan is valid.
  seconds ttl{0};
  /// Set: there is no destination. 4xx: perhaps later; 5xx: the mail bounces.
  std::optional<smtp::reply> refusal;
};

/// The addresses to try in one attempt, in order; or the refusal.
struct attempt_targets {
  std::vector<delivery_target> targets;
  std::optional<smtp::reply> refusal;
};
/// The policy for the plan: this node may be a target of what it routes.
[[nodiscard]] model::mx_policy policy_for(const delivery_plan& plan, model::mx_policy policy);
attempt_targets targets_of(const delivery_plan& plan, const model::mx_policy& policy,
                           random_source& random);

/// `example.net=192.0.2.1:2525`: mail for a domain goes to a host that the operator has chosen,
/// without MX look-up. `.example.net` means all its subdomains, `*` everything. The host is an
/// address or a name (its AAAA and A are looked up).
struct static_route {
  std::string pattern;  ///< lower case, A-labels
  std::string host;     ///< empty if `address` is set
  std::optional<ip_address> address;
  std::uint16_t port = 25;
};

class route_list {
 public:
  /// errc::malformed names the entry and its error.
  static result<route_list> parse(const std::vector<std::string>& entries);
  /// The most specific route: the exact name, then the longest `.suffix`, then `*`; nullptr if
  /// none.
  [[nodiscard]] const static_route* find(std::string_view domain) const;

 private:
  std::map<std::string, static_route, std::less<>> routes_;
};

}  // namespace signpost::actors
