// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading the setup as it was at one moment.
//
//     const auto now = store.read();                            // one moment, for as long as held
//     SP_TRY(const auto zone, now->zone_of(account, zone_id));  // errc::not_found becomes a 404
//     SP_TRY(const auto zones, now->zones(account, {.page = 2, .per_page = 50}));
//
// Ids are 32 lower-case hexadecimal digits; for any other text the answer is errc::not_found.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/control/audit_query.hpp"
#include "model/control/change_feed.hpp"
#include "model/control/control_lists.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::model {

struct rule_name {
  object_id zone;
  object_id rule;
  friend auto operator<=>(const rule_name&, const rule_name&) = default;
};

struct control_totals {
  std::uint64_t accounts = 0;
  std::uint64_t zones = 0;
  std::uint64_t rules = 0;  ///< with catch-alls
  friend bool operator==(const control_totals&, const control_totals&) = default;
};

/// The setup at one moment. Every query fails with errc::not_found if there is no such object
/// (lists are empty instead), errc::corrupt, or errc::unavailable if the disk does not answer.
///
/// Threads: one at a time; any number of readers side by side. Do not keep them: old versions stay
/// on the disk as long as a reader of them exists.
class control_reader {
 public:
  /// The longest list that can be sorted in an order other than the store's own.
  static constexpr std::size_t sorted_max = 100'000;

  virtual ~control_reader() = default;

  /// The last visible change. A reader that copies the contents continues with the change feed from
  /// this position.
  [[nodiscard]] virtual result<feed_position> position() const = 0;
  /// Of the last visible change; 0 = none was ever made.
  [[nodiscard]] result<std::uint64_t> revision() const {
    SP_TRY(const auto at, position());
    return at.revision;
  }
  [[nodiscard]] virtual result<control_totals> totals() const = 0;

  [[nodiscard]] virtual result<model::account> account(std::string_view id) const = 0;
  /// By creation.
  [[nodiscard]] virtual result<page_of<model::account>> accounts(
      const page_query& query, const account_filter& filter = {}) const = 0;

  [[nodiscard]] virtual result<zone_object> zone(std::string_view id) const = 0;
  /// The zone if it is in this account, otherwise errc::not_found: its existence is not disclosed.
  [[nodiscard]] result<zone_object> zone_of(std::string_view account, std::string_view id) const {
    SP_TRY(auto found, zone(id));
    if (found.account != account) return fail(errc::not_found, "zone");
    return found;
  }
  /// The active one. `name` in A-labels, lower case.
  [[nodiscard]] virtual result<zone_object> zone_by_name(std::string_view name) const = 0;
  /// The account's, whatever its status.
  [[nodiscard]] virtual result<zone_object> zone_by_name(std::string_view account,
                                                         std::string_view name) const = 0;
  /// Of all accounts, the active one first; `max` at most.
  [[nodiscard]] virtual result<std::vector<zone_object>> zones_named(std::string_view name,
                                                                     std::size_t max) const = 0;
  /// Active zones of other accounts than `account` whose names are above or below `name`, those
  /// above first; `max` at most.
  [[nodiscard]] virtual result<std::vector<zone_object>> zones_around(std::string_view account,
                                                                      std::string_view name,
                                                                      std::size_t max) const = 0;
  /// Zones whose ownership has to be checked from time to time: those that are not active, and
  /// those whose proof is in the DNS. By id, after `after` (empty = from the beginning).
  [[nodiscard]] virtual result<std::vector<zone_object>> zones_to_check(std::string_view after,
                                                                        std::size_t max) const = 0;
  /// Zones of the account that are not active.
  [[nodiscard]] virtual result<std::uint64_t> inactive_zones(std::string_view account) const = 0;
  /// Of every account if `account` is empty. errc::limit_exceeded: the order is not by name, and
  /// more than `sorted_max` zones pass.
  [[nodiscard]] virtual result<page_of<zone_object>> zones(
      std::string_view account, const page_query& query, const zone_filter& filter = {},
      zone_order by = zone_order::name) const = 0;

