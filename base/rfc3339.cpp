// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/rfc3339.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace signpost {
namespace {

// So many digits and no more; then `text` begins behind them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  const auto part = text.substr(0, digits);
  if (part.size() < digits || !std::ranges::all_of(part, is_digit)) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<int>(*parse_uint(part));
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<wall_time> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return wall_time(std::chrono::sys_days(date));
}

std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return milliseconds{0};
  int value = 0;
  std::size_t digits = 0;
  for (; !text.empty() && is_digit(text.front()); ++digits, text.remove_prefix(1)) {
    if (digits < 3) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return milliseconds{value};
}

// A leap second (60) counts as the first of the next minute.
std::optional<milliseconds> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + seconds(*second) + *fraction;
}

std::optional<milliseconds> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return milliseconds{0};
  const bool behind = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const milliseconds offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return behind ? -offset : offset;
}

}  // namespace

std::optional<wall_time> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return *date + *time - *offset;
}

}  // namespace signpost
