// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Damage to the sorted files of a database that nobody has open: finds it and takes it out, so that
// the database can be opened, read and rewritten without it.
//
//     SP_TRY(const auto survey, survey_tables({.folder = spool}));   // only looks
//     SP_TRY(const auto mended, mend_tables({.folder = spool}));     // looks, and takes out
//     // then open it, repair_after_loss() and check_schedule(thoroughly): what can be derived is
//     // made again from what is there (mending_spool.hpp does all of this at every start)
//
// Of a file whose rows are damaged, the damaged blocks (some KiB of rows) are replaced by empty
// ones. A file that is missing, too short, or whose index, filter or footer is damaged is removed
// as a whole: RocksDB cannot read any of it. Each damaged file is kept in a folder of the loss
// register first. Rows that were replaced or removed may come back if the replacing rows are lost:
// mail is sent twice rather than lost.
//
// Before the first change, the file `MENDING` in the folder records what is damaged.
//
// Threads: one, while nobody has the database open (its lock is taken).
// Limits: `mended_blocks_max` blocks of a file and `verified_octets_max` octets that are read for
// it, otherwise it is removed as a whole. Not done: damage to MANIFEST, and to blob files, whose
// octets are read, and judged, when a message is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/spool/schema.hpp"

namespace rocksdb {
class Env;
}

namespace signpost::storage {

inline constexpr std::uint64_t mended_blocks_max = 1000;
inline constexpr std::uint64_t verified_octets_max = 4ULL << 30;

struct damaged_table {
  std::uint64_t number = 0;
  std::string file;          ///< `000123.sst`
  std::string family;        ///< its name: `rcpt`
  std::string what;          ///< as RocksDB reports it
  bool as_a_whole = false;   ///< completely unreadable
  std::uint64_t blocks = 0;  ///< else: those that were replaced; of a survey, at least 1

  /// For human readers and reports.
  [[nodiscard]] std::string to_string() const;
};

struct table_damage {
  std::vector<damaged_table> damaged;
  std::uint64_t files = 0;   ///< examined
  std::uint64_t octets = 0;  ///< in them
  std::string kept;          ///< the folder with the damaged files; empty: nothing was kept

  [[nodiscard]] bool any() const { return !damaged.empty(); }
  /// True if rows of a family are missing.
  [[nodiscard]] bool concerns(schema::family family) const;
};

struct table_options {
  std::string folder;           ///< of the database
  rocksdb::Env* env = nullptr;  ///< nullptr = the machine's
};

/// Reads every block of every sorted file. Changes nothing. errc::not_found: there is no database;
/// errc::conflict: somebody has it open; errc::corrupt: its MANIFEST cannot be read;
/// errc::unavailable.
result<table_damage> survey_tables(const table_options& options);

/// Checks, and removes what is damaged. The result includes those of earlier calls, until
/// `forget_mending`: if the process ends before they were acted upon, the next start finds them.
/// Can be repeated after a crash. Fails as `survey_tables`; errc::no_space.
result<table_damage> mend_tables(const table_options& options);

/// Records in the folder that files may be damaged, unless more is already recorded.
void note_mending(const table_options& options);
[[nodiscard]] bool is_mending_noted(const table_options& options);
/// What was repaired is reported, and what can be derived is rebuilt.
void forget_mending(const table_options& options);

}  // namespace signpost::storage
