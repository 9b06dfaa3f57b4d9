// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Regularly and slowly reads all live data of a spool, so that damage is found while its cause is
// recent and a message's sender can still be notified: data that nobody reads for days decays
// unnoticed.
//
// Threads: its own, and any. Limits: `octets_per_second`; it keeps no iterator for longer than a
// page.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "storage/spool/database.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

struct scrub_options {
  std::uint64_t octets_per_second = 0;  ///< 0 = never
  milliseconds interval = std::chrono::hours(24);
};

/// The first pass begins this long after the start, or after an interval if that is less.
inline constexpr auto scrub_first = std::chrono::minutes(10);

class scrubber {
 public:
  /// `found` is called for each damaged message, on the scrubber's thread.
  scrubber(const database& database, scrub_options options,
           std::function<void(const model::queue_id&)> found);
  ~scrubber();
  scrubber(const scrubber&) = delete;
  scrubber& operator=(const scrubber&) = delete;

  /// Others have met damage: a pass begins immediately, or again after the one under way.
  void begin_now();
  [[nodiscard]] scrub_state state() const;

 private:
  using steady = std::chrono::steady_clock;

  void run();
  void pass();
  /// Reads rows from `from` on, which it moves behind them; false at the end, or if it is to end.
  bool read_page(schema::family f, std::string& from,
                 const std::function<void(std::string_view key)>& use);
  void look_at(const model::queue_id& id);
  void scan_rest();
  /// Waits as long as that many octets should take; false if it is to end.
  bool account(std::uint64_t octets);
  void note(const model::queue_id* id, const std::string& why);
  [[nodiscard]] bool ending() const;
  rocksdb::Status get(schema::family f, const std::string& key, std::string& value) const;

  const database& database_;
  const scrub_options options_;
  const std::function<void(const model::queue_id&)> found_;
  std::uint64_t expected_ = 0;  ///< messages, roughly
  std::uint64_t seen_ = 0;
  std::atomic<bool> running_{false};
  std::atomic<double> progress_{0};
  std::atomic<std::uint64_t> octets_{0};
  std::atomic<std::uint64_t> passes_{0};
  std::atomic<std::uint64_t> findings_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;  // guarded by mutex_
  bool wanted_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace signpost::storage
