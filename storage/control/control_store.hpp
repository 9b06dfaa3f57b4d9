// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane's store of one node, in a RocksDB of its own.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "storage/format/volume.hpp"

namespace rocksdb {
class Env;
}

namespace signpost::storage {

struct control_store_options {
  std::string path;  ///< a folder, created with mode 0700 if it does not exist
  /// Changes are refused (errc::no_space) while less than this is free on the disk.
  std::uint64_t free_octets_min = 64ULL << 20;
  /// Octets of write buffers together; the reading cache has as much again.
  std::size_t memory_octets = 64U << 20;
  /// Files that RocksDB keeps open; it writes a few more.
  std::size_t open_files_max = 512;
  /// How many changes the change feed can return at least.
  std::uint64_t change_log_max = 1'000'000;
  /// Octets that an import sorts at once.
  std::size_t import_memory_octets = 256U << 20;
  /// The loss that the operator has accepted, as it was reported when found; empty = none.
  std::string accept_loss = {};
  /// Stamps changes; nullptr = the machine's.
  const clock* time = nullptr;
  /// Tests put a file system here that loses unsynced bytes or injects errors; else nullptr.
  rocksdb::Env* env = nullptr;
  /// Tests check a volume of their own, at every change; not set: the disk, from time to time.
  volume_look look_at_volume = {};
};

/// Opens or creates. errc::conflict: another process has it open; errc::malformed: a newer version
/// wrote it; errc::corrupt; errc::denied; errc::no_space; errc::unavailable, also if the store that
/// was there is missing. No reader may outlive the store.
result<std::unique_ptr<model::control_store>> open_control_store(
    const control_store_options& options);

/// Copies a control store as `spool::copy_to` does a spool, into `folder` itself.
result<void> copy_control_store(model::control_store& from, const std::string& folder);

}  // namespace signpost::storage
