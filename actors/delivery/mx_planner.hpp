// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The MX PLANNER: queries the DNS for MX, AAAA and A of a next hop and answers with a plan. Equal
// requests that arrive while one is under way wait for its answer. A webhook's host needs no query.
//
// Threads: an actor; the resolver's callbacks come back to it as messages.
// Limits: of the names of one organization (the last two or three labels) eight are queried at
// once; the others wait for their turn.
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/delivery/delivery_plan.hpp"
#include "actors/interfaces.hpp"
#include "base/random.hpp"
#include "monitoring/families.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::actors {

struct mx_planner_dependencies {
  dns::resolver& resolver;
  const clock& time;
  random_source& random;
  monitoring::metrics& metrics;
  model::mx_policy mx;
  route_list routes;
  std::uint16_t port = 25;  ///< of MX hosts
  bool use_ipv4 = true;
  bool use_ipv6 = true;
  bool webhooks = false;  ///< this node can post to them
  /// Whether a zone of this node has the domain; not set: none has.
  std::function<bool(const address::domain&)> routed_here = {};
  /// Whether some zones may be missing from the table.
  std::function<bool()> in_doubt = {};
  /// The account of a zone; empty if it has none.
  std::function<std::string(std::string_view zone)> account_of = {};
};

class mx_planner_state {
 public:
  static inline const char* name = "mx_planner";
  using pointer = mx_planner_actor::stateful_pointer<mx_planner_state>;

  explicit mx_planner_state(pointer self) : self_(self) {}
  void start(mx_planner_dependencies with) { with_.emplace(std::move(with)); }

  caf::typed_response_promise<plan_response> plan(const model::next_hop& next_hop);
  void answered(const dns_answered& message);
  [[nodiscard]] status_report status() const;

 private:
  struct work {
    delivery_plan plan;
    const static_route* route = nullptr;
    std::size_t open_questions = 0;
    std::vector<std::string> hosts;
    std::vector<caf::typed_response_promise<plan_response>> askers;
    std::string organization;  ///< the line in which it waits; empty: it does not query an MX
  };
  /// The plans for the names of one organization: anybody can make up any number of names in a
  /// domain whose servers do not answer.
  struct lane {
    std::size_t open = 0;
    std::deque<model::next_hop> waiting;
  };

  void begin(const model::next_hop& next_hop, work& w);
  void plan_webhook(delivery_plan& plan) const;
  void ask(const model::next_hop& next_hop, work& w, dns::question q);
  void ask_addresses(const model::next_hop& next_hop, work& w);
  void mx_answered(const model::next_hop& next_hop, work& w, const dns::answer& a);
  void ask_mx(const model::next_hop& next_hop, work& w);
  void leave(const std::string& organization);
  void finish(const model::next_hop& next_hop);
  void complete(work& w) const;
  void complete_route(work& w) const;

  pointer self_;
  std::optional<mx_planner_dependencies> with_;
  std::map<model::next_hop, work> works_;
  std::map<std::string, lane> lanes_;
};

mx_planner_actor::behavior_type mx_planner(mx_planner_state::pointer self,
                                           mx_planner_dependencies with);

}  // namespace signpost::actors
