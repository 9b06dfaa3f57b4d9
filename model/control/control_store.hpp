// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the control plane keeps its objects: reading at one moment, changing one after another, and
// a record of every change. `storage::open_control_store` is the one that a single node embeds.
//
//     const auto now = store.read();                            // one moment, for as long as held
//     SP_TRY(const auto zone, now->zone_of(account, zone_id));  // errc::not_found becomes a 404
//     SP_TRY(const auto zones, now->zones(account, {.page = 2, .per_page = 50}));
//
//     SP_TRY(const auto done, store.change<rule_object>([&](control_transaction& t)
//                                                            -> result<rule_object> {
//       SP_TRY(auto rule, t.rule(zone_id, rule_id));            // sees what it wrote itself
//       rule.enabled = false;
//       SP_CHECK(t.put(rule));                                  // indexes and counters follow
//       t.audit({.id = …, .when = …, .action = "update", …});   // the store fills in `revision`
//       return rule;
//     }));                                                      // on the disk when this returns
//
// Ids are 32 lower-case hexadecimal digits. Asked for anything else the store answers
// errc::not_found, given anything else errc::malformed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::model {

enum class sort_order : std::uint8_t { ascending, descending };

/// One page of a list. Totals come from counters and cost nothing; to reach a deep page its
/// predecessors' keys (not their objects) are stepped over.
struct page_query {
  std::uint64_t page = 1;  ///< 0 counts as 1; one past the end is empty
  std::uint32_t per_page = 20;
  sort_order order = sort_order::ascending;
};

template <typename T>
struct page_of {
  std::vector<T> items;
  std::uint64_t total = 0;  ///< of the whole list
};

/// Which objects of a list are wanted; empty = all. With one, the whole list is read to count it.
template <typename T>
using filter_of = std::function<bool(const T&)>;

/// One committed change: which zones the mail path has to look at again.
struct change_record {
  std::uint64_t revision = 0;
  wall_time when;
  /// Zones made, changed or removed, whose rules were, or with a rule that forwards to an address
  /// that was verified or removed; in no order, each once.
  std::vector<object_id> zones;
  bool all_zones = false;  ///< too many to list (an import): everything has to be read again
  friend bool operator==(const change_record&, const change_record&) = default;
};

struct rule_name {
  object_id zone;
  object_id rule;
  friend auto operator<=>(const rule_name&, const rule_name&) = default;
};

struct audit_query {
  /// Of this account; empty = of all, for administrators.
  object_id account;
  sort_order order = sort_order::descending;  ///< by time: newest first
  std::optional<wall_time> since;             ///< from then on
  std::optional<wall_time> before;            ///< older than that
  filter_of<audit_entry> filter;
  std::string cursor;      ///< `audit_page::next` of the page before
  std::uint64_t skip = 0;  ///< entries that pass the filter, left out at the beginning
  std::size_t max = 100;   ///< entries on this page
  /// Entries looked at; a page may end early for that, and then has a `next`.
  std::size_t examine_max = 200'000;
};

struct audit_page {
  std::vector<audit_entry> entries;
  std::string next;  ///< printable; empty = nothing further
};

struct control_totals {
  std::uint64_t accounts = 0;
  std::uint64_t zones = 0;
  std::uint64_t rules = 0;  ///< with catch-alls
  friend bool operator==(const control_totals&, const control_totals&) = default;
};

/// The set-up at one moment. Every question fails with errc::not_found if there is no such object
/// (lists are empty instead), errc::corrupt, or errc::unavailable if the disk does not answer.
///
/// Threads: one at a time; any number of readers side by side. Not to be kept: old versions stay on
/// the disk as long as a reader of them lives.
class control_reader {
 public:
  virtual ~control_reader() = default;

  /// The last change that is seen; 0 = none was ever made.
  [[nodiscard]] virtual result<std::uint64_t> revision() const = 0;
  [[nodiscard]] virtual result<control_totals> totals() const = 0;

  [[nodiscard]] virtual result<model::account> account(std::string_view id) const = 0;
  /// By creation.
  [[nodiscard]] virtual result<page_of<model::account>> accounts(const page_query& query) const = 0;

  [[nodiscard]] virtual result<zone_object> zone(std::string_view id) const = 0;
  /// The zone if it is in this account, else errc::not_found: no telling that it exists.
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
  /// Zones whose ownership has to be looked at now and then: those that are not active, and those
  /// whose proof stands in the DNS. By id, after `after` (empty = from the beginning).
  [[nodiscard]] virtual result<std::vector<zone_object>> zones_to_check(std::string_view after,
                                                                        std::size_t max) const = 0;
  /// Zones of the account that are not active.
  [[nodiscard]] virtual result<std::uint64_t> inactive_zones(std::string_view account) const = 0;
  /// By name; of every account if `account` is empty.
  [[nodiscard]] virtual result<page_of<zone_object>> zones(
      std::string_view account, const page_query& query,
      const filter_of<zone_object>& filter = {}) const = 0;

