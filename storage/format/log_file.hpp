// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The format of RocksDB's logs (the write-ahead log, MANIFEST), read past damage and rewritten.
//
// A log is a sequence of blocks of 32 KiB. A block consists of fragments: masked CRC-32C of all
// that follows, length, kind (whole, first, middle, last), octets. A record is one whole fragment,
// or a first one and those up to a last one. Integers are little-endian.
//
// RocksDB stops at the first damaged fragment. This reader continues at the next intact one: after
// a fragment whose contents do not match their checksum, otherwise in the next block. It never
// looks for fragments in other places, because a stranger's text in a mail could look like one.
//
// Limits: memory for one record and one block. Not done: recycled or compressed logs, which our
// options never produce.
#pragma once

#include <rocksdb/file_system.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace signpost::storage {

inline constexpr std::size_t log_block_octets = 32U << 10;
inline constexpr std::size_t log_header_octets = 7;

struct log_record {
  std::uint64_t offset = 0;  ///< of its first fragment
  std::string payload;
  /// Octets between the previous record and this one that belong to no record.
  std::uint64_t damaged_octets = 0;
  std::uint64_t damage_offset = 0;  ///< where they begin
};

/// Threads: one.
class log_reader {
 public:
  /// errc::not_found, errc::unavailable.
  static result<log_reader> open(rocksdb::FileSystem& files, const std::string& path);

  /// False at the end; `record` then has the damage after the last record. Also false if the disk
  /// returns an error: see `failure`.
  bool next(log_record& record);
  /// errc::unavailable: the end was not reached. The error may be temporary, so what could not be
  /// read is not damage.
  [[nodiscard]] result<void> failure() const;
  [[nodiscard]] std::uint64_t file_octets() const { return size_; }

 private:
  enum class kind : unsigned char { none = 0, whole = 1, first = 2, middle = 3, last = 4 };
  struct fragment {
    kind what = kind::none;
    std::uint64_t offset = 0;
    std::string_view octets;
  };

  log_reader(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string path,
             std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  /// The next intact fragment; false at the end. Damage is recorded in `record`.
  bool next_fragment(fragment& out, log_record& record);
  /// Checks the fragment at `place_` and moves past it.
  bool take_fragment(fragment& out, log_record& record);
  bool read_block();
  static void note_damage(log_record& record, std::uint64_t offset, std::uint64_t octets);

  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  std::string path_;
  std::uint64_t size_;
  rocksdb::IOStatus failure_;
  std::uint64_t block_at_ = 0;    ///< offset of the block in `block_`
  std::uint64_t next_block_ = 0;  ///< offset of the next one
  std::size_t place_ = 0;
  std::string_view block_;
  std::string buffer_;
};

/// Writes a log with the given records. Threads: one.
class log_writer {
 public:
  /// Creates or empties the file. errc::unavailable, errc::no_space.
  static result<log_writer> create(rocksdb::FileSystem& files, const std::string& path);
  result<void> add(std::string_view payload);
  /// Syncs and closes.
  result<void> finish();

 private:
  explicit log_writer(std::unique_ptr<rocksdb::FSWritableFile> file) : file_(std::move(file)) {}

  std::unique_ptr<rocksdb::FSWritableFile> file_;
  std::size_t place_ = 0;  ///< in the block
};

}  // namespace signpost::storage
