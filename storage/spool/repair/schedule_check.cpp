// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/schedule_check.hpp"

#include <rocksdb/write_batch.h>

#include "base/log.hpp"
#include "model/queue/codec.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using schema::family;

const logger log_("storage.schedule_check");

result<std::uint64_t> count_schedule(const database& database) {
  std::uint64_t keys = 0;
  range_scan scan(database, family::sched, {}, end_of_keys());
  for (; scan.valid(); scan.next()) ++keys;
  SP_CHECK(scan.finish());
  return keys;
}

/// Writes `key` unless it exists: a key of these families must not be written twice.
result<bool> put_if_missing(const database& database, family f, const std::string& key,
                            std::string_view value, rocksdb::WriteBatch& batch) {
  SP_TRY(const auto there, database.get(f, key));
  if (!there) batch.Put(database.of(f), key, rocksdb::Slice(value));
  return !there;
}

/// Missing entries, written in batches.
class restorer {
 public:
  explicit restorer(database& database) : database_(database) {}

  result<void> look_at(const model::envelope& e) {
    const auto key = schema::sched_key(e.next_attempt, e.id, e.index);
    const auto& hop = e.next_hop.text();
    SP_TRY(const bool sched, put_if_missing(database_, family::sched, key, hop, batch_));
    SP_TRY(const bool dest,
           put_if_missing(database_, family::dest, schema::dest_key(hop, key), {}, batch_));
    if (!sched && !dest) return {};
    if (restored_++ < told_max) {
      log_.error("spool.schedule_restored", {{"queue_id", e.id.to_string()}, {"index", e.index}});
    }
    return batch_.Count() < batch_rows ? result<void>() : write();
  }
  result<void> write() {
    if (batch_.Count() == 0) return {};
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto status = database_.db().Write(durable, &batch_);
    batch_.Clear();
    if (!status.ok()) return tl::unexpected(to_error(status, "restore schedule"));
    return {};
  }
  [[nodiscard]] std::uint64_t restored() const { return restored_; }

 private:
  // A damaged schedule may concern every recipient: the log must not be flooded by it.
  static constexpr std::uint64_t told_max = 100;
  static constexpr std::uint32_t batch_rows = 2000;

  database& database_;
  rocksdb::WriteBatch batch_;
  std::uint64_t restored_ = 0;
};

}  // namespace

result<std::uint64_t> check_schedule(database& database, std::uint64_t open_envelopes,
                                     bool thoroughly) {
  SP_TRY(const auto keys, count_schedule(database));
  if (keys == open_envelopes && !thoroughly) return 0;
  if (keys != open_envelopes) {
    log_.warning("spool.schedule_differs", {{"envelopes", open_envelopes}, {"keys", keys}});
  }
  restorer missing(database);
  range_scan scan(database, family::rcpt, {}, end_of_keys());
  for (; scan.valid(); scan.next()) {
    const auto name = schema::parse_rcpt_key(scan.key());
    if (!name) continue;
    const auto envelope = decode_envelope(name->id, name->index, scan.value());
    if (!envelope) {
      log_.error("spool.row_corrupt", {{"queue_id", name->id.to_string()}, {"index", name->index}});
      continue;
    }
    if (model::is_final(envelope->state)) continue;
    SP_CHECK(missing.look_at(*envelope));
  }
  SP_CHECK(scan.finish());
  SP_CHECK(missing.write());
  if (missing.restored() > 0) {
    log_.error("spool.schedule_rebuilt", {{"recipients", missing.restored()}});
  }
  return missing.restored();
}

}  // namespace signpost::storage
