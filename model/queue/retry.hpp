// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// When a recipient that could not be delivered to now is tried again.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"

namespace signpost::model {

/// RFC 5321 §4.5.4.1: "the give-up time generally needs to be at least 4-5 days".
struct retry_policy {
  /// The wait after the first, second, … failed attempt; the last one is repeated forever.
  std::vector<milliseconds> schedule = {
      std::chrono::minutes(1),  std::chrono::minutes(3),  std::chrono::minutes(5),
      std::chrono::minutes(10), std::chrono::minutes(15), std::chrono::minutes(30),
      std::chrono::hours(1),    std::chrono::hours(2),    std::chrono::hours(4)};
  milliseconds lifetime = std::chrono::hours(24 * 5);
  milliseconds lifetime_null_sender = std::chrono::hours(24);
  std::int64_t jitter_percent = 10;
  /// After this time the sender is notified that mail is delayed; zero = never.
  milliseconds delay_notice_after = std::chrono::hours(4);
};

/// Declares the settings `queue.*` of `policy`, which must outlive the table.
void declare_settings(settings_table& table, retry_policy& policy);

/// When a message accepted at `accepted` is given up: what `envelope.expires` holds.
wall_time expiry_time(wall_time accepted, bool null_sender, const retry_policy& policy);

struct retry_question {
  std::uint32_t attempts = 1;  ///< made so far, with the one that has just failed
  wall_time now;
  wall_time expires;
  /// The wait that the other side asked for (parse_retry_hint); honoured after the first attempt
  /// only, so that a peer that always sends the same cannot keep mail out of the schedule forever.
  std::optional<seconds> hint;
  /// Expiry is judged by this clock if it is earlier than `now`: a clock that was set ahead must
  /// not let all mail expire.
  std::optional<wall_time> sure_now = {};
};

/// The longest wait between two attempts that this policy can choose: anything due later than that
/// from now was scheduled by a clock that was ahead.
milliseconds longest_wait(const retry_policy& policy);

/// The time of the next attempt, or nothing if the recipient has expired. The last attempt is made
/// at the time of expiry itself.
std::optional<wall_time> next_retry(const retry_question& q, const retry_policy& policy,
                                    random_source& random);

/// The shortest and the longest wait that a hint can ask for.
inline constexpr seconds retry_hint_min{30};
inline constexpr seconds retry_hint_max{3600};

/// How long the text of a 4xx reply asks us to wait: `greylisted, try again in 300 seconds`,
/// `retry in 00:05:00`. Nothing unless it has a word for trying again, a preposition, a number and
/// a unit. Clamped to the limits above. Reads the first 512 octets.
std::optional<seconds> parse_retry_hint(std::string_view reply_text);

}  // namespace signpost::model
