// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies of the node's databases at one moment, for `signpost backup create`: created in the data
// directory, where they are links and where the node may write, copied elsewhere by the command,
// and removed.
//
// Mail is copied first, then the control store: everything that mail refers to is then in the later
// copy.
//
// Threads: `make` and `remove` from any; construction and destruction from one, while both stores
// exist.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "api/frame/node_operations.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {

class snapshot_desk {
 public:
  /// `config`: nullptr if zones come from a file. Remains of an earlier run are removed.
  snapshot_desk(storage::spool& spool, model::control_store* config, const std::string& data_dir);
  /// Waits for the copy under way.
  ~snapshot_desk();
  snapshot_desk(const snapshot_desk&) = delete;
  snapshot_desk& operator=(const snapshot_desk&) = delete;

  /// Copies on a separate thread, which calls `done`. A copy that nobody has fetched is removed.
  /// errc::conflict: one is being made; otherwise as `spool::copy_to`.
  void make(std::function<void(result<api::snapshot_report>)> done);
  /// Removes the copy, if there is one. errc::conflict: it is being made.
  result<void> remove();

 private:
  [[nodiscard]] result<api::snapshot_report> copy() const;

  storage::spool& spool_;
  model::control_store* config_;
  const std::string folder_;
  std::mutex mutex_;
  bool busy_ = false;   // guarded by mutex_
  std::thread worker_;  // guarded by mutex_
};

}  // namespace signpost
