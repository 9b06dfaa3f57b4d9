// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a recipient's mail goes: an immutable table made from the zones, and the decision
// `route()`.
//
// Threads: a table never changes; any number of threads may read it. A new configuration is a new
// table, which shares unchanged parts with the old one (`builder`).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/routing/message_facts.hpp"
#include "model/routing/pattern_supply.hpp"
#include "model/routing/zone.hpp"
#include "model/routing/zone_routes.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

enum class route_kind : std::uint8_t {
  forward,      ///< to `destinations`
  drop,         ///< accepted and dropped
  reject,       ///< refused with `reply`
  unknown,      ///< no such address: 550 5.1.1
  not_ours,     ///< not in one of our zones: 550 5.7.1, never relayed
  postmaster,   ///< to the postmaster of the zone or the node (`destinations`)
  undecided,    ///< ask again with the message's facts (`route_decision::undecided`)
  costly,       ///< takes more steps than `route_options` allow; 451 4.3.2 unless asked again
  unavailable,  ///< the rule that may decide is over a limit: 451 4.3.5
};

/// The kind's name, in logs, metrics, JSON and on the command line.
[[nodiscard]] std::string_view to_string(route_kind kind);
/// True if mail for the recipient would be accepted.
[[nodiscard]] bool is_accepted(route_kind kind);

class routing_table;

/// The decision and its reasons.
struct route_decision {
  route_kind kind = route_kind::not_ours;
  std::string zone;  ///< the zone's name; empty if none
  std::string zone_id = {};
  std::string rule;  ///< id of the rule, `catch-all`, or empty
  std::vector<destination> destinations;
  smtp::reply reply;  ///< for every kind that refuses
  /// What is required of a message for this recipient: the zone's policy. The node's postmaster can
  /// be reached without authentication, because a refused sender must be able to ask why.
  admission_policy admission;
  /// The recipient is a return address of ours (SRS): `destinations` has where it claims to lead,
  /// which is verified once the message has arrived (actors::recipient_policy).
  bool way_back = false;
  /// Made while the configuration was in doubt (routing_snapshot): for `unavailable`, that is the
  /// reason; for `undecided`, a final refusal as unknown must not be permanent.
  bool doubtful = false;
  /// Only for `undecided`: the table that must be asked again; none for a way back.
  std::shared_ptr<const routing_table> undecided;
  /// One line per step, for `signpost explain`; only filled by explain().
  std::vector<std::string> steps;
};

/// The zone in whose name the copy for one of the decision's destinations is forwarded; valid as
/// long as both.
[[nodiscard]] std::string_view zone_of(const destination& to, const route_decision& route);

/// How much work a decision may be.
struct route_options {
  /// See step_budget.
  std::uint64_t steps_max = 20'000'000;
  compiling patterns = compiling::once;
};

struct node_identity {
  address::domain host_name;
  /// Where mail for `postmaster@<host name>`, `postmaster` without domain and `abuse@<host name>`
  /// goes.
  std::vector<address::mailbox> postmaster;
  /// Our own addresses: `postmaster@[192.0.2.1]` is accepted for them (RFC 5321 §4.1.3); all other
  /// local parts there are unknown.
  std::vector<ip_address> addresses = {};
};

