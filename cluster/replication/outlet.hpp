// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the machine of copies wants done: everything that it does to the world goes through here.
// An implementation notes it and returns; it does not call the machine.
//
// Writes are counted by the machine. `store`, `erase` and `bury` belong to the next write of the
// spool, in this order and in one batch with what belongs to the message; when it is synced,
// machine::durable is told the number of the last one.
#pragma once

#include <cstdint>
#include <string_view>

#include "cluster/replication/message_row.hpp"

namespace signpost::cluster::replication {

enum class refusal : std::uint8_t {
  unavailable,  ///< not enough nodes have it in time: the client keeps it (451)
  conflict,     ///< another message has the id: draw another one and accept it again
};

enum class adoption : std::uint8_t {
  owner_gone,  ///< its tenure has ended, or it knows nothing of the message
  unanswered,  ///< the same, but others could not be asked, or said WAIT, for too long
  offered,     ///< by an owner that leaves
  released,    ///< by an operator, from quarantine
};

class outlet {
 public:
  virtual ~outlet() = default;

  /// To a node, if it can be reached; lost otherwise. Not before the write `after` is durable; 0 =
  /// at once. With a whole put and with found go the message's record, envelopes and body.
  virtual void send(node_number to, wire::copies_message message, std::uint64_t after) = 0;

  // ---- the disk --------------------------------------------------------------------------------
  /// The row as it is now (family `copy`), and what arrived with the message that led to it.
  virtual void store(const queue_id& id, const message_row& row) = 0;
  /// Row, envelopes, schedule and body.
  virtual void erase(const queue_id& id) = 0;
  /// The tombstone as it is now (family `tomb`).
  virtual void bury(const queue_id& id, const tombstone& grave) = 0;
  virtual void exhume(const queue_id& id) = 0;  ///< the tombstone is not needed any more

  // ---- acceptance ------------------------------------------------------------------------------
  /// On enough disks: 250, or the settlement's answer; and to the schedule.
  virtual void accepted(const queue_id& id) = 0;
  /// Not accepted, and nothing remains of it.
  virtual void refused(const queue_id& id, refusal why) = 0;

  // ---- delivery --------------------------------------------------------------------------------
  /// Ours since now (a takeover, a start): to the schedule with the due times it has, when `after`
  /// is durable. `try_first`: no recipient expires without an attempt.
  virtual void deliver(const queue_id& id, bool try_first, std::uint64_t after) = 0;
  /// Not ours any more, or not for now: off the schedule. machine::stopped when nothing is under
  /// way; what an attempt under way leads to is settled as always.
  virtual void stop(const queue_id& id) = 0;

  // ---- news ------------------------------------------------------------------------------------
  /// Taken over from `before`.
  virtual void adopted(const queue_id& id, const claim& before, adoption why) = 0;
  /// Nobody has it but a disk that was away for long: an operator decides.
  virtual void quarantined(const queue_id& id) = 0;
  /// No copy that can be read was found so far: an alert.
  virtual void nowhere_readable(const queue_id& id) = 0;
  /// The body is readable on another node, which sends it: it is to be written with the next row.
  virtual void restored(const queue_id& id) = 0;
  /// Every live holder has forgotten the message that an operator removed.
  virtual void removal_done(std::uint64_t ticket) = 0;
};

}  // namespace signpost::cluster::replication
