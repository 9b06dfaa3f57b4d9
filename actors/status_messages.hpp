// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How an actor is asked how it is.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace signpost::actors {

struct get_status {};
/// Named numbers, for `/signpost/v1/status` and for tests.
struct status_report {
  std::string actor;
  std::vector<std::pair<std::string, std::int64_t>> numbers;
};

/// Calls `turned` when its turn comes: proof for a waiting caller that the actor still works.
struct sign_of_life {
  std::function<void()> turned;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::get_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::status_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::sign_of_life)
