// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the resolver answers at all: it regularly queries a name below the node's own that does
// not exist and has never been queried before, so that no cache answers and no other name servers
// are involved. "It does not exist" counts as an answer.
//
//     dns_probe probe(resolver, time, random, "mx.example.net");
//     probe.step();              // about twice a second
//     probe.trouble();           // for people; empty: it answers
//
// Threads: `step` and `trouble` from one; answers come on the resolver's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost {

class dns_probe {
 public:
  static constexpr milliseconds interval{15'000};
  /// If there is no answer for this time, the resolver counts as dead.
  static constexpr milliseconds silent_max{60'000};

  /// `resolver`, `time` and `random` must outlive it; answers may arrive later.
  dns_probe(dns::resolver& resolver, const clock& time, random_source& random, std::string name);

  void step();
  [[nodiscard]] std::string trouble() const;

 private:
  /// Shared with the query under way, which may end when nobody waits for it.
  struct state {
    std::atomic<bool> asking{false};
    std::atomic<std::int64_t> answered_ms{0};  ///< by the steady clock
  };

  [[nodiscard]] std::int64_t now_ms() const;

  dns::resolver& resolver_;
  const clock& time_;
  random_source& random_;
  const std::string name_;
  std::int64_t next_ms_ = 0;
  const std::shared_ptr<state> state_ = std::make_shared<state>();
};

}  // namespace signpost
