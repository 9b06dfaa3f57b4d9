// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Imports accounts, addresses and zones into a control store, all or nothing.
//
//     SP_TRY(auto importer, store_importer::begin(store, options, defaults));
//     SP_CHECK(importer->add(line));     // as often as there is something
//     SP_TRY(const auto counts, importer->finish());
//
// Threads: one at a time. Memory: a hash for each zone and the text of each destination.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "apps/signpost/offline/control_lines.hpp"
#include "model/control/control_store.hpp"

namespace signpost::cli {

struct import_options {
  /// Name or id of the account for objects that do not name one; created if no account has that
  /// name. Empty: the only account of the store, or `Signpost` if it has none.
  std::string account;
  /// Existing zones stay unchanged; otherwise they are an error.
  bool skip_existing = false;
  /// Destinations of rules become verified addresses of the zone's account.
  bool trust_destinations = false;
};

struct import_counts {
  std::uint64_t accounts = 0;
  std::uint64_t addresses = 0;
  std::uint64_t zones = 0;
  std::uint64_t rules = 0;
  std::uint64_t zones_skipped = 0;
  std::uint64_t unverified = 0;              ///< destinations that will get no mail
  std::vector<std::string> unverified_some;  ///< the first of them
};

class store_importer {
 public:
  static constexpr std::size_t unverified_named_max = 5;

  /// errc::unavailable: another import is under way; errc::not_found, errc::conflict: the account
  /// cannot be determined. All must outlive the importer.
  static result<std::unique_ptr<store_importer>> begin(model::control_store& store,
                                                       import_options options,
                                                       line_defaults defaults);
  /// errc::conflict names a zone that already exists; errc::malformed names what the mail path
  /// cannot use. After an error the importer can only be destroyed, and nothing has changed.
  result<void> add(control_line line);
  /// Makes everything visible at once.
  result<import_counts> finish();
  [[nodiscard]] const import_counts& counts() const { return counts_; }

 private:
  store_importer(model::control_store& store, import_options options, line_defaults defaults);
  result<void> read_accounts();
  result<void> add_account(model::account account);
  result<void> add_address(model::destination_address address);
  result<void> add_zone(zone_with_rules zone);
  /// The account to which a line refers.
  result<model::object_id> account_for(const std::string& said);
  result<model::object_id> default_account();
  result<bool> is_there(const model::zone_object& zone) const;
  result<void> look_at_destinations(const zone_with_rules& zone);
  result<void> look_at(const model::object_id& account, const std::string& email);
  void note_unverified(const std::string& email);

  import_options options_;
  line_defaults defaults_;
  std::unique_ptr<const model::control_reader> before_;
  std::unique_ptr<model::control_import> import_;
  std::map<std::string, model::account, std::less<>> accounts_;  ///< by id
  std::string default_account_;
  std::unordered_set<std::string> seen_emails_;  ///< account id and the address in lower case
  import_counts counts_;
};

}  // namespace signpost::cli
