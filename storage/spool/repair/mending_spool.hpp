// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The spool that all others use: a rocks_spool that is closed, repaired and reopened when files of
// it turn out to be damaged, when it is opened or later. What can be derived (`sched`, `dest`,
// counters) is rebuilt from the records; lost messages are reported in the same way as those of
// a damaged log (acknowledger.hpp).
//
// While it is being repaired, `health` is `failed`, and readers and writers wait.
//
// Threads: as `spool`; it is repaired in poll_health. A call costs two operations on a shared
// counter, and only waits for a repair.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/spool/rocks_spool.hpp"

namespace signpost::storage {

class mending_spool final : public spool {
 public:
  explicit mending_spool(const spool_options& options) : options_(options) {}

  /// As `spool::open`. `doubtful`: every file is checked.
  result<void> open(bool doubtful);
  /// As `rocks_spool::damage_met`, since it was last opened.
  [[nodiscard]] std::uint64_t damage_met() const;

  model::queue_id next_id(wall_time now) override;
  result<std::vector<write_receipt>> commit(change_set changes) override;
  void poll_health() override;
  result<void> copy_to(const std::string& folder) override;

  result<due_page> scan_due(const scan_position& position, wall_time until, std::size_t max,
                            const next_hop_set& leave_out) override;
  result<due_page> scan_origin(std::string_view origin, const scan_position& position,
                               std::size_t max) override;
  result<due_page> scan_next_hop(std::string_view next_hop, const scan_position& position,
                                 wall_time until, std::size_t max) override;
  result<model::message_record> message(const model::queue_id& id) override;
  result<body_ptr> body_of(const model::message_record& record, memory_budget& budget) override;
  result<std::string> body_part(const model::queue_id& id, std::uint64_t part) override;
  result<std::vector<model::envelope>> envelopes(const model::queue_id& id) override;
  result<queue_page> list(const queue_filter& filter, const std::string& from,
                          std::size_t max) override;
  result<std::vector<model::activity_event>> timeline(const model::queue_id& id) override;
  result<std::vector<model::activity_event>> recent_events(std::string_view zone,
                                                           std::size_t max) override;
  result<std::vector<model::activity_event>> recent_events_of(const model::zone_scope& owner,
                                                              std::size_t max) override;
  [[nodiscard]] spool_totals totals() const override;
  [[nodiscard]] spool_health health() const override;
  [[nodiscard]] spool_waits waits() const override;
  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] std::uint64_t unaccounted() const override;
  [[nodiscard]] std::uint64_t damaged_files() const override { return damaged_files_; }
  [[nodiscard]] activity_log_state log_state() const override;
  result<void> note_unreadable(const std::vector<unreadable_recipient>& recipients,
                               wall_time now) override;
  [[nodiscard]] std::uint64_t unreadable() const override;
  [[nodiscard]] scrub_state scrub() const override;
  std::vector<model::queue_id> take_damaged() override;

 private:
  using steady = std::chrono::steady_clock;
  using shared = std::shared_lock<std::shared_mutex>;

  /// What a store reports about itself.
  struct account {
    spool_totals totals;
    std::uint64_t unaccounted = 0;
    std::uint64_t unreadable = 0;
    activity_log_state log;
    scrub_state scrub;
  };
  static account account_of(const rocks_spool& store);

  /// Held for the time of a call. With a readers' lock, many readers could keep a writer waiting
  /// forever, so they check first.
  [[nodiscard]] shared enter() const {
    if (closing_) {
      const std::lock_guard wait(gate_);
    }
    return shared(mutex_);
  }
  /// Calls the store, or returns why there is none.
  template <typename Question>
  auto ask(Question question) -> decltype(question(std::declval<rocks_spool&>())) {
    const auto lock = enter();
    if (inner_ == nullptr) return fail(errc::unavailable, "the spool is not available");
    return question(*inner_);
  }
  /// The same for calls that must not wait; nothing while it is being repaired.
  template <typename Question>
  auto peek(Question question) const
      -> std::optional<decltype(question(std::declval<const rocks_spool&>()))> {
    if (closing_) return std::nullopt;
    const shared lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || inner_ == nullptr) return std::nullopt;
    return question(*inner_);
  }
  /// What the store reports or, while there is none, last reported.
  template <typename Answer>
  Answer said(Answer account::* what) const;
  void mend(const std::string& why);
  void close();

  const spool_options options_;
  /// Shared by users of the store; exclusive for closing it.
  mutable std::shared_mutex mutex_;
  mutable std::mutex gate_;            ///< held while `closing_`
  std::atomic<bool> closing_{false};
  std::unique_ptr<rocks_spool> inner_;  // guarded by mutex_
  steady::time_point next_mending_{};   ///< poll_health's, as the next one
  milliseconds pause_{0};
  mutable std::mutex text_mutex_;
  std::string trouble_;                   // guarded by text_mutex_; while there is no store
  account last_;                          // guarded by text_mutex_
  account earlier_;                       // guarded by text_mutex_; counters of stores before
  std::vector<model::queue_id> damaged_;  // guarded by text_mutex_; found by stores before
  std::atomic<std::uint64_t> next_number_{1};
  std::atomic<std::uint64_t> damaged_files_{0};
};

}  // namespace signpost::storage
