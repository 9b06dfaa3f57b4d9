// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/fault_file_system.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "storage/format/patient_file_system.hpp"

namespace signpost::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

/// Looks at paths as RocksDB writes them: `a//b` and `a/b` are one file.
std::string normal(const std::string& path) {
  auto text = std::filesystem::path(path).lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

class fault_file final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  fault_file(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
             fault_file_system& disk, std::uint64_t size_before = 0)
      : FSWritableFileOwnerWrapper(std::move(file)),
        path_(std::move(path)),
        disk_(disk),
        size_before_(size_before) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    disk_.before_write(path_);
    if (auto failed = disk_.before_operation(path_); !failed.ok()) return failed;
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& check, IODebugContext* debug) override {
    disk_.before_write(path_);
    if (auto failed = disk_.before_operation(path_); !failed.ok()) return failed;
    return FSWritableFileOwnerWrapper::Append(data, options, check, debug);
  }
  IOStatus PositionedAppend(const rocksdb::Slice& data, std::uint64_t offset,
                            const IOOptions& options, IODebugContext* debug) override {
    disk_.before_write(path_);
    if (auto failed = disk_.before_operation(path_); !failed.ok()) return failed;
    return FSWritableFileOwnerWrapper::PositionedAppend(data, offset, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); }, options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return sync([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); }, options, debug);
  }

 private:
  template <typename Call>
  IOStatus sync(Call call, const IOOptions& options, IODebugContext* debug) {
    disk_.before_sync(path_);
    if (auto failed = disk_.before_operation(path_); !failed.ok()) return failed;
    // The real sync would only cost time: the process lives, so the octets are safe with the
    // kernel.
    (void)call;
    disk_.synced(path_, std::max(GetFileSize(options, debug), size_before_));
    return IOStatus::OK();
  }

  std::string path_;
  fault_file_system& disk_;
  /// Of a file that was opened again: the wrapped one counts from there on.
  std::uint64_t size_before_;
};

class fault_directory final : public rocksdb::FSDirectoryWrapper {
 public:
  fault_directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string path,
                  fault_file_system& disk)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), disk_(disk) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return sync(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return sync();
  }

 private:
  IOStatus sync() {
    if (auto failed = disk_.before_operation(path_); !failed.ok()) return failed;
    disk_.directory_synced(path_);
    return IOStatus::OK();
  }

  std::string path_;
  fault_file_system& disk_;
};

class quick_clock final : public rocksdb::SystemClockWrapper {
 public:
  quick_clock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  [[nodiscard]] const char* Name() const override { return "quick_clock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class test_env final : public rocksdb::EnvWrapper {
 public:
  /// `files`: as the machine's file system is seen.
  explicit test_env(const std::shared_ptr<rocksdb::FileSystem>& files)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
    file_system_ = files;
    system_clock_ = std::make_shared<quick_clock>();
  }
  [[nodiscard]] const char* Name() const override { return "test_env"; }
};

bool concerns(const std::string& path, const std::string& only) {
  return path.ends_with(only);
}

}  // namespace

fault_file_system::fault_file_system() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void fault_file_system::set_fault(disk_fault fault, std::string only) {
  set_fault_after(fault, 0, std::move(only));
}

void fault_file_system::set_fault_after(disk_fault fault, std::uint64_t operations,
                                        std::string only) {
  const std::lock_guard lock(mutex_);
  fault_only_ = std::move(only);
  fault_after_ = operations;
  fault_ = fault;
}

void fault_file_system::limit_faults_to(std::string folder) {
  const std::lock_guard lock(mutex_);
  fault_under_ = std::move(folder);
}

void fault_file_system::set_free_octets(std::optional<std::uint64_t> octets) {
  const std::lock_guard lock(mutex_);
  free_octets_ = octets;
}

void fault_file_system::set_sync_hook(std::function<void(const std::string&)> hook) {
  const std::lock_guard lock(mutex_);
  sync_hook_ = std::move(hook);
}

void fault_file_system::set_write_hook(std::function<void(const std::string&)> hook) {
  const std::lock_guard lock(mutex_);
  write_hook_ = std::move(hook);
}

void fault_file_system::before_write(const std::string& path) {
  std::function<void(const std::string&)> hook;
  {
    const std::lock_guard lock(mutex_);
    hook = write_hook_;
  }
  if (hook) hook(path);
}

void fault_file_system::set_free_space_hook(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  free_space_hook_ = std::move(hook);
}

IOStatus fault_file_system::before_opening(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!power_) return IOStatus::IOError("power cut", path);
  if (!path.starts_with(fault_under_) || !concerns(path, fault_only_)) return IOStatus::OK();
  const auto what = "While open a file for appending: " + path;
  switch (fault_.load()) {
    case disk_fault::no_descriptors:
      return IOStatus::IOError(what, "Too many open files");
    case disk_fault::no_inodes:
      return IOStatus::NoSpace(what, "No space left on device");
    case disk_fault::quota:
      return IOStatus::IOError(what, "Disk quota exceeded");
    case disk_fault::read_only:
      return IOStatus::IOError(what, "Read-only file system");
    default:
      return IOStatus::OK();
  }
}

std::uint64_t fault_file_system::operations(const std::string& part) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, count] : operations_on_) {
    if (path.find(part) != std::string::npos) sum += count;
  }
  return sum;
}

