// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <fmt/format.h>

#include <array>

namespace signpost {
namespace {

struct civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
  std::chrono::weekday weekday;
};

civil to_civil(wall_time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss(t - day),
          std::chrono::weekday(day)};
}

constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

wall_time system_clock::now() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

steady_time system_clock::steady_now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::steady_clock::now());
}

std::string to_rfc5322_date(wall_time t) {
  const auto c = to_civil(t);
  return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", days[c.weekday.c_encoding()],
                     unsigned(c.date.day()), months[unsigned(c.date.month()) - 1],
                     int(c.date.year()), c.time.hours().count(), c.time.minutes().count(),
                     c.time.seconds().count());
}

std::string to_http_date(wall_time t) {
  const auto c = to_civil(t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[c.weekday.c_encoding()],
                     unsigned(c.date.day()), months[unsigned(c.date.month()) - 1],
                     int(c.date.year()), c.time.hours().count(), c.time.minutes().count(),
                     c.time.seconds().count());
}

std::string to_rfc3339(wall_time t) {
  const auto c = to_civil(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(c.date.year()),
                     unsigned(c.date.month()), unsigned(c.date.day()), c.time.hours().count(),
                     c.time.minutes().count(), c.time.seconds().count(),
                     c.time.subseconds().count());
}

}  // namespace signpost
