// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/replication/safeguards.hpp"

namespace signpost::cluster::replication {

bool safeguards::enough_to_accept(bool durable, unsigned disks, unsigned needed) const {
  return durable && disks >= needed;
}

bool safeguards::counts(const copy_holder& holder, const members& known) const {
  if (!holder.confirmed) return false;
  if (!known.has_disk(holder.who) || !known.live(holder.who.node)) return false;
  return !known.find(holder.who.node)->draining;
}

bool safeguards::made_is_safe(unsigned disks, unsigned needed) const {
  return disks >= needed;
}

bool safeguards::no_means_mine() const {
  return true;
}

bool safeguards::before(const queue_id& id, node_number one, node_number other) const {
  return takeover_place(id, one) < takeover_place(id, other);
}

bool safeguards::may_forget(const tombstone& grave) const {
  return grave.all_confirmed();
}

bool safeguards::trusts(const message_row& row) const {
  return !row.stale;
}

bool safeguards::yields(const queue_id& id, const claim& mine, const claim& other) const {
  return beats(id, other, mine);
}

}  // namespace signpost::cluster::replication
