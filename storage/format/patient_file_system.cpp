// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/patient_file_system.hpp"

#include <utility>

#include "storage/format/spare_files.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus judged(IOStatus status) {
  if (status.ok()) return status;
  if (!status.IsNoSpace() && is_no_space(status)) status = IOStatus::NoSpace(status.ToString());
  if (status.IsNoSpace() || is_out_of_descriptors(status)) status.SetRetryable(true);
  return status;
}

/// For a file that was to be created. RocksDB recovers from every error that is marked retryable,
/// except one: it believes that a log for which there was no space can never be created.
IOStatus judged_opening(IOStatus status) {
  if (status.ok()) return status;
  if (is_no_space(status)) status = IOStatus::IOError(status.ToString());
  if (is_no_space(status) || is_out_of_descriptors(status)) status.SetRetryable(true);
  return status;
}

class patient_file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Append(data, options, debug));
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& check, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Append(data, options, check, debug));
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Truncate(size, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Close(options, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Fsync(options, debug));
  }
  IOStatus RangeSync(std::uint64_t offset, std::uint64_t size, const IOOptions& options,
                     IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::RangeSync(offset, size, options, debug));
  }
  IOStatus Allocate(std::uint64_t offset, std::uint64_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    return judged(FSWritableFileOwnerWrapper::Allocate(offset, size, options, debug));
  }
};

class patient_directory final : public rocksdb::FSDirectoryWrapper {
 public:
  using FSDirectoryWrapper::FSDirectoryWrapper;

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return judged_opening(FSDirectoryWrapper::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& why) override {
    return judged_opening(FSDirectoryWrapper::FsyncWithDirOptions(options, debug, why));
  }
};

IOStatus made_patient(IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>& file) {
  if (status.ok()) file = std::make_unique<patient_file>(std::move(file));
  return judged_opening(std::move(status));
}

}  // namespace

IOStatus patient_file_system::NewSequentialFile(const std::string& path,
                                                const rocksdb::FileOptions& options,
                                                std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                                IODebugContext* debug) {
  return judged_opening(FileSystemWrapper::NewSequentialFile(path, options, file, debug));
}

IOStatus patient_file_system::NewRandomAccessFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext* debug) {
  return judged_opening(FileSystemWrapper::NewRandomAccessFile(path, options, file, debug));
}

IOStatus patient_file_system::NewWritableFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              IODebugContext* debug) {
  return made_patient(FileSystemWrapper::NewWritableFile(path, options, file, debug), *file);
}

IOStatus patient_file_system::ReopenWritableFile(const std::string& path,
                                                 const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                 IODebugContext* debug) {
  return made_patient(FileSystemWrapper::ReopenWritableFile(path, options, file, debug), *file);
}

IOStatus patient_file_system::NewDirectory(const std::string& path,
                                           const rocksdb::IOOptions& options,
                                           std::unique_ptr<rocksdb::FSDirectory>* directory,
                                           IODebugContext* debug) {
  auto status = FileSystemWrapper::NewDirectory(path, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<patient_directory>(std::move(*directory));
  return judged_opening(std::move(status));
}

IOStatus patient_file_system::RenameFile(const std::string& from, const std::string& to,
                                         const rocksdb::IOOptions& options,
                                         IODebugContext* debug) {
  return judged(FileSystemWrapper::RenameFile(from, to, options, debug));
}

rocksdb::Env* patient_env() {
  // Never destroyed, because databases may be closed while the program ends.
  static rocksdb::Env* const env =
      rocksdb::NewCompositeEnv(std::make_shared<sparing_file_system>(
                                   std::make_shared<patient_file_system>(
                                       rocksdb::FileSystem::Default()),
                                   spared::names))
          .release();
  return env;
}

}  // namespace signpost::storage
