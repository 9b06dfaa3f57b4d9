// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The AUTHENTICATOR: says who sent a message (`model::authentication` with the DNS behind it). It
// hands each message to one of its AUTH WORKERS in turn, so that hashes and public key operations
// use every processor.
//
// Threads: actors; the resolver's callbacks come back to the worker as messages. What the workers
// share is const, atomic or locked.
// Limits: a check ends after `timeout`, which is tested every `auth_tick_interval`. How many are
// under way is bounded by the memory budget, which every message waiting here holds a part of. How
// many queries are open at once: `question_shares`.
#pragma once

#include <atomic>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/auth/key_cache.hpp"
#include "actors/auth/question_shares.hpp"
#include "actors/interfaces.hpp"
#include "base/clock.hpp"
#include "model/authentication/authentication.hpp"
#include "monitoring/families.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::actors {

inline constexpr milliseconds auth_tick_interval{1000};

struct authenticator_dependencies {
  dns::resolver& resolver;
  const clock& time;
  monitoring::metrics& metrics;
  /// The AUTHENTICATOR sets `keys`.
  model::authentication_options options;
  /// False: nothing is queried and nothing is checked.
  bool verify = true;
  /// RFC 7208 §4.6.4: "at least 20 seconds".
  milliseconds timeout = std::chrono::seconds(20);
  std::size_t workers = 1;
};

/// What the workers share.
struct auth_shared {
  explicit auth_shared(authenticator_dependencies d) : with(std::move(d)), keys(with.time) {
    with.options.keys = &keys;
  }
  authenticator_dependencies with;
  key_cache keys;
  question_shares questions;
  std::atomic<std::int64_t> in_progress{0};
  std::atomic<std::int64_t> finished{0};
  std::atomic<std::int64_t> timed_out{0};
};

class auth_worker_state {
 public:
  static inline const char* name = "auth_worker";
  using pointer = auth_worker_actor::stateful_pointer<auth_worker_state>;
  using promise = caf::typed_response_promise<authenticate_response>;

  explicit auth_worker_state(pointer self) : self_(self) {}
  ~auth_worker_state();
  void start(std::shared_ptr<auth_shared> shared) { shared_ = std::move(shared); }

  promise authenticate(const incoming_ptr& message);
  void answered(const auth_answered& m);
  void on_tick();

 private:
  struct work {
    incoming_ptr message;  ///< the check points into it
    std::unique_ptr<model::authentication> check;
    promise asker;
    steady_time begun;
    ip_address network;                ///< of the client
    std::deque<dns::question> unasked;  ///< there was no room for these yet
    std::size_t open = 0;               ///< queried and not answered yet
    bool in_line = false;
  };
  using works = std::map<std::uint64_t, work>;

  void ask(std::uint64_t id, work& w);
  void resolve(std::uint64_t id, const work& w, dns::question q);
  void ask_for_those_in_line(std::size_t most);
  void advance(works::iterator w);
  void finish(works::iterator w);
  void tell(const work& w, const model::authentication_results& results, steady_time now) const;
  void arm();

  pointer self_;
  std::shared_ptr<auth_shared> shared_;
  works works_;                     ///< in the order of arrival
  std::deque<std::uint64_t> line_;  ///< checks with queries not yet sent
  std::uint64_t last_id_ = 0;
  bool armed_ = false;
};

auth_worker_actor::behavior_type auth_worker(auth_worker_state::pointer self,
                                             std::shared_ptr<auth_shared> shared);

class authenticator_state {
 public:
  static inline const char* name = "authenticator";
  using pointer = authenticator_actor::stateful_pointer<authenticator_state>;

  explicit authenticator_state(pointer self) : self_(self) {}
  void start(authenticator_dependencies with);
  /// The worker whose turn it is.
  const auth_worker_actor& next_worker();
  [[nodiscard]] status_report status() const;

 private:
  pointer self_;
  std::shared_ptr<auth_shared> shared_;
  std::vector<auth_worker_actor> workers_;
  std::size_t turn_ = 0;
};

authenticator_actor::behavior_type authenticator(authenticator_state::pointer self,
                                                 authenticator_dependencies with);

}  // namespace signpost::actors
