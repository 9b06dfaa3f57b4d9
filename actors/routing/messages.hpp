// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the ROUTER.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/interfaces.hpp"
#include "model/authentication/admission.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct route_request {
  incoming_ptr message;
  model::authentication_results authentication;
  model::admission admission;  ///< without refusal
};
/// What is to be stored, still without queue id.
struct route_response {
  storage::new_message message;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::route_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::route_response)
