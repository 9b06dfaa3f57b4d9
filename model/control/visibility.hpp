// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which accounts and zones a caller may see, as a value: a store can use it to choose an index, or
// send it to a database. api/frame/access.hpp makes it from a token's policies.
//
//     const visibility seen{{{.allowed = {.accounts = {account}}, .denied = {.zones = {zone}}}}};
//     seen.has(account, zone);  // false: everything in the account but this zone
//
// Threads: values.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/control/control_objects.hpp"

namespace signpost::model {

/// Accounts and zones by their ids.
struct place_set {
  bool all = false;                 ///< every account with all of its zones
  std::vector<object_id> accounts;  ///< with all of their zones
  std::vector<object_id> zones;
  friend bool operator==(const place_set&, const place_set&) = default;

  [[nodiscard]] bool is_empty() const { return !all && accounts.empty() && zones.empty(); }
  /// `zone` empty: the account itself; naming one of its zones does not include it.
  [[nodiscard]] bool has(std::string_view account, std::string_view zone) const;
};

/// Everything that at least one of the grants includes.
struct visibility {
  struct grant {
    object_id within;  ///< only in this account; empty = in any
    place_set allowed;
    place_set denied;  ///< takes precedence over `allowed`
    friend bool operator==(const grant&, const grant&) = default;

    [[nodiscard]] bool has(std::string_view account, std::string_view zone) const;
  };
  std::vector<grant> grants;
  friend bool operator==(const visibility&, const visibility&) = default;

  [[nodiscard]] bool has(std::string_view account, std::string_view zone) const;
  /// True only if every zone of the account is visible (empty: of every account), so that zones
  /// need not be checked one by one. May be false for a grant that denies something irrelevant.
  [[nodiscard]] bool has_all_of(std::string_view account) const;
  /// The ids of all zones that can be visible, sorted and unique, if the grants allow individual
  /// zones only; else nothing. Some of these may be denied, or not exist.
  [[nodiscard]] std::optional<std::vector<object_id>> zones_alone() const;
};

}  // namespace signpost::model
