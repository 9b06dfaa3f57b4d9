// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A message that stays in the spool while it is sent: its beginning is in memory, with all of its
// header section, and the rest is read piece by piece when the destination takes it.
//
// Threads: `load_large` waits for the disk. Limits: see the constants.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "actors/interfaces.hpp"
#include "base/body.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

/// How many parts are read to find the end of the header section; with a longer one, the whole
/// message has to be in memory.
inline constexpr std::uint64_t header_parts_max = 4;
/// How much memory the beginning and everything between disk and network may take while one is
/// sent: pieces of the rest, output of the session, what the kernel has not accepted yet.
inline constexpr std::size_t travelling_octets = 640U << 10;

/// Hashes of bodies, by message: copies for many sites are read for each, but hashed once.
class body_hash_memory {
 public:
  static constexpr std::size_t entries_max = 1024;

  /// Null if it is not (or no longer) known.
  [[nodiscard]] const std::string* find(const model::queue_id& id) const;
  void put(const model::queue_id& id, std::string hash);
  void forget(const model::queue_id& id);

 private:
  std::map<model::queue_id, std::string> hashes_;
  std::deque<model::queue_id> order_;
};

/// Reads a message of `record` that is stored in parts. Of the received message, only what may
/// follow our own fields is kept (presentable.hpp), so that the hash covers what is sent.
/// errc::not_found: it is not stored in parts, or its header section does not end soon enough.
/// errc::no_space: `budget` has no room for `travelling_octets`. The parts are requested from
/// `reader`.
result<body_ptr> load_large(storage::spool& spool, const model::message_record& record,
                            std::string_view authserv_id, memory_budget& budget,
                            const spool_reader_actor& reader, body_hash_memory& known);

}  // namespace signpost::actors
