// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the AUTHENTICATOR and its workers.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>

#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "model/authentication/admission.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::actors {

struct authenticate_request {
  incoming_ptr message;
};
struct authenticate_response {
  model::authentication_results results;
};
/// What the resolver said to the check with that number, sent on from the resolver's thread.
struct auth_answered {
  std::uint64_t id = 0;
  dns::question question;
  dns::answer answer;
  steady_time asked;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::authenticate_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::authenticate_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::auth_answered)
