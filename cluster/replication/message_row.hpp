// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node knows of one message that it owns or has a copy of, and of one that is done.
//
// Threads: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "cluster/replication/members.hpp"

namespace signpost::cluster::replication {

using model::queue_id;
using wire::recipient_end;
using wire::recipient_progress;

/// The one of two states of a recipient that overrules the other, wherever it comes from: what is
/// final does, then more attempts. In any order and however often they are merged, all nodes end
/// with the same.
[[nodiscard]] constexpr recipient_progress merged(recipient_progress a, recipient_progress b) {
  if (a.end != b.end) return a.end > b.end ? a : b;
  return a.attempts >= b.attempts ? a : b;
}

/// Of two owners of one message the one that stays.
[[nodiscard]] inline bool beats(const queue_id& id, const claim& a, const claim& b) {
  if (a.version != b.version) return a.version > b.version;
  if (a.node == b.node) return a.tenure > b.tenure;
  return takeover_place(id, a.node) < takeover_place(id, b.node);
}

/// Another disk with a copy, as the owner knows it. Only `who` is kept on the disk.
struct copy_holder {
  wire::holder who;
  std::uint32_t acked = 0;   ///< revision
  bool confirmed = false;    ///< this disk said so, to this process, under this claim
  bool asked = false;        ///< a PUT is under way since `sent`
  bool released = false;     ///< it was told that its copy is not needed
  bool lacks = false;        ///< it said that it has none: the next PUT is a whole one
  bool denied = false;       ///< it said that it has none
  std::uint8_t tries = 0;    ///< PUTs without an answer
  std::uint32_t sent_revision = 0;
  steady_time sent{};
  steady_time lacked{};      ///< when we learnt last that it has none: what is older says nothing
  steady_time avoid{};       ///< it has refused one: not before
};

/// An outcome that made messages, which are not safe yet: it is not told to anybody.
struct closing_outcome {
  std::uint32_t recipient = 0;
  recipient_end end = recipient_end::open;  ///< open: the message goes on (a notice of delay)
  std::vector<queue_id> made;               ///< of them: those that are not safe
};

enum class row_phase : std::uint8_t {
  accepting,  ///< ours; its client, or our settlement, waits for copies
  owned,      ///< ours
  passive,    ///< a copy for another node
};

struct message_row {
  claim owner;
  std::uint32_t revision = 0;
  std::uint8_t required = 1;  ///< disks, at the time of its acceptance
  std::uint64_t digest = 0;
  std::vector<copy_holder> holders;  ///< everyone who was ever sent one; never ourselves
  std::vector<recipient_progress> progress;
  std::vector<closing_outcome> closing;
  bool readable = true;
  /// Comes from a disk that was away for long or is an old one: never taken over without a word.
  bool stale = false;
  bool quarantined = false;
  /// One bit for each of the first 64 recipients: taken over, and not tried since.
  std::uint64_t untried = 0;
  bool own_message = false;  ///< nobody else has it: it is never given back

  // Of this process alone.
  row_phase phase = row_phase::passive;
  bool durable = false;      ///< the row was on this disk once
  bool leaving = false;      ///< its delivery stops, so that it can be offered to another node
  bool offerable = false;    ///< it has stopped
  std::uint64_t stored_by = 0;  ///< the write that made it durable
  steady_time deadline{};    ///< accepting: the client's
  steady_time look{};        ///< next time that it needs attention; zero: not

  [[nodiscard]] bool all_final() const {
    return std::ranges::all_of(progress,
                               [](const auto& p) { return p.end != recipient_end::open; });
  }
  [[nodiscard]] copy_holder* holder_on(node_number node, disk_id disk) {
    const auto found = std::ranges::find(holders, wire::holder{node, disk}, &copy_holder::who);
    return found == holders.end() ? nullptr : &*found;
  }
};

/// A message that is done, until everyone who was sent a copy has said that there is none.
struct tombstone {
  struct entry {
    wire::holder who;
    bool confirmed = false;
    steady_time sent{};
  };
  std::uint64_t digest = 0;
  std::vector<entry> holders;  ///< never ourselves
  bool all_told = false;       ///< every member is in the list
  bool complete = false;       ///< kept a little longer for what is late
  bool handed_over = false;    ///< to nodes that stay
  std::uint64_t ticket = 0;    ///< an operator waits for it; not kept on the disk
  steady_time look{};

  [[nodiscard]] bool all_confirmed() const {
    return std::ranges::all_of(holders, &entry::confirmed);
  }
};

}  // namespace signpost::cluster::replication
