// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Destination addresses as the client API shows them.
//
// Threads: functions of their arguments.
#pragma once

#include "api/frame/json.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

inline constexpr std::string_view address_resource = "email_routing_address";

[[nodiscard]] inline json address_json(const model::destination_address& a) {
  return {{"id", a.id},
          {"tag", a.id},
          {"email", a.email},
          {"verified", a.verified ? json(to_rfc3339(*a.verified)) : json(nullptr)},
          {"created", to_rfc3339(a.created)},
          {"modified", to_rfc3339(a.modified)}};
}

}  // namespace signpost::api
