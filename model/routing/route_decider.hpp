// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One decision of the routing table: matches the recipient, then follows forwards between our own
// addresses to where mail leaves the node. Used by routing_table alone.
//
// Threads: one; what it reads is immutable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/routing/host_map.hpp"
#include "model/routing/pattern_supply.hpp"
#include "model/routing/routing_table.hpp"
#include "model/routing/step_list.hpp"

namespace signpost::model {

/// The id of the postmaster's last resorts in a decision.
inline constexpr std::string_view postmaster_rule = "postmaster";

class route_decider {
 public:
  struct world {
    const host_map& hosts;
    const node_identity& node;
    pattern_supply& patterns;
  };
  /// `facts`: nullptr if nothing is known of the message yet. `steps`: nullptr if not needed.
  route_decider(world w, const message_facts* facts, std::vector<std::string>* steps)
      : hosts_(w.hosts), node_(w.node), patterns_(w.patterns), facts_(facts), steps_(steps) {}

  /// All of it except `undecided` and `steps`.
  [[nodiscard]] route_decision decide(const smtp::forward_path& recipient);

  /// Whether mail for all of `first` can leave this node, as far as that can be determined without
  /// a message; errors begin with `where`. `account`: the owner of the rule; nullptr = the
  /// operator.
  [[nodiscard]] result<void> check_chain(const std::vector<destination>& first,
                                         const std::string& where, const std::string* account);
  /// Names of the zones whose rules the last check_chain() has evaluated, in no particular order,
  /// each once; as chain_fault::asked.
  [[nodiscard]] std::vector<std::string> asked() const;
  /// The cost of looking up a domain.
  static constexpr std::uint64_t steps_of_a_lookup = 20;
  /// False, at the cost of a look-up for each, if none of them is ours.
  [[nodiscard]] bool leads_back(const std::vector<destination>& destinations) const;

 private:
  // What matched an address of ours.
  struct match {
    route_kind kind = route_kind::unknown;
    const zone_routes* in = nullptr;
    std::string_view rule;
    std::vector<destination> destinations;
    std::string_view reject_text;
    bool of_node = false;  ///< the operator determines where it goes, not the zone
  };
  // Where mail leaves the node, while forwards between our own addresses are followed.
  struct expansion {
    std::vector<destination> followed;
    std::vector<destination> outside;
    /// The account whose rules are followed; nullptr: the operator's own, which may lead anywhere.
    const std::string* account = nullptr;
    bool dropped = false;
    bool undecided = false;
    // How one of our addresses refuses; set on failure.
    route_kind refusal_kind = route_kind::unknown;
    std::string_view reject_text;
  };

  static match from_action(const zone_routes& z, const zone_routes::packed_rule& rule);
  static match to_postmaster(const zone_routes* z, std::vector<destination> destinations);
  /// False if the budget does not allow reading them.
  [[nodiscard]] bool spend_on(std::string_view packed_destinations) const;
  [[nodiscard]] bool spend(std::uint64_t steps) const { return patterns_.budget().spend(steps); }
  match match_address(const address::mailbox& to, step_list& steps) const;
  match match_node(const address::mailbox& to, step_list& steps) const;
  match match_in_zone(const host_map::place& at, const address::mailbox& to,
                      step_list& steps) const;
  match match_rest(const host_map::place& at, bool postmaster, step_list& steps) const;
  match match_postmaster(const host_map::place& at, step_list& steps) const;

  result<void> expand(const match& from, bool chained, std::size_t depth, expansion& x);
  void note_asked(const zone_routes* z);
  result<void> follow(const destination& to, std::size_t depth, expansion& x);
  result<void> follow_failover(const destination& to, std::size_t depth, expansion& x);
  result<std::vector<address::mailbox>> resolved_fallbacks(
      const std::vector<address::mailbox>& list, std::size_t depth, expansion& x);
  /// Fills `kind` and `destinations`; returns the text of a `reject`.
  std::string_view send_on(route_decision& d, const match& m, bool postmaster);
  void give_up(route_decision& d);
  /// The account whose rules a match belongs to, as `expansion::account`.
  [[nodiscard]] static const std::string* account_of(const match& m) {
    return m.of_node || m.in == nullptr ? nullptr : &m.in->account();
  }
  [[nodiscard]] bool is_anothers(const address::mailbox& to, const expansion& x) const;
  [[nodiscard]] bool is_node(const address::mailbox& to) const;

  const host_map& hosts_;
  const node_identity& node_;
  pattern_supply& patterns_;
  const message_facts* facts_;
  step_list steps_;
  bool strict_ = false;       ///< failover may not lead to local addresses that accept no mail
  std::size_t followed_ = 0;  ///< addresses, over all branches
  std::vector<const zone_routes*> asked_;
};

}  // namespace signpost::model
