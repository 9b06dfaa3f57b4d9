// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Second copies of the few files without which a database cannot be opened. A disk that damages or
// loses one of them leaves the other, `NAME.spare` beside it, which RocksDB does not know:
//
//     files = std::make_shared<sparing_file_system>(files, spared::names);   // writes both
//     SP_CHECK(restore_from_spares(*files, folder, spared::names));          // before it is opened
//
// What is copied: MANIFEST and CURRENT, which are small and rarely written; in a small database the
// sorted files, too.
//
// A spare never causes a failure: if it cannot be written, it is removed, and the database
// continues.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>

#include "base/result.hpp"

namespace signpost::storage {

enum class spared {
  names,      ///< MANIFEST and CURRENT
  all_files,  ///< and sorted files; not the log, which is compared with what was acknowledged
};

class sparing_file_system final : public rocksdb::FileSystemWrapper {
 public:
  sparing_file_system(const std::shared_ptr<rocksdb::FileSystem>& under, spared what)
      : FileSystemWrapper(under), what_(what) {}
  [[nodiscard]] const char* Name() const override { return "sparing_file_system"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  const spared what_;
};

/// Replaces damaged or missing files that have an intact spare; an intact file without a spare gets
/// one. Damaged files go to `kept-…` below `FOLDER.losses`. Nobody may have the
/// database open. Damage without a spare is left for RocksDB to find.
/// errc::no_space, errc::unavailable.
result<void> restore_from_spares(rocksdb::FileSystem& files, const std::string& folder,
                                 spared what);

/// True if there is a database in the folder, intact or not: it may lack its CURRENT.
bool has_remains(rocksdb::FileSystem& files, const std::string& folder);

/// The machine's files, with spares of everything. Lives until the program ends.
rocksdb::Env* sparing_env();

}  // namespace signpost::storage
