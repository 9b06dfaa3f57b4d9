// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the write-ahead log before RocksDB does. RocksDB replays it up to the first damage and
// silently drops the rest: right for what a crash leaves at the end, wrong for damage with commits
// after it.
//
//     SP_TRY(auto needs, read_log_needs(files, folder));
//     SP_TRY(auto survey, survey_logs(files, folder, needs, {…}));
//     SP_CHECK(keep_logs(files, folder, survey, aside));
//     SP_CHECK(mend_logs(files, folder, survey));
//
// Commits are numbered without gaps (RocksDB's sequence numbers), so the numbers after a gap show
// what is missing. A *torn tail* has no commit after it and nothing in it was acknowledged: it is
// not reported. Anything else is a *hole*.
//
// Repairing rewrites each damaged file with every complete commit in it, so that RocksDB replays
// what is before and after the hole, for those families that need it.
//
// Threads: any, while nobody has the database open.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/format/manifest_reader.hpp"
#include "storage/losses/acknowledged_mark.hpp"

namespace signpost::storage {

struct log_hole {
  std::string file;           ///< its name; empty: no file exists
  std::uint64_t offset = 0;   ///< where the damage begins
  std::uint64_t octets = 0;   ///< damaged; 0 = missing entirely
  std::uint64_t from = 0;     ///< the first missing number; 0 = unknown
  std::uint64_t behind = 0;   ///< the first number after it; 0 = none
  bool missing_file = false;  ///< `file` is missing

  [[nodiscard]] std::string to_string() const;
};

struct log_survey {
  std::vector<log_hole> holes;
  std::uint64_t last_sequence = 0;  ///< the last one found; 0 = none
  /// Damaged files that RocksDB would not read to their end, with what in them looks like commits
  /// but cannot be (by offset).
  std::map<std::uint64_t, std::set<std::uint64_t>> to_mend;
  /// Files, in order.
  std::vector<std::uint64_t> logs;
  bool any_octets = false;  ///< a file is not empty
};

struct survey_options {
  /// What is known to have been acknowledged; 0 = unknown.
  std::uint64_t acknowledged = 0;
  /// Numbers are also used outside the log (by imports): only damage counts as a hole.
  bool numbers_may_skip = false;
  /// Called for each batch in order: its last number and its octets.
  std::function<void(std::uint64_t, std::string_view)> on_batch = {};
};

/// errc::unavailable.
result<log_survey> survey_logs(rocksdb::FileSystem& files, const std::string& folder,
                               const log_needs& needs, const survey_options& options);

/// Keeps each file that is damaged or has a hole in the folder `aside`. errc::unavailable,
/// errc::no_space.
result<void> keep_logs(rocksdb::FileSystem& files, const std::string& folder,
                       const log_survey& survey, const std::string& aside);

/// Replaces each damaged file with an intact one. Can be repeated after a crash.
/// errc::unavailable, errc::no_space.
result<void> mend_logs(rocksdb::FileSystem& files, const std::string& folder,
                       const log_survey& survey);

/// `000012.log`.
std::string log_name(std::uint64_t number);

}  // namespace signpost::storage
