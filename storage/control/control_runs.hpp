// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rows in any order, sorted piece by piece into RocksDB files, which the database then adopts all
// at once. For the files of storage/ only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "storage/control/control_database.hpp"

namespace signpost::storage {

/// Threads: one. A key must be added once only.
class control_runs {
 public:
  /// Files are written to `folder`, which exists. About `memory_octets` are sorted at a time.
  control_runs(const control_database& database, std::string folder, std::size_t memory_octets)
      : database_(database), folder_(std::move(folder)), memory_octets_(memory_octets) {}

  /// errc::no_space, errc::unavailable; errc::conflict: the key was added before.
  result<void> add(control_schema::family f, std::string_view key, std::string_view value);
  /// Writes the rest and makes everything part of the database, atomically.
  result<void> hand_over();

 private:
  struct row {
    std::size_t at;
    std::uint32_t key_octets;
    std::uint32_t value_octets;
  };
  struct buffer {
    std::string octets;
    std::vector<row> rows;
    std::vector<std::string> files;
  };

  result<void> flush(control_schema::family f);
  buffer& of(control_schema::family f) { return buffers_[static_cast<std::size_t>(f)]; }

  const control_database& database_;
  const std::string folder_;
  const std::size_t memory_octets_;
  std::size_t used_ = 0;
  std::size_t files_made_ = 0;
  std::array<buffer, control_schema::family_names.size()> buffers_;
};

}  // namespace signpost::storage
