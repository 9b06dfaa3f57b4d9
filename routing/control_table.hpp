// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The routing table built from the objects of the control plane, and what had to be left out of it.
//
//     SP_TRY(auto made, control_table::read(*store.read(), node, {}));
//     made.update(*store.read(), {zone_id});  // some milliseconds, however many zones there are
//     publish(made.table());
//
// Unusable objects do not affect anything else. A zone that cannot be built keeps its last good
// state, or
// is absent if it has none (its name is not a domain, or a domain of it belongs to another zone). A
// rule that cannot be used is treated as if it were disabled; one whose forwards between our own
// addresses cannot be followed refuses its mail as unknown. Each is logged once, and listed in
// `left_out`. It is checked again when it, or a zone that conflicts with it, changes; if there are
// many such zones, some with each update (`has_more`).
//
// Threads: one at a time. Limits: `texts_per_zone_max`, `zones_again_max`, `again_steps_max`.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "model/control/control_zone.hpp"
#include "model/routing/routing_table.hpp"

namespace signpost::routing {

/// What is configured but has no effect.
struct left_out_counts {
  std::size_t zones = 0;
  std::size_t rules = 0;
  friend bool operator==(const left_out_counts&, const left_out_counts&) = default;
};

class control_table {
 public:
  /// How many reasons are kept for one zone; of further ones only the number.
  static constexpr std::size_t texts_per_zone_max = 20;
  /// How many zones with something left out one update checks again.
  static constexpr std::size_t zones_again_max = 100;
  /// Steps (model::step_budget) that checking the forwards of such a zone may have taken; and five
  /// times as many for everything that an update checks.
  static constexpr std::uint64_t again_steps_max = 200'000;
  static constexpr std::uint64_t again_steps_at_once_max = 5 * again_steps_max;

  struct read_options {
    /// How many zones are put into the table in one step.
    std::size_t zones_at_once = 4096;
    /// Called between steps with the number of zones that were read; false ends the reading
    /// (errc::unavailable).
    std::function<bool(std::size_t)> between = {};
  };
  /// Reads everything; fails only as the store does.
  static result<control_table> read(const model::control_reader& now, model::node_identity node,
                                    const read_options& options);

  /// Reads these zones again; those that were deleted are removed.
  void update(const model::control_reader& now, const std::set<model::object_id>& zones);
  /// Some zones that an update may fix still have to be checked: call it again, without zones.
  [[nodiscard]] bool has_more() const { return !due_.empty(); }

  [[nodiscard]] const std::shared_ptr<const model::routing_table>& table() const { return table_; }
  [[nodiscard]] const left_out_counts& left_out() const { return left_out_; }
  /// Zones that the last update, or the reading of everything, took from the store.
  [[nodiscard]] std::size_t zones_read() const { return zones_read_; }
  /// `example.org, rule <id>: why`, `max` at most, in no particular order.
  [[nodiscard]] std::vector<std::string> reasons(std::size_t max) const;

 private:
  using builder = model::routing_table::builder;
  struct zone_faults {
    std::string name;
    std::optional<std::string> whole;  ///< why the zone could not be renewed at all
    std::size_t rules = 0;
    std::vector<std::string> texts;
    std::size_t chains = 0;  ///< forwards between our own addresses that cannot be followed
    std::vector<std::string> chain_texts;
    bool unread = false;  ///< the store did not answer
    /// Names of zones, and `@` with the account's: a change of one of these may fix it.
    std::set<std::string> waits_for;
    std::uint64_t steps = 0;  ///< the cost of checking it again

    void add(std::string text);
    void add_chain(const builder::chain_fault& chain, const std::string& account);
    [[nodiscard]] bool says_the_same(const zone_faults& other) const {
      return whole == other.whole && rules == other.rules && texts == other.texts
             && chains == other.chains && chain_texts == other.chain_texts;
    }
  };
  using fault_map = std::unordered_map<model::object_id, zone_faults>;

  control_table() = default;
  [[nodiscard]] std::string account_of(const std::string& zone_name) const;
  void add_changed(std::set<std::string>& changed, const model::object_id& id) const;
  void make_due(const std::set<std::string>& changed);
  void look_again(builder& b, const model::control_reader& now, fault_map& faults);
  void renew(builder& b, const model::control_reader& now, const model::object_id& id,
             zone_faults& faults);
  struct zone_facts {
    const model::zone_object& object;
    const std::vector<model::rule_object>& rules;
    const model::verified_question& is_verified;
    const model::zone_routes* before;  ///< as in the table; nullptr if it is not in it
  };
  void put(builder& b, const zone_facts& zone, zone_faults& faults);
  void drop(builder& b, const model::object_id& id);
  void finish(builder& b, fault_map faults);
  void note(const model::object_id& id, zone_faults faults);
  void forget(const model::object_id& id, const zone_faults& old);
  static void tell(const model::object_id& id, const zone_faults& faults);

  std::shared_ptr<const model::routing_table> table_;
  std::unordered_map<model::object_id, std::string> names_;  ///< of the zones in the table
  fault_map faults_;                                         ///< of zones with something left out
  /// For those: what each of them waits for; and what has changed since they were checked.
  std::unordered_map<std::string, std::set<model::object_id>> waiting_;
  std::set<model::object_id> due_;
  std::set<model::object_id> unread_;
  std::size_t zones_read_ = 0;
  std::optional<std::string> node_fault_;  ///< where mail for the node's postmaster goes
  left_out_counts left_out_;
};

}  // namespace signpost::routing
