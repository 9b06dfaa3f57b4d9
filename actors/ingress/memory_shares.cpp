// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/memory_shares.hpp"

#include <algorithm>

#include "base/client_network.hpp"

namespace signpost::actors {

memory_account memory_shares::of(const ip_address& client) {
  const auto network = neighbourhood_of(client);
  const std::lock_guard lock(mutex_);
  if (shares_.size() >= tidy_at_) {
    std::erase_if(shares_, [](const auto& one) { return one.second.expired(); });
    // So that examining all of them costs no more than creating as many.
    tidy_at_ = std::max<std::size_t>(64, 2 * shares_.size());
  }
  auto& known = shares_[network];
  auto share = known.lock();
  if (!share) {
    share = std::make_shared<memory_share>(budget_, percent_);
    known = share;
  }
  return share;
}

std::size_t memory_shares::size() const {
  const std::lock_guard lock(mutex_);
  return shares_.size();
}

}  // namespace signpost::actors
