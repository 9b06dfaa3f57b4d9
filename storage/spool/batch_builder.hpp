// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Turns a change set into one RocksDB batch, and determines its effect on the totals.
//
// What is stored decides, not what the caller remembers: the keys of a row are taken from the row
// in the database, an envelope that is final stays final, and one that no longer exists (an
// operator removed it during an attempt) does not come back; only the events of such updates count.
// So every key of `sched` and `dest` is written once and then deleted once, as SingleDelete
// requires.
//
// Threads: the committing one.
#pragma once

#include <rocksdb/write_batch.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/spool/database.hpp"
#include "storage/spool/recent_sizes.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

/// The effect of a batch on `spool_totals`, to be applied after it was written.
struct totals_change {
  std::int64_t messages = 0;
  std::int64_t envelopes = 0;
  std::int64_t deferred = 0;
  std::optional<model::queue_id> oldest_added;
  std::vector<model::queue_id> added;    ///< ascending
  std::vector<model::queue_id> removed;  ///< ascending
};

class batch_builder {
 public:
  /// Records in `sizes` what it accepts.
  batch_builder(const database& database, recent_sizes& sizes);

  /// Call once. errc::conflict: an accepted message has the id of another one; errc::malformed: an
  /// accepted message without body, or an envelope that is not of its message, has a number twice
  /// or an impossible next hop; errc::corrupt and errc::unavailable from reading.
  result<void> add(const change_set& changes);

  [[nodiscard]] rocksdb::WriteBatch& batch() { return batch_; }
  [[nodiscard]] const totals_change& change() const { return change_; }
  /// The smallest key of `sched` that the batch writes; empty = none.
  [[nodiscard]] const std::string& first_due() const { return first_due_; }

 private:
  /// The final state of one envelope in the set. `before` is nullptr for a new one.
  struct change_of_row {
    const model::envelope* before = nullptr;
    const model::envelope* after = nullptr;
  };
  struct change_of_message {
    const new_message* accepted = nullptr;
    std::map<std::uint32_t, change_of_row> rows;
  };
  /// A row as stored in the database; decoded only if the set changes it.
  struct stored_row {
    std::uint32_t index = 0;
    bool final = false;
    std::optional<model::envelope> envelope;
  };

  result<void> accept(const new_message& message);
  /// True if the store already has exactly this message, from a commit that seemed to have failed.
  result<bool> is_stored(const new_message& message) const;
  void update(const envelope_update& update);

  result<void> settle(const model::queue_id& id, const change_of_message& changes);
  void write_new(const new_message& message, const change_of_message& changes);
  result<std::vector<stored_row>> read_rows(const model::queue_id& id,
                                            const change_of_message& changes) const;
  static std::vector<stored_row> rows_of(const change_of_message& changes);
  void write_changed(const model::queue_id& id, const change_of_message& changes,
                     std::vector<stored_row> rows);
  void remove(const model::queue_id& id, const std::vector<stored_row>& rows);

  void put_body(const model::queue_id& id, std::string_view octets);
  void delete_body(const model::queue_id& id, std::uint64_t octets);
  std::uint64_t octets_of(const model::queue_id& id) const;
  void put_row(const model::envelope& envelope);
  void put_keys(const model::envelope& envelope);
  void delete_keys(const model::envelope& envelope);

  const database& database_;
  recent_sizes& sizes_;
  rocksdb::WriteBatch batch_;
  std::map<model::queue_id, change_of_message> messages_;
  totals_change change_;
  std::string first_due_;
};

}  // namespace signpost::storage
