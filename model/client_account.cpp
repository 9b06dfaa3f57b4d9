// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/client_account.hpp"

#include <algorithm>

namespace signpost::model {
namespace {

// From this part of the error budget on, replies come later.
constexpr double delay_from = 0.5;
// An account with so much of a budget for misbehaviour used up is not forgotten for a newcomer.
constexpr double burden_from = 0.25;

constexpr bool is_misbehaviour(client_charge what) {
  return what == client_charge::error || what == client_charge::idle_command;
}

bucket_rate rate_of(client_charge what, const client_limits& limits, std::int64_t factor) {
  const auto amount = static_cast<double>(limits.rate(what) * factor);
  return {.per_minute = amount, .burst = amount};
}

// The part of the budget that is used up, 0 to 1.
double part_used(const token_bucket& bucket, const bucket_rate& rate, steady_time now) {
  return rate.per_minute <= 0 ? 0 : 1 - bucket.tokens(rate, now) / rate.burst;
}

}  // namespace

bool client_account::affordable(client_charge what, const client_limits& limits,
                                std::int64_t factor, steady_time now) const {
  const auto rate = rate_of(what, limits, factor);
  return rate.per_minute <= 0 || bucket(what).tokens(rate, now) >= 1;
}

bool client_account::charge(client_charge what, std::int64_t amount, const client_limits& limits,
                            std::int64_t factor, steady_time now) {
  auto& of = buckets_[static_cast<std::size_t>(what)];
  if (of.take(rate_of(what, limits, factor), now, static_cast<double>(amount))) return true;
  if (is_misbehaviour(what) && !paused(now)) pause(limits, now);
  return false;
}

void client_account::pause(const client_limits& limits, steady_time now) {
  if (limits.pause_first <= milliseconds{0}) return;
  if (now >= forgiven_at_) pauses_ = 0;
  auto length = limits.pause_first;
  for (std::uint32_t i = 0; i < pauses_ && length < limits.pause_max; ++i) length *= 2;
  length = std::max(limits.pause_first, std::min(length, limits.pause_max));
  ++pauses_;
  paused_until_ = now + length;
  forgiven_at_ = paused_until_ + 2 * length;
}

milliseconds client_account::reply_delay(const client_limits& limits, std::int64_t factor,
                                         steady_time now) const {
  const auto used = part_used(bucket(client_charge::error),
                              rate_of(client_charge::error, limits, factor), now);
  if (used <= delay_from) return milliseconds{0};
  const auto part = (used - delay_from) / (1 - delay_from);
  return std::chrono::duration_cast<milliseconds>(
      part * std::chrono::duration<double, std::milli>(limits.reply_delay_max));
}

bool client_account::clean(const client_limits& limits, std::int64_t factor,
                           steady_time now) const {
  if (paused(now) || forgiven_at_ > now) return false;
  for (std::size_t i = 0; i < client_charges; ++i) {
    const auto what = static_cast<client_charge>(i);
    if (!buckets_[i].full(rate_of(what, limits, factor), now)) return false;
  }
  return true;
}

bool client_account::burdened(const client_limits& limits, std::int64_t factor,
                              steady_time now) const {
  if (paused(now) || forgiven_at_ > now) return true;
  const auto weighs = [&](client_charge what) {
    return part_used(bucket(what), rate_of(what, limits, factor), now) > burden_from;
  };
  return weighs(client_charge::error) || weighs(client_charge::idle_command);
}

}  // namespace signpost::model
