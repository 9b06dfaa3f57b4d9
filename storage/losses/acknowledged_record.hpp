// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What was acknowledged, recorded outside the database that stores it: a small file beside its
// folder. Anything recorded here and missing from the database after a start was lost, whatever
// happened to the database: damaged, truncated, replaced by an older copy, or missing as a whole.
//
// The file: two slots with the newest numbers, written in turn, then a ring of the messages that
// were accepted and ended last. Everything has a checksum. It is written after each commit, which
// survives the end of the process, and synced by a separate thread soon after: no commit waits for
// that. After a power failure the ring may lack its last moments; the marks in the write-ahead log
// complete it.
//
// Threads: `note` and `begin` one at a time; `sync` any.
// Limits: `spool_options::record_entries` messages accepted or ended; older ones are counted, not
// named.
#pragma once

#include <rocksdb/write_batch.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::storage {

/// Distinguishes databases; random.
using store_identity = std::array<char, 16>;
store_identity make_store_identity();
std::string text_of(const store_identity& identity);
/// As stored in marks.
std::uint32_t shortened(const store_identity& identity);

struct acknowledged_numbers {
  store_identity identity{};
  std::uint64_t sequence = 0;        ///< of RocksDB, after the last acknowledged commit
  std::uint64_t messages = 0;        ///< in the spool then; for a control store: its revision
  std::uint64_t accepted_total = 0;  ///< since the record began
  std::uint64_t ids_reserved = 0;    ///< no id above this has been issued
};

class acknowledged_record {
 public:
  struct entry {
    enum class kind : std::uint8_t { accepted = 1, ended = 2 };
    model::queue_id id;
    kind what = kind::accepted;
    std::uint64_t sequence = 0;  ///< of the commit's last row
  };
  /// The contents of a file.
  struct contents {
    acknowledged_numbers numbers;
    std::vector<entry> entries;  ///< in the order of the commits
    bool reaches_back = true;    ///< false: the ring has forgotten older ones
    /// False: entries in between are missing, because of damage or a power failure. Messages that
    /// arrived may have left by then.
    bool whole = true;
  };

  /// Opens the file, or creates it when `begin` is called. `ring_entries` only counts for a new
  /// one;
  /// 0 = no ring. Not `durable`: nothing is ever synced. errc::denied, errc::unavailable.
  static result<std::unique_ptr<acknowledged_record>> open(const std::string& path,
                                                           std::size_t ring_entries,
                                                           bool durable = true);
  ~acknowledged_record();
  acknowledged_record(const acknowledged_record&) = delete;
  acknowledged_record& operator=(const acknowledged_record&) = delete;

  /// The contents of the file when it was opened; nothing if there was none, or nothing in it is
  /// intact. Moved out: call once.
  std::optional<contents> take_contents() { return std::move(contents_); }
  /// True if there was a file.
  [[nodiscard]] bool was_there() const { return was_there_; }

  /// From here on the record is for this database, with these messages accepted or ended since.
  /// With another identity the ring is empty. Waits until the disk has it.
  /// errc::no_space, errc::unavailable.
  result<void> begin(const acknowledged_numbers& numbers, std::span<const entry> entries = {});
  /// After a commit. A record that cannot be written is given up and removed: an outdated one would
  /// claim losses that do not exist.
  void note(const acknowledged_numbers& numbers, std::span<const entry> entries);
  /// Waits until the disk has all of it.
  void sync();

 private:
  acknowledged_record(std::string path, int descriptor, std::size_t ring_entries, bool durable);
  // False: the disk returned an error, in errno.
  bool read();
  bool read_slots(std::optional<acknowledged_numbers>& newest);
  bool read_ring(contents& out);
  bool allocate();
  bool write_slot(const acknowledged_numbers& numbers);
  bool write_entries(std::span<const entry> entries);
  bool write_at(std::uint64_t offset, std::string_view octets);
  void give_up();
  void keep_syncing();

  const std::string path_;
  int descriptor_ = -1;
  std::size_t ring_entries_;
  const bool durable_;
  bool was_there_ = false;
  std::optional<contents> contents_;
  acknowledged_numbers numbers_;
  std::uint64_t position_ = 0;  ///< of the next entry, counted from the very first
  std::uint64_t slot_ = 0;      ///< how often a slot was written
  std::string buffer_;

  std::mutex mutex_;  ///< of everything down to the blank line
  std::condition_variable wake_;
  bool dirty_ = false;
  bool ending_ = false;

  std::thread syncer_;
};

/// The number of the last row of a batch that was written.
std::uint64_t last_sequence_of(const rocksdb::WriteBatch& batch);

/// Removes the record of the database in `folder`, so that the next start begins a new one: after
/// the contents were deliberately changed by anything but the node.
result<void> forget_acknowledged(const std::string& folder);

/// Where the record of the database in `folder` is.
std::string acknowledged_path(const std::string& folder);

}  // namespace signpost::storage
