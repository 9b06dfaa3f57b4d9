// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The files of a running node that may change under it: certificate, keys, secrets, its log.
//
// Threads: one.
#pragma once

#include "apps/signpostd/node/node_parts.hpp"

namespace signpost {

class node_files {
 public:
  /// `parts` must outlive it.
  explicit node_files(const node_parts& parts) : parts_(parts) {}

  /// To be called every node.reload_interval: takes over what has changed.
  void look();
  /// SIGHUP: everything is read again, and the log file opened anew.
  void reload();

 private:
  void refresh_certificate();
  void refresh_srs();
  void reopen_log();

  const node_parts& parts_;
  bool log_is_lost_ = false;
};

}  // namespace signpost
