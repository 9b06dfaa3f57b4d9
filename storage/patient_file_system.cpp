// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/patient_file_system.hpp"

#include "storage/spare_files.hpp"
#include "storage/status.hpp"

namespace signpost::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOStatus;

IOStatus judged(IOStatus status) {
  if (is_out_of_descriptors(status)) status.SetRetryable(true);
  return status;
}

}  // namespace

IOStatus patient_file_system::NewSequentialFile(const std::string& path,
                                                const rocksdb::FileOptions& options,
                                                std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                                IODebugContext* debug) {
  return judged(FileSystemWrapper::NewSequentialFile(path, options, file, debug));
}

IOStatus patient_file_system::NewRandomAccessFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext* debug) {
  return judged(FileSystemWrapper::NewRandomAccessFile(path, options, file, debug));
}

IOStatus patient_file_system::NewWritableFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              IODebugContext* debug) {
  return judged(FileSystemWrapper::NewWritableFile(path, options, file, debug));
}

IOStatus patient_file_system::ReopenWritableFile(const std::string& path,
                                                 const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                 IODebugContext* debug) {
  return judged(FileSystemWrapper::ReopenWritableFile(path, options, file, debug));
}

IOStatus patient_file_system::NewDirectory(const std::string& path,
                                           const rocksdb::IOOptions& options,
                                           std::unique_ptr<rocksdb::FSDirectory>* directory,
                                           IODebugContext* debug) {
  return judged(FileSystemWrapper::NewDirectory(path, options, directory, debug));
}

rocksdb::Env* patient_env() {
  // Databases may be closed while the program ends: never destroyed.
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<sparing_file_system>(
                                   std::make_shared<patient_file_system>(
                                       rocksdb::FileSystem::Default()),
                                   spared::names))
          .release();
  return env;
}

}  // namespace signpost::storage
