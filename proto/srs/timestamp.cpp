// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/timestamp.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::srs {
namespace {

constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 §6

std::size_t day_of(wall_time now) {
  const auto days = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  return static_cast<std::size_t>(days) % static_cast<std::size_t>(timestamp_period.count());
}

}  // namespace

std::string make_timestamp(wall_time now) {
  const auto day = day_of(now);
  return to_upper(std::string{base32[day >> 5], base32[day & 31]});
}

bool is_timestamp(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) {
    return base32.find(ascii_lower(c)) != std::string_view::npos;
  });
}

std::optional<std::chrono::days> timestamp_age(std::string_view timestamp, wall_time now) {
  if (!is_timestamp(timestamp)) return std::nullopt;
  const auto high = base32.find(ascii_lower(timestamp[0]));
  const auto low = base32.find(ascii_lower(timestamp[1]));
  const auto period = static_cast<std::size_t>(timestamp_period.count());
  const auto age = (day_of(now) + period - (high << 5 | low)) % period;
  return std::chrono::days(age == period - 1 ? -1 : static_cast<int>(age));
}

}  // namespace signpost::srs
