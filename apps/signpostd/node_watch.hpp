// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether what the node is made of still turns, and whether it has refused all mail for a while:
// what /readyz and /livez report in addition to the components' own state.
//
// Each event loop, the SPOOLER and the SCHEDULER are asked to answer, over and over; one that has
// not for `unready_after` hangs, and one that has not for `dead_after` is dead: only a restart
// helps.
// The main thread, which asks, is checked by the thread that answers health checks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "monitoring/health.hpp"
#include "net/transport.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {

/// If a call to the disk has not returned for this time, the node is not ready, although the store
/// would accept mail: nobody knows whether it will.
inline constexpr milliseconds disk_silent_max{10'000};

/// Why the node should not be given mail as far as its spool goes; empty: it may. Asks no disk, so
/// it may be asked while one hangs. Any thread.
std::string why_unready(const storage::spool& spool);

/// True once something has been so for long enough, and no longer when it is not.
class lasting {
 public:
  explicit lasting(milliseconds enough) : enough_(enough) {}
  bool is(bool now_so, steady_time now);

 private:
  const milliseconds enough_;
  std::optional<steady_time> since_;
};

/// Threads: `beat` from the one that is watched as the main one, all else from any.
class node_watch {
 public:
  static constexpr milliseconds unready_after{10'000};

  /// What hangs for `dead_after` makes the process dead; 0 = never.
  node_watch(const clock& time, monitoring::health_state& health, milliseconds dead_after);

  /// Sends a question to what is watched, which calls `turned` on any thread, once, when its turn
  /// comes; perhaps when nobody watches any more. Must not wait.
  using question = std::function<void(std::function<void()> turned)>;

  /// `name` is for people: `loop io-0`. Before the first beat. What `ask` uses must live until
  /// `stop`.
  void add(std::string name, question ask);
  /// The same for an event loop.
  void add(const std::string& name, net::executor& loop);
  /// Called about twice a second by the main thread: asks all again, and judges.
  void beat();
  /// Judges the main thread; for the thread that answers about health.
  void look();
  /// Nobody is asked from here on.
  void stop() { watched_.clear(); }
  /// True if something has hung for `dead_after`.
  [[nodiscard]] bool beyond_repair() const { return dead_; }

 private:
  /// Shared with the task on its loop, which may run when nobody watches any more.
  struct sign_of_life {
    std::atomic<bool> asked{false};
    std::atomic<std::int64_t> asked_at{0};  ///< milliseconds of the steady clock
  };
  struct watched {
    std::string name;
    question ask;
    std::shared_ptr<sign_of_life> sign;
    bool hangs = false;
  };

  [[nodiscard]] std::int64_t now_ms() const;
  void judge(watched& one);
  /// True if `silent` is too long for anything that will recover by itself.
  [[nodiscard]] bool is_deadly(milliseconds silent) const;
  void tell_dead(const std::string& name, milliseconds silent);

  const clock& time_;
  monitoring::health_state& health_;
  const milliseconds dead_after_;
  std::vector<watched> watched_;
  std::atomic<std::int64_t> beaten_at_{0};  ///< 0: not yet
  std::atomic<bool> main_hangs_{false};
  std::atomic<bool> dead_{false};
};

}  // namespace signpost
