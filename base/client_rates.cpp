// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/client_rates.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/client_network.hpp"

namespace signpost {
namespace {

constexpr std::chrono::seconds between_sweeps{1};

bucket_rate rate_of(double per_minute) {
  return {.per_minute = per_minute, .burst = per_minute};
}

int whole_seconds(milliseconds wait) {
  return static_cast<int>(std::chrono::ceil<seconds>(wait).count());
}

// A debt of all that a minute brings but one: a minute's wait.
int charged(token_bucket& bucket, const bucket_rate& rate, steady_time now) {
  if (bucket.take(rate, now)) return 0;
  bucket.charge(rate, now, 1, std::max(0.0, rate.burst - 1));
  return std::max(1, whole_seconds(bucket.wait(rate, now)));
}

}  // namespace

client_rates::client_rates(std::uint64_t per_minute_max)
    : rate_(rate_of(static_cast<double>(per_minute_max))),
      neighbourhood_rate_(rate_of(static_cast<double>(per_minute_max) * neighbours)) {}

// The sweep forgets clients that have not asked for so long that it makes no difference.
token_bucket& client_rates::bucket_of(table& in, const ip_address& key, const bucket_rate& rate,
                                       steady_time now) {
  if (const auto known = in.find(key); known != in.end()) return known->second;
  if (in.size() >= clients_max / 2 && now >= next_sweep_) {
    next_sweep_ = now + between_sweeps;
    std::erase_if(in, [&](const auto& one) { return one.second.full(rate, now); });
  }
  if (in.size() >= clients_max / 2) return others_;
  return in[key];
}

int client_rates::count(const std::optional<ip_address>& address, steady_time now) {
  if (rate_.per_minute <= 0) return 0;
  const std::lock_guard lock(mutex_);
  const auto from = address.value_or(ip_address());
  auto& around = bucket_of(neighbourhoods_, neighbourhood_of(from), neighbourhood_rate_, now);
  auto& client = bucket_of(clients_, client_of(from), rate_, now);
  if (const int wait = charged(client, rate_, now); wait > 0) return wait;
  return &client == &around ? 0 : charged(around, neighbourhood_rate_, now);
}

}  // namespace signpost
