// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the INGRESS: a whole message, and what became of it. Bodies travel as shared
// pointers to immutable bytes.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "cluster/wire/parts.hpp"
#include "model/authentication/admission.hpp"
#include "model/routing/routing_table.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::actors {

using cluster::wire::client_facts;

/// A recipient that was accepted at RCPT, with the decision made then: what the sender was told at
/// RCPT stays true, even if the rules change before the final dot.
struct accepted_recipient {
  smtp::forward_path path;
  model::route_decision route;
};

/// A complete message, shared by all readers and never changed.
struct incoming_message {
  client_facts client;
  smtp::reverse_path sender;
  bool eight_bit = false;
  bool smtputf8 = false;
  std::vector<accepted_recipient> recipients;
  body_ptr body;
  wall_time received;
  steady_time arrived;  ///< the same moment, for latencies
};

/// Ask the INGRESS to take responsibility for a message. `done` is called once, from any thread.
struct submit_message {
  incoming_ptr message;
  std::function<void(const smtp::final_reply&)> done;
};

/// What the rules say of the only recipient of a message, found out by the rule desk.
struct late_decision {
  std::shared_ptr<const submit_message> message;
  std::shared_ptr<const model::authentication_results> results;
  std::shared_ptr<const model::admission> admission;
  model::route_decision route;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::submit_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::late_decision)