IOStatus fault_file_system::before_operation(const std::string& path) {
  const std::lock_guard lock(mutex_);
  ++operations_;
  ++operations_on_[path];
  if (power_left_ == 0) power_ = false;
  if (!power_) return IOStatus::IOError("power cut", path);
  if (power_left_ != UINT64_MAX) --power_left_;
  if (fault_ == disk_fault::none || fault_ == disk_fault::no_descriptors
      || !path.starts_with(fault_under_) || !concerns(path, fault_only_)) {
    return IOStatus::OK();
  }
  if (fault_after_ > 0) {
    --fault_after_;
    return IOStatus::OK();
  }
  if (fault_ == disk_fault::io_error) return IOStatus::IOError("injected EIO", path);
  // RocksDB has no words of its own for these.
  if (fault_ == disk_fault::quota) return IOStatus::IOError(path, "Disk quota exceeded");
  if (fault_ == disk_fault::read_only) return IOStatus::IOError(path, "Read-only file system");
  auto full = IOStatus::NoSpace("injected ENOSPC", path);
  full.SetRetryable(true);  // as RocksDB's own file system says it
  return full;
}

void fault_file_system::before_sync(const std::string& path) {
  std::function<void(const std::string&)> hook;
  {
    const std::lock_guard lock(mutex_);
    hook = sync_hook_;
  }
  if (hook) hook(path);
}

void fault_file_system::synced(const std::string& path, std::uint64_t octets) {
  const std::lock_guard lock(mutex_);
  files_[path].synced = octets;
}

void fault_file_system::directory_synced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  for (auto& [path, state] : files_) {
    if (std::filesystem::path(path).parent_path() != directory) continue;
    state.entry_synced = true;
    state.replaced.reset();
  }
}

IOStatus fault_file_system::NewWritableFile(const std::string& path,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            IODebugContext* debug) {
  const auto name = normal(path);
  if (auto failed = before_opening(name); !failed.ok()) return failed;
  auto made = target()->NewWritableFile(path, options, file, debug);
  if (!made.ok()) return made;
  {
    const std::lock_guard lock(mutex_);
    files_[name] = {};
  }
  *file = std::make_unique<fault_file>(std::move(*file), name, *this);
  return made;
}

IOStatus fault_file_system::ReopenWritableFile(const std::string& path,
                                               const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSWritableFile>* file,
                                               IODebugContext* debug) {
  const auto name = normal(path);
  if (auto failed = before_opening(name); !failed.ok()) return failed;
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  auto made = target()->ReopenWritableFile(path, options, file, debug);
  if (made.ok()) {
    *file = std::make_unique<fault_file>(std::move(*file), name, *this, failed ? 0 : size);
  }
  return made;
}

IOStatus fault_file_system::NewDirectory(const std::string& path, const IOOptions& options,
                                         std::unique_ptr<rocksdb::FSDirectory>* directory,
                                         IODebugContext* debug) {
  auto made = target()->NewDirectory(path, options, directory, debug);
  if (made.ok()) {
    *directory = std::make_unique<fault_directory>(std::move(*directory), normal(path), *this);
  }
  return made;
}

IOStatus fault_file_system::RenameFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
  if (auto failed = before_operation(normal(to)); !failed.ok()) return failed;
  std::string old;
  const bool was_there = target()->FileExists(to, options, debug).ok()
                         && rocksdb::ReadFileToString(target(), to, &old).ok();
  auto renamed = target()->RenameFile(from, to, options, debug);
  if (!renamed.ok()) return renamed;
  const std::lock_guard lock(mutex_);
  auto& before = files_[normal(to)];
  if (was_there && !before.replaced) before.replaced = std::move(old);
  before.synced = files_[normal(from)].synced;
  before.entry_synced = false;
  files_.erase(normal(from));
  return renamed;
}

IOStatus fault_file_system::DeleteFile(const std::string& path, const IOOptions& options,
                                       IODebugContext* debug) {
  if (!has_power()) return IOStatus::IOError("power cut", path);
  {
    const std::lock_guard lock(mutex_);
    files_.erase(normal(path));
  }
  return target()->DeleteFile(path, options, debug);
}

volume_look fault_file_system::look() {
  return [this](const std::string& path) {
    std::function<void()> hook;
    {
      const std::lock_guard lock(mutex_);
      hook = free_space_hook_;
    }
    if (hook) hook();
    auto seen = look_at_volume(path);
    const std::lock_guard lock(mutex_);
    if (free_octets_) seen.free_octets = free_octets_;
    return seen;
  };
}

std::uint64_t fault_file_system::drop_unsynced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::uint64_t dropped = 0;
  for (const auto& [path, state] : files_) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(path, failed);
    if (failed || std::filesystem::path(path).parent_path() != normal(directory)) continue;
    if (state.replaced) {
      (void)rocksdb::WriteStringToFile(target(), *state.replaced, path);
    } else if (!state.entry_synced) {
      dropped += size;
      std::filesystem::remove(path, failed);
    } else if (state.synced < size) {
      dropped += size - state.synced;
      std::filesystem::resize_file(path, state.synced, failed);
    }
  }
  files_.clear();
  return dropped;
}

std::unique_ptr<rocksdb::Env> make_test_env(const std::shared_ptr<fault_file_system>& disk,
                                            spared spares) {
  return std::make_unique<test_env>(std::make_shared<sparing_file_system>(
      std::make_shared<patient_file_system>(disk), spares));
}

}  // namespace signpost::storage
