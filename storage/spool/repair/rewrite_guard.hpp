// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps damage that RocksDB finds while it rewrites files in the background from stopping the
// store: a rewrite that fails loses nothing, but RocksDB would accept no further writes. Instead,
// rewriting of the family pauses for a while, longer each time. Once the damaged messages have left
// the queue, nothing reads the damage any more.
//
//     options.listeners.push_back(guard.listener());
//     guard.tend(database);  // every second
//
// Threads: `tend` one at a time; the others any.
#pragma once

#include <rocksdb/listener.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "storage/spool/database.hpp"

namespace signpost::storage {

inline constexpr auto rewrite_rest_first = std::chrono::seconds(10);
inline constexpr auto rewrite_rest_max = std::chrono::minutes(10);

class rewrite_guard {
 public:
  rewrite_guard();
  [[nodiscard]] std::shared_ptr<rocksdb::EventListener> listener() const;
  /// Pauses families in which damage was met, and resumes those whose pause has ended. Damage to a
  /// sorted file is reported to the database: if that is repaired, no pause is needed.
  void tend(const database& database);
  /// How often damage was met. Cheap.
  [[nodiscard]] std::uint64_t met() const;

 private:
  class watcher;
  using steady = std::chrono::steady_clock;
  struct rest {
    std::chrono::seconds length{0};
    steady::time_point until{};
    bool resting = false;
  };

  std::shared_ptr<watcher> watcher_;
  std::map<std::string, rest> rests_;
};

}  // namespace signpost::storage
