// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/loss_repair.hpp"

#include <fcntl.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file_descriptor.hpp"
#include "model/queue/codec.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using schema::family;

/// Deletions, written in batches.
class remover {
 public:
  remover(database& database, const std::string& kept) : database_(database), kept_(kept) {}

  void row(family f, std::string_view key) {
    batch_.Delete(database_.of(f), rocksdb::Slice(key));
  }
  void key(family f, std::string_view key) {
    batch_.SingleDelete(database_.of(f), rocksdb::Slice(key));
    ++keys_;
  }
  result<void> write_if_many() {
    if (batch_.Count() < 1000) return {};
    return write();
  }
  result<void> write() {
    // First what was kept of them, with one sync for all.
    if (std::exchange(unsynced_, false)) {
      const file_descriptor folder(::open(kept_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (folder.open()) (void)::syncfs(folder.get());
    }
    rocksdb::WriteOptions durable;
    durable.sync = true;
    const auto status = database_.db().Write(durable, &batch_);
    batch_.Clear();
    if (!status.ok()) return tl::unexpected(to_error(status, "repair"));
    return {};
  }
  /// A file was written, which has to be durable before the removal.
  void kept_one() { unsynced_ = true; }
  [[nodiscard]] std::uint64_t keys() const { return keys_; }

 private:
  database& database_;
  const std::string& kept_;
  bool unsynced_ = false;
  rocksdb::WriteBatch batch_;
  std::uint64_t keys_ = 0;
};

result<bool> has(const database& database, family f, std::string_view key) {
  SP_TRY(const auto value, database.get(f, key));
  return value.has_value();
}

/// The keys that begin with an id.
result<void> remove_rows_of(database& database, family f, const model::queue_id& id, remover& out) {
  const std::string prefix(id.octets());
  range_scan scan(database, f, prefix, schema::after_prefix(prefix));
  for (; scan.valid(); scan.next()) out.row(f, scan.key());
  return scan.finish();
}

result<void> remove_message(database& database, const model::queue_id& id, remover& out) {
  for (const auto f : {family::rcpt, family::env, family::body}) {
    SP_CHECK(remove_rows_of(database, f, id, out));
  }
  return out.write_if_many();
}

std::string describe(const model::queue_id& id, std::string_view what, std::string_view who) {
  auto text = id.to_string() + " " + std::string(what);
  if (!who.empty()) text += " " + std::string(who);
  return text;
}

class repairer {
 public:
  repairer(database& database, const std::vector<model::queue_id>& ended, const std::string& kept)
      : database_(database), ended_(ended), kept_(kept), remove_(database, kept) {}

  result<repair_report> run() {
    SP_CHECK(end_again());
    SP_CHECK(remove_.write());
    SP_CHECK(look_at_rows());
    SP_CHECK(look_at_messages());
    SP_CHECK(remove_.write());
    SP_CHECK(look_at_keys(family::sched));
    SP_CHECK(look_at_keys(family::dest));
    SP_CHECK(remove_.write());
    report_.keys_removed = remove_.keys();
    return std::move(report_);
  }

 private:
  result<void> end_again() {
    for (const auto& id : ended_) {
      SP_TRY(const bool row, has_row(id));
      SP_TRY(const bool record, has(database_, family::env, id.octets()));
      if (!row && !record) continue;
      SP_CHECK(remove_message(database_, id, remove_));
      ++report_.ended_again;
    }
    return {};
  }

  /// Recipients of missing messages.
  result<void> look_at_rows() {
    std::optional<model::queue_id> last;
    bool there = true;
    std::vector<model::queue_id> headless;
    range_scan scan(database_, family::rcpt, {}, end_of_keys());
    for (; scan.valid(); scan.next()) {
      const auto name = schema::parse_rcpt_key(scan.key());
      if (!name) continue;
      if (last != name->id) {
        SP_TRY(there, has(database_, family::env, name->id.octets()));
      }
      if (!there && last != name->id) headless.push_back(name->id);
      last = name->id;
      if (there) continue;
      const auto row = decode_envelope(name->id, name->index, scan.value());
      report_.broken.push_back(
          describe(name->id, "recipient", row ? row->original : std::string("unreadable")));
      remove_.row(family::rcpt, scan.key());
      SP_CHECK(remove_.write_if_many());
    }
    SP_CHECK(scan.finish());
    for (const auto& id : headless) {
      SP_CHECK(keep_octets(id));
      SP_CHECK(remove_message(database_, id, remove_));
    }
    return {};
  }

  /// Messages without recipients, or with fewer than they had.
  result<void> look_at_messages() {
    range_scan scan(database_, family::env, {}, end_of_keys());
    for (; scan.valid(); scan.next()) {
      const auto id = model::queue_id::from_octets(scan.key());
      if (!id) continue;
      SP_TRY(const auto rows, count_rows(*id));
      const auto record = decode_message(*id, scan.value());
      if (rows > 0) {
        if (record && rows < record->recipients) {
          report_.partial.push_back(
              describe(*id, std::to_string(record->recipients - rows), "recipients"));
        }
        continue;
      }
      report_.broken.push_back(
          describe(*id, "sender", record ? "<" + record->sender + ">" : std::string("unreadable")));
      SP_CHECK(keep_octets(*id));
      SP_CHECK(remove_message(database_, *id, remove_));
    }
    return scan.finish();
  }

  result<void> look_at_keys(family f) {
    range_scan scan(database_, f, {}, f == family::sched ? end_of_keys() : std::string(1, '\xFF'));
    for (; scan.valid(); scan.next()) {
      SP_TRY(const bool stands, has_place(f, scan.key()));
      if (stands) continue;
      remove_.key(f, scan.key());
      SP_CHECK(remove_.write_if_many());
    }
    return scan.finish();
  }

  result<bool> has_row(const model::queue_id& id) const {
    SP_TRY(const auto rows, count_rows(id, 1));
    return rows > 0;
  }

  result<std::uint64_t> count_rows(const model::queue_id& id,
                                   std::uint64_t most = UINT64_MAX) const {
    const std::string prefix(id.octets());
    range_scan scan(database_, family::rcpt, prefix, schema::after_prefix(prefix));
    std::uint64_t rows = 0;
    for (; scan.valid() && rows < most; scan.next()) ++rows;
    SP_CHECK(scan.finish());
    return rows;
  }

  result<bool> has_place(family f, std::string_view key) const {
    const auto name = schema::parse_sched_key(key);
    if (!name) return false;
    SP_TRY(const auto value,
           database_.get(family::rcpt, schema::rcpt_key(name->id, name->index)));
    if (!value) return false;
    const auto row = decode_envelope(name->id, name->index, *value);
    // An unreadable message keeps its place until somebody deals with it.
    if (!row) return true;
    const auto place = schema::sched_key(row->next_attempt, row->id, row->index);
    return !model::is_final(row->state)
           && key == (f == family::sched ? place : schema::dest_key(row->next_hop.text(), place));
  }

  result<void> keep_octets(const model::queue_id& id) {
    if (kept_.empty()) return {};
    const auto path = kept_ + "/" + id.to_string() + ".eml";
    const file_descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.open()) return fail(errc::unavailable, path);
    const std::string prefix(id.octets());
    range_scan scan(database_, family::body, prefix, schema::after_prefix(prefix));
    bool written = true;
    for (; written && scan.valid(); scan.next()) {
      written = write_all(file.get(), scan.value());
    }
    remove_.kept_one();
    // An unreadable one is lost as well; it was already reported.
    return written ? result<void>() : fail(errc::no_space, path);
  }

  database& database_;
  const std::vector<model::queue_id>& ended_;
  const std::string& kept_;
  remover remove_;
  repair_report report_;
};

}  // namespace

result<repair_report> repair_after_loss(database& database,
                                        const std::vector<model::queue_id>& ended,
                                        const std::string& kept) {
  return repairer(database, ended, kept).run();
}

result<missing_part> what_is_missing(const database& database, const model::queue_id& id) {
  const std::string prefix(id.octets());
  const auto none = [&](family f) {
    return !range_scan(database, f, prefix, schema::after_prefix(prefix)).valid();
  };
  if (none(family::rcpt)) return missing_part::rows;
  return none(family::body) ? missing_part::body : missing_part::none;
}

}  // namespace signpost::storage