  [[nodiscard]] virtual result<rule_object> rule(std::string_view zone,
                                                 std::string_view id) const = 0;
  [[nodiscard]] virtual result<rule_object> catch_all(std::string_view zone) const = 0;
  /// The total includes the catch-all. errc::limit_exceeded: the order is not by ascending priority
  /// and the zone has more than `sorted_max` rules.
  [[nodiscard]] virtual result<page_of<rule_object>> rules(
      std::string_view zone, const page_query& query, const rule_filter& filter = {},
      rule_order by = rule_order::priority) const = 0;
  /// All rules of a zone by priority; errc::limit_exceeded if there are more than `max`.
  [[nodiscard]] virtual result<std::vector<rule_object>> all_rules(std::string_view zone,
                                                                   std::size_t max) const = 0;
  /// Of all zones of an account, or of the visible ones: zones by name, the rules of each in the
  /// order of `rules`. Descending is the exact reverse.
  [[nodiscard]] virtual result<page_of<rule_object>> rules_of_account(
      std::string_view account, const page_query& query, const rule_filter& filter = {},
      const std::optional<visibility>& visible = std::nullopt) const = 0;
  /// The rule whose only matcher is of this type and value; a literal value without regard to case.
  /// The catch-all for `all`.
  [[nodiscard]] virtual result<rule_object> rule_by_matcher(std::string_view zone,
                                                            std::string_view type,
                                                            std::string_view value) const = 0;
  /// Rules in the account's zones with this address among the destinations of a `forward` or
  /// `failover`, `max` at most, in no particular order.
  [[nodiscard]] virtual result<std::vector<rule_name>> rules_forwarding_to(
      std::string_view account, std::string_view email, std::size_t max) const = 0;
  /// Rules in the account's zones with this `owner_worker_tag`, in the same way.
  [[nodiscard]] virtual result<std::vector<rule_name>> rules_owned_by(std::string_view account,
                                                                      std::string_view tag,
                                                                      std::size_t max) const = 0;

  [[nodiscard]] virtual result<destination_address> address(std::string_view account,
                                                            std::string_view id) const = 0;
  /// Without regard to case.
  [[nodiscard]] virtual result<destination_address> address_by_email(
      std::string_view account, std::string_view email) const = 0;
  /// By creation; only verified or only unverified ones if `verified` is set.
  [[nodiscard]] virtual result<page_of<destination_address>> addresses(
      std::string_view account, const page_query& query,
      std::optional<bool> verified = std::nullopt) const = 0;
  /// Also false if the address does not exist: mail may not be forwarded to it.
  [[nodiscard]] virtual result<bool> is_verified(std::string_view account,
                                                 std::string_view email) const = 0;

  [[nodiscard]] virtual result<api_token> token(std::string_view id) const = 0;
  /// `secret_hash`: 32 octets.
  [[nodiscard]] virtual result<api_token> token_by_hash(std::string_view secret_hash) const = 0;
  /// By issue; the administrator's own if `account` is empty.
  [[nodiscard]] virtual result<page_of<api_token>> tokens(std::string_view account,
                                                          const page_query& query) const = 0;

  /// A small value of the node itself (a key it created, a mark that something was done).
  [[nodiscard]] virtual result<std::string> setting(std::string_view name) const = 0;

  /// What was counted last under this name, whether or not its span has ended; it is not an error
  /// if nothing was counted.
  [[nodiscard]] virtual result<usage_count> usage(std::string_view name) const = 0;

  /// errc::malformed: the cursor is not ours.
  [[nodiscard]] virtual result<audit_page> audit_log(const audit_query& query) const = 0;
  /// By its id, if it belongs to the account (empty = any).
  [[nodiscard]] virtual result<audit_entry> audit_record(std::string_view account,
                                                         std::string_view id) const = 0;

  /// Everything the mail path needs, in one pass over the disk: each zone in order of its id, with
  /// its rules as `rules` has them. Ends early with an error that `visit` returns.
  using zone_visitor = std::function<result<void>(zone_object, std::vector<rule_object>)>;
  virtual result<void> for_each_zone(const zone_visitor& visit) const = 0;
  /// Every verified destination: account id and the address in lower case; account by account.
  using verified_visitor = std::function<result<void>(std::string_view, std::string_view)>;
  virtual result<void> for_each_verified_address(const verified_visitor& visit) const = 0;
  /// Every setting by its name, in octet order.
  using setting_visitor = std::function<result<void>(std::string_view, std::string_view)>;
  virtual result<void> for_each_setting(const setting_visitor& visit) const = 0;
};

}  // namespace signpost::model
