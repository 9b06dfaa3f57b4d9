// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One change in the making, in a transaction that holds the lock of `head`: nobody else changes
// anything meanwhile, so that what was looked up stays true. For the files of storage/ only.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "model/control/control_transaction.hpp"
#include "storage/postgres/postgres_queries.hpp"

namespace signpost::storage::postgres {

/// As `model::control_transaction` says. Threads: one.
class postgres_writing final
    : public control_reading<model::control_transaction, postgres_queries> {
 public:
  /// Zones, and objects, that a change names; with more it says all of them.
  static constexpr std::size_t named_max = 10'000;

  /// `before`: the last change there is. `random` seals settings, and outlives this.
  postgres_writing(postgres_queries queries, model::feed_position before, random_source& random);

  result<void> put(const model::account& account) override;
  result<void> remove_account(std::string_view id) override;
  result<void> put(const model::zone_object& zone) override;
  result<void> remove_zone(std::string_view id) override;
  result<void> put(const model::rule_object& rule) override;
  result<void> remove_rule(std::string_view zone, std::string_view id) override;
  result<void> put(const model::destination_address& address) override;
  result<void> remove_address(std::string_view account, std::string_view id) override;
  result<void> put(const model::api_token& token) override;
  result<void> remove_token(std::string_view id) override;
  result<void> put_setting(std::string_view name, std::string_view value) override;
  result<void> put_usage(std::string_view name, const model::usage_count& usage) override;
  void audit(model::audit_entry entry) override { entries_.push_back(std::move(entry)); }

  /// Writes revision, change record and audit entries, and removes change records older than
  /// `keep`; what the change was, with revision 0 if nothing was written. errc::malformed: no audit
  /// entry, or a bad one.
  result<model::change_record> finish(wall_time now, std::uint64_t keep);

  /// Every zone has to be read again, and every object.
  void touch_all();
  /// New rules of a zone that has none, without looking for others.
  result<void> insert_rules(const model::zone_object& zone,
                            const std::vector<model::rule_object>& rules);

 private:
  result<rows> run(const statement& s) {
    wrote_ = true;
    return at().run(s);
  }
  result<void> write(const statement& s);
  session& at() const { return queries().at(); }
  /// Adds to the counters of an account and of the whole.
  result<void> count(std::string_view account, std::string_view column, std::int64_t by,
                     std::string_view total = {});
  result<void> require_account(std::string_view id) const;
  result<void> require_free(const statement& others, std::string_view field) const;
  result<void> touch_users_of(const model::destination_address& address);
  void touch(std::string zone);
  void note(object_kind kind, std::string_view name, std::string_view more = {});
  result<void> write_audit();

  const model::feed_position before_;
  random_source& random_;
  bool wrote_ = false;
  std::set<std::string, std::less<>> touched_;
  bool all_touched_ = false;
  std::set<std::string, std::less<>> objects_;  ///< a letter and the octets of ids or a name
  bool all_objects_ = false;
  std::vector<model::audit_entry> entries_;
};

/// The statement that inserts a new object.
statement insert_of(const model::zone_object& zone);
statement insert_of(const model::destination_address& address);

/// Adds entries to the audit log; `place`: what distinguishes those of one millisecond.
struct placed_entry {
  model::audit_entry entry;
  std::string place;
  bool refused = false;
};
result<void> write_entries(session& at, const std::vector<placed_entry>& entries);

}  // namespace signpost::storage::postgres
