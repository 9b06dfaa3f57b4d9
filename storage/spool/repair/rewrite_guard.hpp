// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps damage that RocksDB finds while it rewrites files in the background from stopping the
// store: a rewrite that fails loses nothing, but RocksDB would accept no further writes. The family
// rests instead for a while, longer each time. Once the messages that the damage hit have ended
// nothing reads it any more.
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
  /// Sends families to rest in which damage was met, and wakes those that have rested. Damage to a
  /// sorted file is raised with the database: if that is repaired, there is no need to pause.
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
