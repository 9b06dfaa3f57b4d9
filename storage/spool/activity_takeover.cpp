// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of a spool up to version 3, moved into the log's own database as sorted files: in order,
// each taken over in one step, so that a few megabytes of memory suffice for any number of events.
#include <rocksdb/sst_file_writer.h>

#include "base/log.hpp"
#include "storage/format/skipping_scan.hpp"
#include "storage/format/status.hpp"
#include "storage/spool/activity_log.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "storage/spool/schema.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.activity_log");

/// The last key that was taken over, while that is under way. No row of the log begins like this.
constexpr std::string_view progress_key("\0taken_over", 11);
constexpr std::uint64_t file_octets = 32U << 20;

/// Sorted files for the log, one after the other.
class file_feeder {
 public:
  file_feeder(rocksdb::DB& log, const rocksdb::Options& options, std::string path)
      : log_(log), path_(std::move(path)), writer_({}, options) {}

  rocksdb::Status put(std::string_view key, std::string_view value) {
    if (rows_ == 0) {
      if (auto status = writer_.Open(path_); !status.ok()) return status;
    }
    if (auto status = writer_.Put(rocksdb::Slice(key), rocksdb::Slice(value)); !status.ok()) {
      return status;
    }
    ++rows_;
    last_ = key;
    return writer_.FileSize() < file_octets ? rocksdb::Status::OK() : hand_over();
  }

  /// Adds the file to the log, and records the progress.
  rocksdb::Status hand_over() {
    if (rows_ == 0) return rocksdb::Status::OK();
    rows_ = 0;
    if (auto status = writer_.Finish(); !status.ok()) return status;
    rocksdb::IngestExternalFileOptions moved;
    moved.move_files = true;
    if (auto status = log_.IngestExternalFile({path_}, moved); !status.ok()) return status;
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return log_.Put(synced, rocksdb::Slice(progress_key), last_);
  }

 private:
  rocksdb::DB& log_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  std::uint64_t rows_ = 0;
  std::string last_;
};

/// Where to continue; empty = from the beginning.
rocksdb::Status read_progress(rocksdb::DB& log, std::string& from) {
  const auto status = log.Get({}, rocksdb::Slice(progress_key), &from);
  if (status.IsNotFound()) return rocksdb::Status::OK();
  if (status.ok()) from += '\0';
  return status;
}

}  // namespace

result<void> activity_log::take_over(rocksdb::DB& mail, rocksdb::ColumnFamilyHandle* old) {
  const auto db = current();
  if (db == nullptr) return fail(errc::unavailable, "the activity log is not available");
  std::string from;
  auto status = read_progress(*db, from);
  const auto incoming = path_ + "/incoming.sst";
  env_of(options_)->DeleteFile(incoming).PermitUncheckedError();
  file_feeder feeder(*db, make_log_options(options_), incoming);
  skipping_scan scan(mail, old, from, std::string(1, '\xFF'));
  std::uint64_t rows = 0;
  for (; status.ok() && scan.valid(); scan.next(), ++rows) {
    status = feeder.put(scan.key(), scan.value());
  }
  if (status.ok()) status = feeder.hand_over();
  if (status.ok()) status = db->Delete({}, rocksdb::Slice(progress_key));
  if (!status.ok()) return tl::unexpected(to_error(status, "move the activity log"));
  if (rows > 0) log_.info("activity_log.moved", {{"rows", rows}, {"path", path_}});
  if (scan.gap_count() > 0) {
    log_.error("activity_log.partly_moved",
               {{"gaps", scan.gap_count()},
                {"error", scan.gaps().front().reason},
                {"hint", "the old log was damaged; some events are lost, but no mail"}});
  }
  return {};
}

}  // namespace signpost::storage
