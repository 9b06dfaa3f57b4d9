// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/retry.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace signpost::model {
namespace {

milliseconds with_jitter(milliseconds wait, std::int64_t percent, random_source& random) {
  const auto spread = wait.count() * percent / 100;
  if (spread <= 0) return wait;
  const auto offset = random.below(static_cast<std::uint64_t>(2 * spread + 1));
  return wait - milliseconds(spread) + milliseconds(static_cast<std::int64_t>(offset));
}

}  // namespace

void declare_settings(settings_table& table, retry_policy& policy) {
  table.add(
      "queue.retry_schedule", policy.schedule,
      {.min = "1s",
       .max = "1d",
       .help =
           "The waiting times after the first, second, … failed attempt; the last one repeats."});
  table.add("queue.lifetime", policy.lifetime,
            {.min = "10s",
             .max = "30d",
             .help = "How long delivery is attempted before a message is returned to its sender."});
  table.add("queue.lifetime_null_sender", policy.lifetime_null_sender,
            {.min = "10s",
             .max = "30d",
             .help = "The same, for mail with a null sender (bounces), which is then dropped."});
  table.add("queue.retry_jitter_percent", policy.jitter_percent,
            {.min = "0",
             .max = "50",
             .help = "By how many percent a waiting time is shortened or lengthened at random."});
  table.add("queue.delay_notice_after", policy.delay_notice_after,
            {.min = "0s",
             .max = "5d",
             .help = "After how long the sender is told that a message is delayed. 0s: never."});
}

wall_time expiry_time(wall_time accepted, bool null_sender, const retry_policy& policy) {
  return accepted + (null_sender ? policy.lifetime_null_sender : policy.lifetime);
}

std::optional<wall_time> next_retry(const retry_question& q, const retry_policy& policy,
                                    random_source& random) {
  SP_ASSERT(!policy.schedule.empty());
  SP_ASSERT(q.attempts > 0);
  const auto sure_now = q.sure_now ? std::min(*q.sure_now, q.now) : q.now;
  if (sure_now >= q.expires) return std::nullopt;
  const auto step = std::min<std::size_t>(q.attempts - 1, policy.schedule.size() - 1);
  auto wait = policy.schedule[step];
  if (q.hint && q.attempts == 1) {
    // A little later than asked for rather than earlier: those that come early are deferred again.
    wait = std::clamp(*q.hint, retry_hint_min, retry_hint_max);
    wait += with_jitter(wait, policy.jitter_percent, random) / 10;
  } else {
    wait = with_jitter(wait, policy.jitter_percent, random);
  }
  return q.now < q.expires ? std::min(q.now + wait, q.expires) : q.now + wait;
}

milliseconds longest_wait(const retry_policy& policy) {
  SP_ASSERT(!policy.schedule.empty());
  const auto longest = std::ranges::max(policy.schedule);
  const milliseconds hint = retry_hint_max + retry_hint_max / 10;
  return std::max(longest + longest * policy.jitter_percent / 100, hint);
}

}  // namespace signpost::model
