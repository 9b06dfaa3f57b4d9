// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the mail path needs from one zone, packed: a node may hold ten million rules, so a plain
// rule
// (routing_rule::is_plain) takes its texts and twelve octets. Ordered rules, which few zones have,
// are in a list.
//
// Patterns are compiled when needed: a node with a million zones only gets mail for some.
//
// Threads: immutable except for compiled patterns, which any thread may keep and drop; any number
// may read.
// Limits: 4 GiB of rules in one zone, `ordered_rules_max`, `regex_steps_max`, `fallbacks_max`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/shared_slot.hpp"
#include "model/routing/compiled_patterns.hpp"
#include "model/routing/zone.hpp"

namespace signpost::model {

class zone_routes {
 public:
  /// How many rules of one zone are tried one after the other, at RCPT.
  static constexpr std::size_t ordered_rules_max = 1000;
  /// Steps of all regular expressions of one zone for each octet of an address: see
  /// address_pattern::regex_steps_max. Enough for a thousand expressions of a few words.
  static constexpr std::uint32_t regex_steps_max = 50'000;
  /// How many mailboxes a destination may have for failover.
  static constexpr std::size_t fallbacks_max = 50;

  /// A rule, a catch-all (then `address` is empty) or the zone's postmaster as stored in the pack;
  /// valid as long as the zone's routes.
  struct packed_rule {
    std::string_view id;
    std::string_view address;  ///< folded; for an ordered rule its subject
    /// For a plain rule 0 if the zone has no ordered rules, because it is then not needed.
    double priority = 0;
    action_kind kind = action_kind::drop;
    std::string_view reject_text;
    std::string_view packed_destinations;

    [[nodiscard]] std::vector<destination> destinations() const;
  };

  /// The order in which rules of one priority are tried: the more specific first.
  enum class specificity : std::uint8_t {
    exact,  ///< this address, with its `+detail`
    base,   ///< the address without it
    glob,
    regex,
    all,
  };

  /// A rule that is not plain, in the form in which it is tried. One for an address is in the list
  /// as `exact` and, if the zone has subaddressing, also as `base`.
  struct ordered_rule {
    double priority = 0;
    specificity rank = specificity::all;
    std::uint32_t offset = 0;  ///< see `at`
    std::uint32_t number = 0;  ///< the index of a pattern among those of its kind: see
                               ///< compiled_patterns
    std::string address;       ///< of exact and base, folded
    address_pattern pattern;
    rule_conditions conditions;
  };

  /// errc::conflict for two plain rules with the same address. errc::malformed names an invalid
  /// subdomain, a rule outside the zone, a forward without destination or to its own address, an
  /// invalid destination, a reject text that is not printable ASCII. errc::limit_exceeded
  /// names a limit. Disabled rules and catch-alls are omitted.
  static result<std::shared_ptr<const zone_routes>> build(const zone& z);

  [[nodiscard]] const std::string& id() const { return id_; }
  /// See zone::account.
  [[nodiscard]] const std::string& account() const { return account_; }
  [[nodiscard]] const address::domain& name() const { return hosts_.front(); }
  [[nodiscard]] bool subaddressing() const { return subaddressing_; }
  [[nodiscard]] const admission_policy& admission() const { return admission_; }
  /// The domains that are routed: the zone's name, then its subdomains.
  [[nodiscard]] const std::vector<address::domain>& hosts() const { return hosts_; }
  [[nodiscard]] std::size_t rule_count() const {
    return index_.size() + (ordered_ ? ordered_->rules : 0);
  }

  /// The plain rule with this address.
  [[nodiscard]] std::optional<packed_rule> find(const address::mailbox& to) const;
  /// In the order in which they are tried: by priority, by specificity, those with conditions
  /// before those without, then in the zone's order.
  [[nodiscard]] std::span<const ordered_rule> ordered() const;
  /// From here on the zone's rules are incomplete: mail that no earlier rule takes is not decided.
  [[nodiscard]] std::optional<std::pair<double, specificity>> missing_from() const;

  /// Rules with patterns or conditions.
  [[nodiscard]] std::size_t ordered_count() const { return ordered_ ? ordered_->rules : 0; }
  /// For all regular expressions, for each octet of an address.
  [[nodiscard]] std::uint32_t regex_steps() const;
  /// The cost of compiling the zone's patterns.
  [[nodiscard]] std::uint64_t steps_to_compile() const;
  /// errc::limit_exceeded: see compiled_patterns.
  [[nodiscard]] result<std::shared_ptr<const compiled_patterns>> compile() const;
  /// The kept patterns, or nullptr. Only for a zone with ordered rules.
  [[nodiscard]] std::shared_ptr<const compiled_patterns> kept() const;
  void keep(std::shared_ptr<const compiled_patterns> compiled) const;

  /// What an ordered rule does.
  [[nodiscard]] packed_rule action_of(const ordered_rule& rule) const { return at(rule.offset); }
  /// The catch-all of `hosts()[host]`.
  [[nodiscard]] std::optional<packed_rule> rest(std::size_t host) const;
  /// Where mail for postmaster goes; nothing if the zone does not specify it.
  [[nodiscard]] std::optional<packed_rule> postmaster() const;
  /// All rules, then the catch-alls, then the postmaster; ends at the first error.
  result<void> for_each(const std::function<result<void>(const packed_rule&)>& look) const;

 private:
  static constexpr std::uint32_t none = 0xffffffff;
  struct entry {
    std::uint32_t hash = 0;
    std::uint32_t offset = 0;
  };

  explicit zone_routes(const zone& z);
  result<void> add_hosts(const zone& z);
  result<void> add_rules(const zone& z);
  struct ordered_rules {
    std::vector<ordered_rule> list;
    std::uint32_t rules = 0;  ///< the list may have more
    std::uint32_t globs = 0;
    std::uint32_t regexes = 0;
    std::uint64_t regex_steps = 0;
    std::optional<std::pair<double, specificity>> missing_from;
    mutable shared_slot<compiled_patterns> compiled;
  };

  void add_ordered(const routing_rule& rule, ordered_rules& to);
  result<void> keep_ordered(const zone& z, std::unique_ptr<ordered_rules> made);
  result<void> add_rest(const zone& z, std::size_t host, const catch_all& rest);
  result<void> add_subdomain_rests(const zone& z);
  result<void> check_rule(const zone& z, const routing_rule& rule) const;
  [[nodiscard]] bool is_within(const routing_rule& rule) const;
  result<void> refuse_duplicates(const zone& z);
  [[nodiscard]] std::optional<std::size_t> host_number(const address::domain& name) const;
  std::uint32_t pack(std::string_view id, std::string_view address, const rule_action& action,
                     double priority = 0);
  [[nodiscard]] packed_rule at(std::uint32_t offset) const;

  std::string id_;
  std::string account_;
  std::vector<address::domain> hosts_;
  admission_policy admission_;
  bool subaddressing_ = false;
  std::uint32_t postmaster_ = none;
  /// nullptr if there are none.
  std::unique_ptr<const ordered_rules> ordered_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rests_;  ///< host number and offset
  std::vector<entry> index_;                                    ///< by hash
  std::string pack_;
};

/// A hash of a text that was folded already.
[[nodiscard]] std::uint32_t folded_hash(std::string_view folded);

}  // namespace signpost::model
