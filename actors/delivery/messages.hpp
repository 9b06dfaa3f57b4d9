// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to DELIVERY: one attempt, and what it came to.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/delivery/attempt_leash.hpp"
#include "actors/delivery/delivery_plan.hpp"
#include "actors/delivery/webhook_order.hpp"
#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/queue/webhook_reply.hpp"
#include "proto/smtp/client_session.hpp"

namespace signpost::actors {

struct deliver_request {
  std::string site;
  std::size_t slot = 0;  ///< the same slot of a site keeps its connection
  std::vector<delivery_target> targets;
  smtp::outgoing_message message;
  /// Set: it is posted there, and `targets` is empty.
  std::optional<webhook_order> webhook;
  std::string tenant = {};  ///< of a webhook: delivery_plan::tenant
  /// It takes no longer than this, not counting the reply to the final dot; 0 = the agent's own
  /// limits.
  milliseconds longest{0};
  std::shared_ptr<attempt_leash> leash = nullptr;
};

/// The result of one attempt.
struct deliver_response {
  /// One for each recipient, in the order of the request.
  std::vector<smtp::recipient_result> results;
  std::string host;  ///< `mx1.example.net (192.0.2.7)`, the last one tried
  std::string tls;   ///< empty = plaintext
  /// True if no session came as far as MAIL: the site, not the message, is the matter. Then
  /// `results` hold the last thing that was said, or our own words with code 0.
  bool host_failed = false;
  /// Messages that the session had transferred before this one.
  std::uint32_t transactions_before = 0;
  milliseconds took{0};
  /// It was broken off for this reason, and says nothing about the site.
  std::optional<cut_reason> cut = std::nullopt;
  /// What it means, if it was posted to a webhook: SMTP's table does not fit HTTP's codes.
  std::optional<model::webhook_outcome> webhook;
  /// This host answered, but lacks an extension that the message needs, and no other took it: it
  /// may take a copy in ASCII.
  std::optional<delivery_target> lacking = std::nullopt;
  /// It was broken off, without a final dot, because this came instead of the message's octets.
  std::optional<error> content_failure = std::nullopt;
};

/// An attempt's end, sent on from its loop's thread.
struct delivery_done {
  std::uint64_t id = 0;
  deliver_response response;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::deliver_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::deliver_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::delivery_done)
