// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Decisions on recipients that take too long for an event loop: those of zones with many or
// intricate patterns, or with long chains of forwards. They are made on threads of the desk, which
// also compiles patterns and discards the oldest when they take too much memory.
//
//     auto route = policy.decide(…at once…);
//     if (route.kind == route_kind::costly) {
//       desk.ask({.zone = route.zone, .decide = …, .answer = …});
//     }
//
// No account can hold up another, and no zone another one of its account: each account gets the
// same share of the threads' time (fair_line), and each zone of its account's, whatever its rules
// cost. Only a limited number of recipients of one zone wait, and of one account no more than it
// leaves places for all others; further ones are told to try again (451 4.3.2).
//
// Threads: `ask` from any; `decide` and `answer` are called on a thread of the desk, or `answer` at
// once within `ask`. Created and destroyed by one.
// Limits: `rule_desk_options`; of one decision model::route_options::steps_max.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/routing/fair_line.hpp"
#include "base/clock.hpp"
#include "model/routing/routing_table.hpp"
#include "monitoring/families.hpp"

namespace signpost::actors {

struct rule_desk_options {
  /// 0: each decision is made within `ask`, for tests.
  std::size_t threads = 2;
  std::size_t waiting_per_zone_max = 64;
  std::size_t waiting_max = 10'000;             ///< of all accounts together
  std::size_t pattern_octets_max = 128U << 20;  ///< of kept compiled patterns
  /// A recipient that has waited longer is told to try again.
  milliseconds patience = std::chrono::seconds(30);
};

struct desk_question {
  std::string account = {};  ///< whose share is used; empty = the operator's
  std::string zone;          ///< and whose part of it
  std::function<model::route_decision(model::pattern_supply&)> decide;
  /// Called once, unless the desk ends. A decision that is still `costly` contains its 451.
  std::function<void(model::route_decision)> answer;
};

class rule_desk {
 public:
  rule_desk(const rule_desk_options& options, const clock& time, monitoring::metrics& metrics);
  ~rule_desk();
  rule_desk(const rule_desk&) = delete;
  rule_desk& operator=(const rule_desk&) = delete;

  void ask(desk_question question);
  /// Waits for decisions in progress and drops waiting and later ones.
  void end();
  /// Octets that the kept patterns may take.
  [[nodiscard]] std::size_t pattern_octets() const;

 private:
  struct waiting {
    desk_question question;
    steady_time since;
  };
  using zone_ptr = std::shared_ptr<const model::zone_routes>;
  struct kept_patterns {
    std::weak_ptr<const model::zone_routes> zone;
    std::size_t octets = 0;
  };

  void run();
  void answer_for_nobody(desk_question& question, std::string_view why);
  void serve(waiting& one);
  void remember(model::pattern_supply& supply);

  const rule_desk_options options_;
  const clock& time_;
  monitoring::metrics& metrics_;
  mutable std::mutex mutex_;  ///< of everything down to the blank line
  std::condition_variable wake_;
  fair_line<waiting> line_;
  std::deque<kept_patterns> kept_;  ///< the oldest first
  std::size_t kept_octets_ = 0;
  bool ended_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace signpost::actors