  [[nodiscard]] virtual result<rule_object> rule(std::string_view zone,
                                                 std::string_view id) const = 0;
  [[nodiscard]] virtual result<rule_object> catch_all(std::string_view zone) const = 0;
  /// By priority, then creation, the catch-all last. The total counts the catch-all.
  [[nodiscard]] virtual result<page_of<rule_object>> rules(
      std::string_view zone, const page_query& query,
      const filter_of<rule_object>& filter = {}) const = 0;
  /// All rules of a zone in that order; errc::limit_exceeded if there are more than `max`.
  [[nodiscard]] virtual result<std::vector<rule_object>> all_rules(std::string_view zone,
                                                                   std::size_t max) const = 0;
  /// Of all zones of an account: zone by zone, zones by name.
  [[nodiscard]] virtual result<page_of<rule_object>> rules_of_account(
      std::string_view account, const page_query& query,
      const filter_of<rule_object>& filter = {}) const = 0;
  /// The rule whose only matcher is of this type and value; a literal value without regard to case.
  /// The catch-all for `all`.
  [[nodiscard]] virtual result<rule_object> rule_by_matcher(std::string_view zone,
                                                            std::string_view type,
                                                            std::string_view value) const = 0;
  /// Rules in the account's zones with this address among the destinations of a `forward` or
  /// `failover`, `max` at most, in no order.
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
  /// False also if there is no such address: mail may not be forwarded to it.
  [[nodiscard]] virtual result<bool> is_verified(std::string_view account,
                                                 std::string_view email) const = 0;

  [[nodiscard]] virtual result<api_token> token(std::string_view id) const = 0;
  /// `secret_hash`: 32 octets.
  [[nodiscard]] virtual result<api_token> token_by_hash(std::string_view secret_hash) const = 0;
  /// By issue; the administrator's own if `account` is empty.
  [[nodiscard]] virtual result<page_of<api_token>> tokens(std::string_view account,
                                                          const page_query& query) const = 0;

  /// A small value of the node's own (a key it made, a mark that something was done).
  [[nodiscard]] virtual result<std::string> setting(std::string_view name) const = 0;

  /// What was counted last under this name, whether its span has ended or not; nothing counted is
  /// no error.
  [[nodiscard]] virtual result<usage_count> usage(std::string_view name) const = 0;

  /// errc::malformed: the cursor is none of ours.
  [[nodiscard]] virtual result<audit_page> audit_log(const audit_query& query) const = 0;
  /// By its id, if it belongs to the account (empty = any).
  [[nodiscard]] virtual result<audit_entry> audit_record(std::string_view account,
                                                         std::string_view id) const = 0;

  /// What came after `revision`, oldest first, `max` at most. errc::not_found: changes that old are
  /// no longer listed, or the revision is of the future; read everything again.
  [[nodiscard]] virtual result<std::vector<change_record>> changes_since(std::uint64_t revision,
                                                                         std::size_t max) const = 0;

  /// Everything the mail path needs, in one pass over the disk: each zone in order of its id, with
  /// its rules as `rules` has them. Ends early with an error that `visit` returns.
  using zone_visitor = std::function<result<void>(zone_object, std::vector<rule_object>)>;
  virtual result<void> for_each_zone(const zone_visitor& visit) const = 0;
  /// Every verified destination: account id and the address in lower case; account by account.
  using verified_visitor = std::function<result<void>(std::string_view, std::string_view)>;
  virtual result<void> for_each_verified_address(const verified_visitor& visit) const = 0;
};

/// One change in the making: reads see what it has written, nobody else does. A `put` makes or
/// replaces, fails with errc::malformed (an id that is none, texts over `control_limits`),
/// errc::conflict (something unique is taken, as said below; the context names the field) or
/// errc::not_found (what it belongs to does not exist), and has then written nothing. A `remove`
/// fails with errc::not_found.
class control_transaction : public control_reader {
 public:
  virtual result<void> put(const model::account& account) = 0;
  /// errc::conflict: it has zones, addresses or tokens left.
  virtual result<void> remove_account(std::string_view id) = 0;

  /// errc::conflict `name`: another active zone, or another zone of the account has it; `account`:
  /// zones stay where they were made.
  virtual result<void> put(const zone_object& zone) = 0;
  /// With all its rules.
  virtual result<void> remove_zone(std::string_view id) = 0;

  /// errc::conflict `matcher`: another rule of the zone has equal ones, all of them, in whatever
  /// order; `catch_all`: another rule is the zone's catch-all.
  virtual result<void> put(const rule_object& rule) = 0;
  virtual result<void> remove_rule(std::string_view zone, std::string_view id) = 0;

  /// errc::conflict `email`: another address of the account is the same; `account`.
  virtual result<void> put(const destination_address& address) = 0;
  /// Rules that forward to it stay; `rules_forwarding_to` names them.
  virtual result<void> remove_address(std::string_view account, std::string_view id) = 0;

  /// errc::conflict `secret_hash`; `account`.
  virtual result<void> put(const api_token& token) = 0;
  virtual result<void> remove_token(std::string_view id) = 0;

  virtual result<void> put_setting(std::string_view name, std::string_view value) = 0;

