// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose queued mail fills the disk. When little space is left, a tenant whose mail takes more than
// is left for all others has to wait: 452 for its recipients, while everyone else's mail is
// accepted.
//
//     disk_shares shares({.spool = spool, .room = room, .tenant_of = tenant_of});
//     shares.begin();
//     if (shares.is_over(zone)) …
//
// Nothing is counted while there is room. After that the whole queue is read, again and again, on a
// separate thread that spends at most a fifth of its time on it.
//
// Threads: is_over() from any; look() from one, which is its own after begin().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct disk_room {
  std::uint64_t free_octets = 0;
  std::uint64_t kept_octets = 0;  ///< below this, no mail is accepted from outside
};

struct disk_shares_options {
  storage::spool& spool;
  /// Of the queue's disk; nothing if unknown.
  std::function<std::optional<disk_room>()> room;
  /// The tenant of a zone: an account, or a zone without one. Empty: there is only one tenant.
  std::function<std::string(std::string_view zone)> tenant_of;
  milliseconds every = std::chrono::seconds(1);
};

class disk_shares {
 public:
  /// The owners of queued mail are determined when less is free than this many times the reserve.
  static constexpr std::uint64_t low_factor = 8;

  explicit disk_shares(disk_shares_options options) : options_(std::move(options)) {}
  ~disk_shares();
  disk_shares(const disk_shares&) = delete;
  disk_shares& operator=(const disk_shares&) = delete;

  void begin();
  void end();
  [[nodiscard]] bool is_over(std::string_view zone) const;
  void look();

 private:
  using octets_by_tenant = std::map<std::string, std::uint64_t>;
  using names = std::set<std::string, std::less<>>;

  void run();
  [[nodiscard]] bool ended() const;
  [[nodiscard]] result<octets_by_tenant> count() const;
  void tell(const names& over, const octets_by_tenant& held, const disk_room& room) const;

  const disk_shares_options options_;
  std::atomic<std::shared_ptr<const names>> over_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace signpost::actors
