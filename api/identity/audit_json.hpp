// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Entries of the audit log in the forms of both audit APIs, and the parameters by which they are
// searched.
//
// Threads: functions of their arguments.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "api/frame/json.hpp"
#include "model/control/audit_query.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

[[nodiscard]] json audit_v1_json(const model::audit_entry& entry);
[[nodiscard]] json audit_v2_json(const model::audit_entry& entry, std::string_view account_name);

/// One of the second API's filters. With `words`, and for names
/// of zones, its values are not those of the store.
struct audit_parameter {
  std::string_view name;  ///< `id`, `action_type`, `zone_name`, …
  model::audit_field field;
  /// Ours → the store's.
  std::span<const std::pair<std::string_view, std::string_view>> words = {};

  /// What the store calls it; a text that never occurs for what is not a word.
  [[nodiscard]] std::string in_store(const std::string& value) const;
};
[[nodiscard]] std::span<const audit_parameter> audit_parameters();

}  // namespace signpost::api