  /// `name` without NUL. A span that has ended must not be written again: a new one begins.
  virtual result<void> put_usage(std::string_view name, const usage_count& usage) = 0;

  /// Adds an entry to the audit log, written with the change, or not at all. A change that writes
  /// anything must have at least one.
  virtual void audit(audit_entry entry) = 0;
};

/// Makes many new objects at once, all or nothing, faster than changes could. Other changes are
/// refused (errc::unavailable) while one is under way. Destroyed without `finish`: nothing
/// happened. After an error only destruction is left.
///
/// Threads: one.
class control_import {
 public:
  virtual ~control_import() = default;
  /// As `control_transaction::put`, but errc::conflict also if the object exists already, in the
  /// store or in this import.
  virtual result<void> add(const model::account& account) = 0;
  virtual result<void> add(const destination_address& address) = 0;
  /// A zone and all of its rules. Its account need not have been added before.
  virtual result<void> add(const zone_object& zone, const std::vector<rule_object>& rules) = 0;
  /// Makes everything visible and durable as one change with one audit entry; its revision.
  /// errc::not_found: an account is missing.
  virtual result<std::uint64_t> finish(audit_entry entry) = 0;
};

/// Bounds on what is stored, so that keys and values stay small; the API's own are narrower.
struct control_limits {
  static constexpr std::size_t name_octets_max = 1024;      ///< names, emails, texts of objects
  static constexpr std::size_t value_octets_max = 8192;     ///< of a matcher or an action
  static constexpr std::size_t list_max = 1000;             ///< matchers, actions, policies, …
  static constexpr std::size_t audit_octets_max = 65536;    ///< each text of an audit entry; cut
  static constexpr std::size_t audit_entries_max = 60'000;  ///< of one change
  static constexpr std::size_t setting_octets_max = 65536;
};

/// Threads: all from any.
class control_store {
 public:
  virtual ~control_store() = default;

  [[nodiscard]] virtual std::unique_ptr<const control_reader> read() const = 0;

  /// Runs `work` with a transaction and commits what it wrote if it succeeds. Changes are made one
  /// after another; those that wait at the same time share one sync, so `work` may run on another
  /// caller's thread. It must not block, throw, or call `change` itself. Nothing was changed if
  /// this fails: with the error of `work`; errc::malformed, no audit entry; errc::no_space;
  /// errc::unavailable, the disk failed (after a restart the change may then turn up after all,
  /// whole, with its audit entry). A change that wrote nothing has no revision.
  template <typename T>
  result<T> change(const std::function<result<T>(control_transaction&)>& work) {
    if constexpr (std::is_void_v<T>) {
      SP_TRY([[maybe_unused]] const auto revision, commit(work));
      return {};
    } else {
      std::optional<T> value;
      SP_TRY([[maybe_unused]] const auto revision,
             commit([&](control_transaction& t) -> result<void> {
               SP_TRY(value, work(t));
               return {};
             }));
      return std::move(*value);
    }
  }
  /// The same; returns the revision, 0 if nothing was written.
  virtual result<std::uint64_t> commit(
      const std::function<result<void>(control_transaction&)>& work) = 0;

  /// Notes an attempt that was refused; its `revision` is 0. Never waits for the disk's sync: what
  /// was noted in the last moments before a crash may be lost, and more than
  /// `pending_refusals_max` at once are.
  virtual void record_refusal(audit_entry entry) = 0;
  static constexpr std::size_t pending_refusals_max = 1000;

  /// `told` hears of every change from now on, in order of revisions, after it is durable and
  /// before its caller is answered. It must be quick and must not make changes.
  virtual void on_change(std::function<void(const change_record&)> told) = 0;

  /// errc::unavailable: another import is under way.
  virtual result<std::unique_ptr<control_import>> begin_import() = 0;

  /// Why no change is made: changes that were answered are missing, and the operator has not said
  /// that he knows; or the store has failed. Empty if that is not so. Cheap, any thread.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// How many changes are missing.
  [[nodiscard]] virtual std::uint64_t unaccounted() const { return 0; }

  /// Removes audit entries older than `before`, `max` at most; how many went.
  virtual result<std::size_t> expire_audit(wall_time before, std::size_t max) = 0;
  /// The same for attempts that were refused, which are kept for a shorter time. Each call goes on
  /// where the last one ended; by one thread.
  virtual result<std::size_t> expire_refusals(wall_time before, std::size_t max) = 0;
  /// Removes counts whose span ended before `before`, `max` at most; how many went.
  virtual result<std::size_t> expire_usage(wall_time before, std::size_t max) = 0;

  /// After a failed write: looks whether the disk takes changes again. True while it does not, for
  /// another reason than lack of room; `trouble` says why. One thread; it may wait for the disk.
  virtual bool is_failed() { return false; }

  /// For how long the oldest change that the disk has not answered has been under way; zero: none
  /// is. Cheap, any thread, also while the disk hangs.
  [[nodiscard]] virtual milliseconds waited() const { return milliseconds{0}; }
};

}  // namespace signpost::model
