// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much disk space the activity log may take: its write-ahead log is removed when nothing is
// written, and the oldest events when there are more than fit.
//
// Threads: one, except for the number behind `forget_before`. Files are rewritten in a separate
// thread.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.hpp"

namespace signpost::storage {

/// What is needed to open a log in addition to the size of its write-ahead log.
inline constexpr std::uint64_t log_opening_octets = 4U << 20;

class activity_space {
 public:
  struct limits {
    std::string folder;            ///< of the log
    std::uint64_t octets_max = 0;  ///< of its files; 0 = any number
    milliseconds idle_after = std::chrono::seconds(10);
    milliseconds pause = std::chrono::seconds(30);  ///< the interval between rewritings of files
  };
  explicit activity_space(limits most) : limits_(std::move(most)) {}
  /// Ends a rewriting under way.
  ~activity_space() { end(); }
  activity_space(const activity_space&) = delete;
  activity_space& operator=(const activity_space&) = delete;

  /// Called about once a second. `written`: since the last time; `low`: space is short.
  void look(const std::shared_ptr<rocksdb::DB>& log, bool written, bool low);
  void end();

  /// A key's time: events before it are no longer kept. Only increases.
  [[nodiscard]] const std::shared_ptr<std::atomic<std::uint64_t>>& forget_before() const {
    return forget_before_;
  }

 private:
  using steady = std::chrono::steady_clock;

  void shorten(const std::shared_ptr<rocksdb::DB>& log, std::uint64_t octets);

  const limits limits_;
  const std::shared_ptr<std::atomic<std::uint64_t>> forget_before_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  steady::time_point written_at_ = steady::now();
  bool flushed_ = false;  ///< since something was written
  steady::time_point next_look_{};
  std::shared_ptr<rocksdb::DB> being_rewritten_;
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace signpost::storage
