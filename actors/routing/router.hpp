// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The ROUTER: turns the decisions made at RCPT into what is stored: one envelope for each
// destination without duplicates, the events for what was dropped, and the fields above the message
// that are the same for everyone. It does not read what the header says about its own
// authentication.
//
// Threads: an actor without state.
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "model/authentication/admission.hpp"
#include "model/queue/retry.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

/// The pure part: everything but the queue id, which the INGRESS fills in (see assign_id).
storage::new_message route_message(const incoming_message& incoming,
                                   const model::authentication_results& authentication,
                                   const model::admission& admission,
                                   const model::retry_policy& policy);

/// Writes the id into record, envelopes and events.
void assign_id(storage::new_message& message, const model::queue_id& id);

router_actor::behavior_type router(router_actor::pointer self, model::retry_policy policy);

}  // namespace signpost::actors
