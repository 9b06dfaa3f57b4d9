// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Connections that are kept open between uses.
//
//     SP_TRY(auto lease, pool.take());
//     SP_TRY(const auto found, lease->run(s));
//     // given back at the end of the scope; closed instead if it failed
//
// While the database is away, one caller after another would wait for a connection attempt: after
// one has failed, others fail at once for `retry_after`, with the same error.
//
// Threads: all from any; a lease belongs to one. The pool outlives its leases.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/postgres/connection.hpp"

namespace signpost::storage::postgres {

class connection_pool {
 public:
  static constexpr std::size_t open_max = 24;  ///< at once; others wait for `wait_max`
  static constexpr std::size_t idle_max = 4;   ///< kept
  static constexpr milliseconds retry_after = seconds(1);
  static constexpr milliseconds wait_max = seconds(1);

  explicit connection_pool(connection_options options) : options_(std::move(options)) {}

  class lease {
   public:
    lease(connection_pool& pool, std::unique_ptr<connection> c, bool fresh)
        : pool_(&pool), connection_(std::move(c)), fresh_(fresh) {}
    ~lease() {
      if (connection_) pool_->give_back(std::move(connection_));
    }
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) = delete;
    lease(const lease&) = delete;
    connection* operator->() const { return connection_.get(); }
    connection& operator*() const { return *connection_; }
    /// It was opened for this lease; if it fails, another one would fail, too.
    [[nodiscard]] bool fresh() const { return fresh_; }

   private:
    connection_pool* pool_;
    std::unique_ptr<connection> connection_;
    bool fresh_;
  };

  /// errc::unavailable if `connection::open` fails, whatever the reason, which is in the log; if
  /// too many are in use, or if the server is on an older timeline than one seen before: it is a
  /// server that a failover has left behind.
  result<lease> take();

 private:
  friend class lease;
  void give_back(std::unique_ptr<connection> c);
  [[nodiscard]] bool is_left_behind(const connection& c) const;
  std::unique_ptr<connection> take_idle();
  result<std::unique_ptr<connection>> connect();

  const connection_options options_;
  std::mutex mutex_;  ///< of everything below
  std::condition_variable changed_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::size_t open_ = 0;  ///< with those that are idle or being opened
  std::optional<error> fault_;
  std::string told_;  ///< of it, in the log
  steady_time retry_at_{};
  std::uint64_t timeline_ = 0;  ///< the highest one seen
};

}  // namespace signpost::storage::postgres
