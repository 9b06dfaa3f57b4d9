// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Entries of the audit log in the forms of both audit APIs, and the fields by which they are
// searched.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

[[nodiscard]] json audit_v1_json(const model::audit_entry& entry);
[[nodiscard]] json audit_v2_json(const model::audit_entry& entry, std::string_view account_name);

/// The filters of the second API by name: `id`, `action_type`, `zone_name`, …
[[nodiscard]] std::span<const std::string_view> audit_fields();
/// The value that such a filter compares with. Empty for unknown names.
[[nodiscard]] std::string audit_field(const model::audit_entry& entry, std::string_view name,
                                      std::string_view account_name);

/// Cloudflare's name for what a resource belongs to, e.g. `email_routing` for `email_routing_rule`.
[[nodiscard]] std::string_view product_of(std::string_view resource_type);

}  // namespace signpost::api
