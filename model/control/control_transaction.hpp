// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Changing the setup: one change at a time, or an import of many objects at once.
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
// An id that is not 32 lower-case hexadecimal digits is errc::malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/control/control_objects.hpp"
#include "model/control/control_reader.hpp"

namespace signpost::model {

/// Bounds on what is stored, so that keys and values stay small; the API's own are narrower.
struct control_limits {
  static constexpr std::size_t name_octets_max = 1024;      ///< names, emails, texts of objects
  static constexpr std::size_t value_octets_max = 8192;     ///< of a matcher or an action
  static constexpr std::size_t list_max = 1000;             ///< matchers, actions, policies, …
  static constexpr std::size_t audit_octets_max = 65536;    ///< each text of an audit entry; cut
  static constexpr std::size_t audit_entries_max = 60'000;  ///< of one change
  static constexpr std::size_t setting_octets_max = 65536;
};

/// One change in progress: its own reads see what it has written, nobody else does. A `put` creates
/// or replaces. It fails with errc::malformed (an invalid id, texts over `control_limits`),
/// errc::conflict (something unique is taken, as described below; the context names the field) or
/// errc::not_found (what it belongs to does not exist), and has then written nothing. A `remove`
/// fails with errc::not_found.
class control_transaction : public control_reader {
 public:
  virtual result<void> put(const model::account& account) = 0;
  /// errc::conflict: it still has zones, addresses or tokens.
  virtual result<void> remove_account(std::string_view id) = 0;

  /// errc::conflict `name`: another active zone, or another zone of the account has it; `account`:
  /// zones stay where they were created.
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

/// Creates many new objects at once, all or nothing, faster than changes could. Other changes are
/// refused (errc::unavailable) while one is under way. Destroyed without `finish`: nothing
/// happened. After an error it can only be destroyed.
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

}  // namespace signpost::model
