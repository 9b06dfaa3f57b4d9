// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Filters of lists as conditions of a WHERE clause; what they mean is defined by `passes` of
// model/control. Each function adds one condition in parentheses, or a constant. For the files of
// storage/ only.
#pragma once

#include <string_view>

#include "model/control/audit_query.hpp"
#include "model/control/control_lists.hpp"
#include "model/control/visibility.hpp"
#include "storage/postgres/parameter.hpp"

namespace signpost::storage::postgres {

/// Names of columns, of our own text alone.
struct place_columns {
  std::string_view account;
  std::string_view zone;
  /// Whether the zone's column has the digits as octets, which may be none; otherwise a uuid.
  bool zone_as_octets = false;
};

void add_visible(statement& s, const model::visibility& seen, const place_columns& in);
void add_text(statement& s, std::string_view column, const model::text_filter& filter,
              bool column_is_lower);
/// The columns are those of `zone z` and `account a`.
void add_zone_filter(statement& s, const model::zone_filter& filter);
/// The columns are those of `audit`.
void add_audit_filter(statement& s, const model::audit_filter& filter);

}  // namespace signpost::storage::postgres
