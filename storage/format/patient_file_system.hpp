// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Shows RocksDB which failures are transient: a file that could not be opened because the process,
// or the machine, has no descriptor left was not touched at all; an exceeded quota and a read-only
// file system are like a full disk. RocksDB treats every error that is not marked retryable as
// damage and refuses to continue until the store is reopened.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>

namespace signpost::storage {

class patient_file_system final : public rocksdb::FileSystemWrapper {
 public:
  explicit patient_file_system(const std::shared_ptr<rocksdb::FileSystem>& under)
      : FileSystemWrapper(under) {}
  [[nodiscard]] const char* Name() const override { return "patient_file_system"; }

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
};

/// The machine's files in this view, with spares of MANIFEST and CURRENT (spare_files.hpp). Lives
/// until the program ends.
rocksdb::Env* patient_env();

}  // namespace signpost::storage
