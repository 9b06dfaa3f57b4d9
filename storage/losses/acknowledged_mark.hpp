// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every commit of the spool records about itself in the write-ahead log, and only there: which
// messages it accepted and which it ended, and how many there are then. From it the record beside
// the spool is completed after a crash, and the size of a hole in the log can be determined from
// its far side.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/queue/queue_id.hpp"

namespace signpost::storage {

struct acknowledged_mark {
  std::uint32_t store = 0;           ///< the database's identity, shortened
  std::uint64_t messages = 0;        ///< in the spool after this commit
  std::uint64_t accepted_total = 0;  ///< since the record began, including these
  std::vector<model::queue_id> accepted{};
  std::vector<model::queue_id> ended{};

  [[nodiscard]] std::string encode() const;
  /// Nothing if the octets are not a mark.
  static std::optional<acknowledged_mark> decode(std::string_view octets);
  bool operator==(const acknowledged_mark&) const = default;
};

/// The mark in a write batch, as stored in the log; nothing if there is none or the batch cannot
/// be read.
std::optional<acknowledged_mark> mark_of(std::string_view batch);

}  // namespace signpost::storage