class routing_table : public std::enable_shared_from_this<routing_table> {
 public:
  /// How many steps a chain of forwards between our own addresses may have.
  static constexpr std::size_t forward_depth_max = 16;
  /// How many destinations one address may have, counted after such chains.
  static constexpr std::size_t destinations_max = 200;
  /// How much an event loop may do for one recipient: at worst about a tenth of a millisecond.
  static constexpr route_options at_once{.steps_max = 20'000, .patterns = compiling::never};
  /// How much checking the forwards of one zone may take when it is added: this much, and this much
  /// more for each of its rules.
  static constexpr std::uint64_t check_steps_max = 20'000'000;
  static constexpr std::uint64_t check_steps_per_rule = 1'000;

  /// errc::conflict names two zones or rules that claim the same name. errc::malformed names a rule
  /// outside its zone, a forward without destination, a destination that is an address of its own
  /// rule, forwards between local addresses that form a loop or end at an address that is unknown
  /// or refused, an invalid destination, or a reject text that is not printable ASCII.
  /// errc::limit_exceeded names one of the limits above or of zone_routes. Problems that depend on
  /// the message are not found here: mail that would loop is refused as unknown when it arrives.
  /// Forwards that take more than `check_steps_max` to follow are errc::limit_exceeded.
  static result<std::shared_ptr<const routing_table>> build(const std::vector<zone>& zones,
                                                            node_identity node);
  ~routing_table();

  /// Builds a table from zones that are added one by one, or from a table by replacing some of its
  /// zones, at the cost of the changed zones.
  ///
  /// Threads: one. Fails as build() does. Forwards between our own addresses are checked for the
  /// added zones; a change that removes what another zone forwards to is not an error: that address
  /// becomes unknown.
  class builder {
   public:
    explicit builder(node_identity node);
    explicit builder(const routing_table& from);
    ~builder();
    builder(const builder&) = delete;
    builder& operator=(const builder&) = delete;

    /// Adds the zone, replacing the one with its name; a disabled one is removed. After a failure
    /// everything is unchanged, and for a conflict `rival` is the name of the other zone.
    result<void> put(const zone& z, std::string* rival = nullptr);
    /// The zone's forwards are checked as if it had been added, without reading it again.
    void check_again(const address::domain& zone_name, std::string_view id);
    void remove(const address::domain& zone_name);
    /// The same, if the zone with that name has this id.
    void remove(const address::domain& zone_name, std::string_view id);
    /// Zones of several accounts: see routing_table::keeps_apart.
    void keep_apart(bool several_accounts);
    /// True if the name belongs to a zone or a subdomain.
    [[nodiscard]] bool has(const address::domain& name) const;
    /// Call only once.
    result<std::shared_ptr<const routing_table>> finish();

    /// Forwards between our own addresses that cannot be followed.
    struct chain_fault {
      std::string zone;  ///< its id; empty: the node's postmaster
      std::string rule;  ///< its id, `catch-all` or `postmaster`
      error why;
      std::uint64_t steps = 0;  ///< that checking the whole zone took
      /// Names of the zones, each once, whose rules were evaluated on the way: a change of these
      /// may fix it. At most `asked_max` and one more.
      std::vector<std::string> asked;
    };
    static constexpr std::size_t asked_max = 32;
    /// The same, but such forwards are reported instead of failing: mail for those addresses is
    /// refused as unknown. Call only once.
    std::shared_ptr<const routing_table> finish(std::vector<chain_fault>& faults);

   private:
    struct state;
    std::unique_ptr<state> state_;
  };

  /// The matching order. Candidates are: the plain rule of the exact address (with its `+detail`),
  /// else, with subaddressing, that of `user`; and every ordered rule of the zone that matches. The
  /// lowest priority goes first; among equals an exact address before `user`, before a glob, a
  /// regular expression and `all`; then a rule with conditions before one without; then the older.
  /// A rule whose conditions are not met is skipped. Then comes the catch-all, then 550 5.1.1.
  /// Disabled rules and zones are ignored.
  ///
  /// Conditions need `facts`. Without them, when a rule with conditions may decide, the decision is
  /// `undecided`, unless the recipient is refused in any case.
  ///
  /// A decision that takes more than `options.steps_max` is `costly`; one that depends on a missing
  /// rule (zone::missing_from) is `unavailable`. Both are 451, so that no mail is lost.
  ///
  /// `postmaster@` is never refused (RFC 5321 §4.5.1): rules that reject, rules for several
  /// addresses that drop, and missing rules are skipped; after the rules come the zone's
  /// postmaster, a catch-all that forwards, and the node's postmaster.
  ///
  /// A destination in a zone of the same account is replaced by where its own rule sends it, so the
  /// decision only names addresses outside the account, each once. If one of several such addresses
  /// refuses, the message is refused. For failover, one that refuses counts as failed and the next
  /// is tried; one that forwards to several has the rest as fallbacks of each.
  [[nodiscard]] route_decision route(const smtp::forward_path& recipient,
                                     const message_facts* facts = nullptr,
                                     const route_options& options = {}) const;
  /// The same with patterns and budget from `supply`.
  [[nodiscard]] route_decision route(const smtp::forward_path& recipient,
                                     const message_facts* facts, pattern_supply& supply) const;
  /// The same with `steps`.
  [[nodiscard]] route_decision explain(const smtp::forward_path& recipient,
                                       const message_facts* facts = nullptr) const;

  /// The zone that routes mail for `name`, or nullptr; valid as long as the table.
  [[nodiscard]] const zone_routes* find_zone(const address::domain& name) const;
  /// True if `name` (A-labels) is the name of a zone, a subdomain or the node, or is below one.
  [[nodiscard]] bool is_ours(std::string_view name) const;
  /// True if several accounts have zones: then the node's own mail (notifications, bounces on their
  /// way back, verification mails) does not go directly into a zone but where the DNS sends it.
  [[nodiscard]] bool keeps_apart() const;
  [[nodiscard]] std::size_t zone_count() const;
  [[nodiscard]] std::size_t rule_count() const;
  [[nodiscard]] const node_identity& node() const;

 private:
  struct impl;
  explicit routing_table(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::model
