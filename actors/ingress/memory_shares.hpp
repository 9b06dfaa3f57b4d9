// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is charged for the octets of incoming messages: each network of clients has a share of the
// memory for them, so that none can take it from all others.
//
// Threads: any. Limits: one share for each network that is connected or has messages in memory;
// unused ones are forgotten.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "base/ip.hpp"
#include "base/memory_budget.hpp"

namespace signpost::actors {

class memory_shares {
 public:
  /// `budget` must outlive all accounts. `percent`: see `memory_share`.
  memory_shares(memory_budget& budget, std::size_t percent) : budget_(budget), percent_(percent) {}

  /// The account of the network around `client`: /24 in IPv4, /48 in IPv6.
  memory_account of(const ip_address& client);
  /// The number of known networks.
  [[nodiscard]] std::size_t size() const;

 private:
  memory_budget& budget_;
  const std::size_t percent_;
  mutable std::mutex mutex_;
  std::map<ip_address, std::weak_ptr<memory_share>> shares_;  // guarded by mutex_
  std::size_t tidy_at_ = 64;                                  // guarded by mutex_
};

}  // namespace signpost::actors
