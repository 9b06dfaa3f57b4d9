// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node without a disk asks of one that has one: to take responsibility for a message. The
// owner draws the queue id and does what it does for mail of its own; the answer is what its client
// may be told.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cluster/wire/parts.hpp"
#include "model/queue/activity_event.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::cluster::wire {

/// Of one message: as many as its recipients can have destinations in practice.
inline constexpr std::size_t envelopes_max = 200'000;
/// Of one message: one for each recipient.
inline constexpr std::size_t events_max = 100'000;
/// Of the whole question.
inline constexpr std::size_t acceptance_octets_max = 64U << 20;
/// Octets of an answer: an id, or the words of an error.
inline constexpr std::size_t acceptance_answer_octets_max = 4096;

/// A message without queue id; its envelopes are numbered in their order.
struct acceptance_question {
  model::message_record record;
  body_reference body;
  std::vector<model::envelope> envelopes;
  std::vector<model::activity_event> events;
  friend bool operator==(const acceptance_question&, const acceptance_question&) = default;
};

/// On as many disks as it must be, under this id. Else as storage::spool::commit fails, and
/// errc::limit_exceeded.
using acceptance_answer = result<model::queue_id>;

[[nodiscard]] std::string encode(const acceptance_question& q);
[[nodiscard]] std::string encode(const acceptance_answer& a);
/// errc::malformed for octets that are none; errc::limit_exceeded (acceptance_octets_max).
[[nodiscard]] result<acceptance_question> decode_acceptance_question(std::string_view octets);
[[nodiscard]] acceptance_answer decode_acceptance_answer(std::string_view octets);

}  // namespace signpost::cluster::wire
