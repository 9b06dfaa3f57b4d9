// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said to the SPOOLER: what must become durable.
// These messages stay in the process: what may go to another node is in cluster/wire.
#pragma once

#include <atomic>
#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "base/commit_receipt.hpp"
#include "base/result.hpp"
#include "cluster/copies.hpp"
#include "model/queue/activity_event.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

/// Whether anybody still waits for a message to become durable: its client is not kept waiting
/// longer than the deadline of a commit, whatever the disk does.
class acceptance_gate {
 public:
  /// By the SPOOLER, before it writes: false if nobody waits any more, and then nothing is written.
  [[nodiscard]] bool take() { return move_to(state::taken); }
  /// By the INGRESS, when it answers without the SPOOLER. True: the message will not be written.
  /// False: it is being written at this moment and may still turn up.
  bool give_up() { return move_to(state::given_up); }

 private:
  enum class state : std::uint8_t { waiting, taken, given_up };
  bool move_to(state next) {
    auto waiting = state::waiting;
    return state_.compare_exchange_strong(waiting, next) || waiting == next;
  }
  std::atomic<state> state_{state::waiting};
};

struct accept_request {
  storage::new_message message;
  std::shared_ptr<acceptance_gate> gate = nullptr;  ///< nullptr: waited for without end
};
struct accept_response {
  result<commit_receipt> receipt;
};

/// Changes after an attempt or by an operator, and messages of our own (bounces) that must become
/// durable in the same write.
struct settle_request {
  std::vector<storage::envelope_update> updates;
  std::vector<storage::new_message> messages;
};
/// Only said once the changes are durable: the SPOOLER keeps trying while the disk is sick.
struct settle_response {};

/// To the SPOOLER from itself: whether enough disks have copies of what it wrote.
struct copies_confirmed {
  std::uint64_t group = 0;  ///< its own number for it
  cluster::copies::outcome receipts;
};

/// An event that is not part of a commit (a refused recipient). Not acknowledged.
struct record_event {
  model::activity_event event;
};

}  // namespace signpost::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::accept_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::accept_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::settle_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::settle_response)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::copies_confirmed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(signpost::actors::record_event)
