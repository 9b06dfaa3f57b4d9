// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/status.hpp"

#include <string>

namespace signpost::storage {
namespace {

// RocksDB has no code for "another process holds LOCK" or for EACCES: only the text shows it.
bool names_the_lock(std::string_view text) {
  return text.find("While lock file") != std::string_view::npos
         || text.find("lock hold by current process") != std::string_view::npos;
}

// Nor for EDQUOT and EROFS; and patient_file_system removes the one for ENOSPC.
bool names_no_room(std::string_view text) {
  return text.find("No space left on device") != std::string_view::npos
         || text.find("Disk quota exceeded") != std::string_view::npos
         || text.find("Read-only file system") != std::string_view::npos;
}

errc to_errc(const rocksdb::Status& status, std::string_view text) {
  if (is_no_space(status)) return errc::no_space;
  if (status.IsCorruption()) return errc::corrupt;
  if (status.IsNotFound()) return errc::not_found;
  if (names_the_lock(text)) return errc::conflict;
  if (text.find("Permission denied") != std::string_view::npos) return errc::denied;
  if (text.find("Column families not opened") != std::string_view::npos) return errc::malformed;
  return errc::unavailable;
}

}  // namespace

bool tells_of_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound();
}

bool names_a_table(std::string_view text) { return text.find(".sst") != std::string_view::npos; }

bool is_no_space(const rocksdb::Status& status) {
  return status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace
         || status.subcode() == rocksdb::Status::kSpaceLimit
         || (status.IsIOError() && names_no_room(status.ToString()));
}

bool is_log_check(const rocksdb::Status& status) {
  if (!status.IsCorruption()) return false;
  const auto text = status.ToString();
  return text.find("Missing WAL with log number") != std::string::npos
         || text.find("Size mismatch: WAL") != std::string::npos;
}

// RocksDB has no code for EMFILE and ENFILE either.
bool is_out_of_descriptors(const rocksdb::Status& status) {
  return status.IsIOError()
         && status.ToString().find("Too many open files") != std::string::npos;
}

error to_error(const rocksdb::Status& status, std::string_view what) {
  const auto text = status.ToString();
  return {to_errc(status, text), std::string(what) + ": " + text};
}

error to_read_error(const rocksdb::Status& status, std::string_view what) {
  auto e = to_error(status, what);
  if (status.IsPathNotFound()) e.code = errc::corrupt;
  return e;
}

}  // namespace signpost::storage
