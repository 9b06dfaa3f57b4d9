// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How often clients may do something: a rate for each client (client_network.hpp) and, `neighbours`
// times as much, for the network around it. A client that continues despite a refusal waits longer,
// up to a minute.
//
// Threads: any. Limits: `clients_max` clients are remembered, half of them as networks; when all of
// those are still in use, the others share one count.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/token_bucket.hpp"

namespace signpost {

class client_rates {
 public:
  static constexpr std::size_t clients_max = 50'000;
  static constexpr double neighbours = 8;

  /// 0 = no limit.
  explicit client_rates(std::uint64_t per_minute_max);

  /// Counts one request; returns the seconds to wait, 0 = it may continue. No address: counts as
  /// one client.
  [[nodiscard]] int count(const std::optional<ip_address>& address, steady_time now);

 private:
  using table = std::map<ip_address, token_bucket>;

  [[nodiscard]] token_bucket& bucket_of(table& in, const ip_address& key, const bucket_rate& rate,
                                        steady_time now);

  const bucket_rate rate_;
  const bucket_rate neighbourhood_rate_;
  std::mutex mutex_;  ///< of everything below
  table clients_;
  table neighbourhoods_;
  token_bucket others_;
  steady_time next_sweep_{};
};

}  // namespace signpost
