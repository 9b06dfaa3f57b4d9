// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Before a database is opened: checks whether its write-ahead log is intact and, if not, what of it
// can be kept. See log_survey.hpp for what a hole is.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/format/spare_files.hpp"
#include "storage/losses/log_survey.hpp"

namespace rocksdb {
class Env;
}

namespace signpost::storage {

struct recovery_options {
  std::string folder;            ///< of the database
  rocksdb::Env* env = nullptr;   ///< nullptr = the machine's
  std::uint64_t acknowledged = 0;
  bool numbers_may_skip = false;
  /// The database keeps what is before the first hole, unless files written since already have
  /// more: for contents that build on each other.
  bool only_before_hole = false;
  /// Which files have spares, to be restored before the log is read.
  spared spares = spared::names;
  std::function<void(std::uint64_t, std::string_view)> on_batch = {};
};

struct log_recovery {
  bool exists = false;  ///< the database exists
  log_survey survey;
  /// False: the sizes in the MANIFEST are outdated, because files have been repaired since.
  bool sizes_hold = true;
  std::string kept;  ///< the folder with the files as they were; empty: none had to be kept

  [[nodiscard]] bool damaged() const { return !survey.holes.empty(); }
};

/// Checks and repairs. A database that somebody else has open, or whose MANIFEST cannot be read, is
/// left alone: opening it will report that. errc::unavailable, errc::no_space.
result<log_recovery> recover_log(const recovery_options& options);

}  // namespace signpost::storage
