// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The decisions on which it depends that no mail is lost and none is delivered needlessly often,
// each as a function of its own. The machine asks them and nothing else decides. The simulation
// replaces one at a time by what looks as good, and shows what is lost then.
//
// Threads: any; pure functions.
#pragma once

#include "cluster/replication/message_row.hpp"

namespace signpost::cluster::replication {

class safeguards {
 public:
  virtual ~safeguards() = default;

  /// ◆ May a client be told 250, and the schedule of the message? `disks` have confirmed it, this
  /// one among them if `durable`.
  [[nodiscard]] virtual bool enough_to_accept(bool durable, unsigned disks, unsigned needed) const;
  /// ◆ Does a listed holder's copy count? Only if that very disk has confirmed it, it is still
  /// that node's disk, and the node neither was given up nor leaves.
  [[nodiscard]] virtual bool counts(const copy_holder& holder, const members& known) const;
  /// ◆ May an outcome be told, and the message be forgotten, though it made a message that is on
  /// `disks` of `needed` disks?
  [[nodiscard]] virtual bool made_is_safe(unsigned disks, unsigned needed) const;
  /// All that could be asked have answered, and none of them has the message or will take it over.
  /// ◆ NO means "not me": the asking node takes it over. False: it forgets its copy.
  [[nodiscard]] virtual bool no_means_mine() const;
  /// ◆ Is `one` before `other` in the order in which holders take over the message? The same on all
  /// nodes, whatever order their lists have.
  [[nodiscard]] virtual bool before(const queue_id& id, node_number one, node_number other) const;
  /// May a tombstone be forgotten? When nobody can have a copy any more.
  [[nodiscard]] virtual bool may_forget(const tombstone& grave) const;
  /// May the copies of an old disk, or of one that was away for long, be taken over unasked?
  [[nodiscard]] virtual bool trusts(const message_row& row) const;
  /// A message is on this disk, and its node has it under another claim: which one stays?
  [[nodiscard]] virtual bool yields(const queue_id& id, const claim& mine,
                                    const claim& other) const;
};

}  // namespace signpost::cluster::replication
