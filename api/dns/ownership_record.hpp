// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The TXT record by which a domain's owner proves ownership of a zone (docs/decisions/0007).
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <string_view>

#include "api/frame/rest_call.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

/// The name of the record.
[[nodiscard]] std::string ownership_record_name(std::string_view zone_name);
/// What the zone has to publish, unchanged as long as the zone exists. Without content if this node
/// has no key to make it with.
[[nodiscard]] wanted_record ownership_record(const rest_world& world,
                                             const model::zone_object& zone);

}  // namespace signpost::api
