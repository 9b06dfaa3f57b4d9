// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A file system for RocksDB that can lose power, run full, break and be slow.
//
//     auto disk = std::make_shared<fault_file_system>();
//     disk->cut_power_after(17);            // the 18th write or sync and everything after it fails
//     … work, close …
//     disk->drop_unsynced(directory);       // what a disk without power would have kept
//
// Power loss is modelled per file: octets behind the last sync of the file are gone, and so is what
// happened to its name (making it, renaming it over another) since its directory was last synced.
//
// Threads: any.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "storage/format/spare_files.hpp"
#include "storage/format/volume.hpp"

namespace signpost::storage {

/// no_space: writes and syncs; no_inodes: these, and files cannot be made either.
enum class disk_fault { none, no_space, no_inodes, quota, read_only, io_error, no_descriptors };

class fault_file_system final : public rocksdb::FileSystemWrapper {
 public:
  fault_file_system();
  [[nodiscard]] const char* Name() const override { return "fault_file_system"; }

  /// After `operations` more writes and syncs nothing reaches the disk any more.
  void cut_power_after(std::uint64_t operations) { power_left_ = operations; }
  /// Writes and syncs seen so far.
  [[nodiscard]] std::uint64_t operations() const { return operations_; }
  /// Those on paths with that part: the activity log's thread has operations of its own.
  [[nodiscard]] std::uint64_t operations(const std::string& part) const;
  [[nodiscard]] bool has_power() const { return power_; }
  /// Rewrites `directory` to what had been synced when power was lost; nobody may have it open.
  /// Returns how many octets went.
  std::uint64_t drop_unsynced(const std::string& directory);

  /// From now on every write and sync (no_descriptors: every opening of a file to be written) fails
  /// so; with `only` set, those of files whose name ends so.
  void set_fault(disk_fault fault, std::string only = {});
  /// The same, after `operations` more of those that it concerns.
  void set_fault_after(disk_fault fault, std::uint64_t operations, std::string only = {});
  /// Faults are those of files in this folder only; empty = of all.
  void limit_faults_to(std::string folder);
  /// What `look` says is free; nothing = what is.
  void set_free_octets(std::optional<std::uint64_t> octets);
  /// For a store's `look_at_volume`. This must outlive it.
  volume_look look();
  /// Called before every sync with the path of the file.
  void set_sync_hook(std::function<void(const std::string&)> hook);
  /// Called before every write with the path of the file; may take its time.
  void set_write_hook(std::function<void(const std::string&)> hook);
  /// Called whenever free space is asked for; may set another one.
  void set_free_space_hook(std::function<void()> hook);

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
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // For the files that this makes.
  /// The fault with which a file cannot be opened to write, if any.
  rocksdb::IOStatus before_opening(const std::string& path);
  /// Counts one write or sync; the fault it must fail with, if any.
  rocksdb::IOStatus before_operation(const std::string& path);
  void before_sync(const std::string& path);
  void before_write(const std::string& path);
  void synced(const std::string& path, std::uint64_t octets);
  void directory_synced(const std::string& directory);

 private:
  struct file_state {
    std::uint64_t synced = 0;
    bool entry_synced = false;
    /// What stood under the name before a rename whose directory was not synced yet.
    std::optional<std::string> replaced;
  };

  mutable std::mutex mutex_;
  std::map<std::string, file_state> files_;
  std::string fault_only_;
  std::string fault_under_;
  std::optional<std::uint64_t> free_octets_;
  std::function<void(const std::string&)> sync_hook_;
  std::function<void(const std::string&)> write_hook_;
  std::function<void()> free_space_hook_;
  std::atomic<disk_fault> fault_{disk_fault::none};
  std::uint64_t fault_after_ = 0;
  std::atomic<std::uint64_t> operations_{0};
  std::map<std::string, std::uint64_t> operations_on_;  ///< by path
  std::atomic<std::uint64_t> power_left_{UINT64_MAX};
  std::atomic<bool> power_{true};
};

/// An environment over `disk` in which RocksDB's pauses of a second after an error take no time.
std::unique_ptr<rocksdb::Env> make_test_env(const std::shared_ptr<fault_file_system>& disk,
                                            spared spares = spared::names);

}  // namespace signpost::storage
