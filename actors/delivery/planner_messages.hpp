// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the MX PLANNER.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/delivery/delivery_plan.hpp"
#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "model/queue/next_hop.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::actors {

struct plan_request {
  model::next_hop next_hop;
};
struct plan_response {
  delivery_plan plan;
};

/// What the resolver said, sent on from its thread.
struct dns_answered {
  model::next_hop next_hop;
  dns::question question;
  dns::answer answer;
  steady_time asked;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::plan_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::plan_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::dns_answered)
