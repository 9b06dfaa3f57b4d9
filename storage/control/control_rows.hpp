// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which keys an object is stored under: the same for transactions and imports. For the files of
// storage/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/control/control_objects.hpp"
#include "model/control/control_transaction.hpp"
#include "storage/control/control_schema.hpp"

namespace signpost::storage {

struct control_row {
  control_schema::family family;
  std::string key;
  std::string value;
  /// What is unique about the key, if somebody else may have it: `name`, `email`, …
  std::string_view unique = {};
};
using control_rows = std::vector<control_row>;

// Every row of an object, the object itself first. Its ids must be well-formed.
control_rows rows_of(const model::account& a);
control_rows rows_of(const model::zone_object& z);
/// That of them by which an active zone is found from what is above it.
control_row suffix_row(const model::zone_object& z);
/// `account`: that of the zone, packed.
control_rows rows_of(const model::rule_object& r, std::string_view account);
control_rows rows_of(const model::destination_address& a);
control_rows rows_of(const model::api_token& t);
/// `order` as control_schema::audit_order makes it.
control_rows rows_of(const model::audit_entry& e, std::string_view order);

/// The mark of a change behind one with the mark `before`: equal only for equal changes after equal
/// histories. Ids of audit entries are random: no two histories have one in common by chance.
std::string mark_of(const model::change_record& change, std::string_view before,
                    const model::audit_entry& entry);

/// errc::malformed, naming the field, unless every id is one and every text and list is within
/// `control_limits`.
result<void> check(const model::account& a);
result<void> check(const model::zone_object& z);
result<void> check(const model::rule_object& r);
result<void> check(const model::destination_address& a);
result<void> check(const model::api_token& t);
/// Only the id: the rest is cut where it is too long.
result<void> check(const model::audit_entry& e);

/// A well-formed id, packed.
inline std::string packed(std::string_view id) {
  return control_schema::pack_id(id).value_or(control_schema::no_account());
}

}  // namespace signpost::storage
