// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/file_system.h>

#include <string>

namespace signpost::storage {

/// The lock of a database, as RocksDB takes it when it opens one. Threads: one.
class folder_lock {
 public:
  folder_lock(rocksdb::FileSystem& files, const std::string& folder) : files_(files) {
    (void)files_.LockFile(folder + "/LOCK", {}, &lock_, nullptr);
  }
  ~folder_lock() {
    if (lock_ != nullptr) (void)files_.UnlockFile(lock_, {}, nullptr);
  }
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  [[nodiscard]] bool held() const { return lock_ != nullptr; }

 private:
  rocksdb::FileSystem& files_;
  rocksdb::FileLock* lock_ = nullptr;
};

}  // namespace signpost::storage
