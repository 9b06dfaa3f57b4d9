// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many DNS queries the checks of messages may have open at once, shared among the networks of
// clients, so that queries that wait for silent servers do not keep anybody else from querying.
//
//     if (shares.take(network)) resolver.resolve(q, [&](const dns::answer&) {
//       shares.give_back(network);
//       …
//     });
//
// Threads: any.
// Limits: `open_max` in all, fewer than libunbound has sockets for (net/dns/unbound_context.cpp),
// so that other queries find one. A network gets `of_network_max` of them and never more than it
// leaves, so that some are left for the next one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>

#include "base/assert.hpp"
#include "base/ip.hpp"

namespace signpost::actors {

class question_shares {
 public:
  static constexpr std::size_t open_max = 448;
  static constexpr std::size_t of_network_max = 64;
  /// For one message, whatever its client may have; the rest is queried as answers arrive.
  static constexpr std::size_t of_message_max = 16;

  /// `network`: neighbourhood_of() the client. False: not now.
  [[nodiscard]] bool take(const ip_address& network) {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(network);
    const auto held = at == held_.end() ? 0 : at->second;
    if (held >= std::min(of_network_max, open_max - open_)) return false;
    ++held_[network];
    ++open_;
    return true;
  }
  void give_back(const ip_address& network) {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(network);
    SP_ASSERT(at != held_.end());
    --open_;
    if (--at->second == 0) held_.erase(at);
  }
  [[nodiscard]] std::size_t open() const {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<ip_address, std::size_t> held_;  // guarded by mutex_
  std::size_t open_ = 0;                    // guarded by mutex_
};

}  // namespace signpost::actors
