// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the SEALER.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/delivery/webhook_order.hpp"
#include "actors/interfaces.hpp"
#include "cluster/signing/signer.hpp"
#include "proto/smtp/client_session.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::actors {

struct seal_request {
  job_ptr job;
  /// For a host that lacks an extension which the message needs as it is.
  bool seven_bit = false;
};

struct seal_response {
  /// Set: the message must never be sent.
  std::optional<smtp::reply> refusal;
  smtp::outgoing_message message;
  std::optional<webhook_order> webhook;  ///< set if the job is for one
  /// There is no such copy in 7 bits, and nothing else is set.
  bool not_encoded = false;
};

/// What the signer said to a question about a copy, sent on from its thread.
struct signature_arrived {
  std::uint64_t copy = 0;    ///< the SEALER's own number for it
  std::size_t question = 0;  ///< which of those that it asked
  cluster::signer::answer answer;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::seal_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::seal_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::signature_arrived)
