// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the parts of the node still run, and whether it has refused all mail for a while:
// what /readyz and /livez report in addition to the components' own state.
//
// Each event loop, the SPOOLER and the SCHEDULER are asked to answer, again and again; a part that
// has not answered for `unready_after` hangs, and one that has not for `dead_after` is dead: only a
// restart helps. The main thread, which asks, is checked by the thread that answers health checks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "monitoring/health.hpp"
#include "net/loop/transport.hpp"
#include "storage/spool/spool_state.hpp"

namespace signpost::storage {
class spool;
}

namespace signpost {

/// If a call to the disk has not returned for this time, the node is not ready, although the store
/// would accept mail: it is unknown whether the call will ever return.
inline constexpr milliseconds disk_silent_max{10'000};

/// Why the node should get no mail because of its spool; empty: it may. Does not access the disk,
/// so it may be called while one hangs. Any thread.
std::string why_unready(const storage::spool& spool);

/// True once a condition has held for long enough, and false as soon as it does not.
class lasting {
 public:
  explicit lasting(milliseconds enough) : enough_(enough) {}
  bool is(bool now_so, steady_time now);

 private:
  const milliseconds enough_;
  std::optional<steady_time> since_;
};

/// Threads: `beat` from the thread watched as the main one, everything else from any.
class node_watch {
 public:
  static constexpr milliseconds unready_after{10'000};

  /// A part that hangs for `dead_after` makes the process dead; 0 = never.
  node_watch(const clock& time, monitoring::health_state& health, milliseconds dead_after);

  /// Sends a message to the watched part, which calls `turned` on any thread, once, when its turn
  /// comes; perhaps when nobody watches any more. Must not wait.
  using question = std::function<void(std::function<void()> turned)>;

  /// `name` is for messages: `loop io-0`. Call before the first beat. What `ask` uses must live
  /// until `stop`.
  void add(std::string name, question ask);
  /// The same for an event loop.
  void add(const std::string& name, net::executor& loop);
  /// Called about twice a second by the main thread: asks all parts again, and evaluates.
  void beat();
  /// Evaluates the main thread; for the thread that answers health checks.
  void look();
  /// No part is asked after this.
  void stop() { watched_.clear(); }
  /// True if something has hung for `dead_after`.
  [[nodiscard]] bool beyond_repair() const { return dead_; }

 private:
  /// Shared with the task on its loop, which may still run when nobody watches any more.
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
  /// True if `silent` is too long for a part that will recover by itself.
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
