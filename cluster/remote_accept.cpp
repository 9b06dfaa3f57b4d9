// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/remote_accept.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/ip.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::cluster {
namespace {

wire::body_reference reference_to(const message_body& body) {
  SP_ASSERT(body.rest() == nullptr);
  return {.size = body.size(), .digest = crypto::sha256(body.octets())};
}

}  // namespace

wire::acceptance_question acceptance_question_of(const storage::new_message& message) {
  wire::acceptance_question q{.record = message.message,
                              .body = reference_to(*message.body),
                              .envelopes = message.envelopes,
                              .events = message.events};
  q.record.id = {};
  for (auto& e : q.envelopes) e.id = {};
  for (auto& e : q.events) e.id = {};
  return q;
}

result<storage::new_message> message_to_accept(wire::acceptance_question question, body_ptr body) {
  // What is taken from others came from somebody: the claim that it is our own would spare it every
  // proof.
  if (question.record.own || !ip_address::parse(question.record.client_address)) {
    return fail(errc::denied, "the message has no client");
  }
  if (reference_to(*body) != question.body) {
    return fail(errc::corrupt, "the body is not the one that the message was sent with");
  }
  return storage::new_message{.message = std::move(question.record),
                              .body = std::move(body),
                              .envelopes = std::move(question.envelopes),
                              .events = std::move(question.events)};
}

}  // namespace signpost::cluster
