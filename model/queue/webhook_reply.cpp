// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/webhook_reply.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "base/text.hpp"

namespace signpost::model {
namespace {

constexpr std::size_t value_octets_max = 64;
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr smtp::enhanced_status delivered{2, 0, 0};
constexpr smtp::enhanced_status busy{4, 3, 2};       // "System not accepting network messages"
constexpr smtp::enhanced_status no_answer{4, 4, 1};  // "No answer from host"
constexpr smtp::enhanced_status gone{5, 1, 6};       // "Destination mailbox has moved"
constexpr smtp::enhanced_status refused{5, 7, 1};    // "Delivery not authorized"
constexpr smtp::enhanced_status bad_destination{5, 1, 3};  // "Bad destination mailbox syntax"
constexpr smtp::enhanced_status unable_to_route{5, 4, 4};  // "Unable to route"

bool is_retried(int status) {
  return status == 408 || status == 425 || status == 429 || status / 100 == 5;
}

struct date_parts {
  std::string_view day, month, year, time;
};

/// Splits at spaces, of which asctime's dates have more than one before a day of one digit.
std::vector<std::string_view> words_of(std::string_view text) {
  auto words = split(text, ' ');
  std::erase(words, std::string_view());
  return words;
}

/// The three forms of RFC 9110 §5.6.7, by the order of their parts.
std::optional<date_parts> parts_of(std::string_view text) {
  const auto words = words_of(text);
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  if (words.size() == 6 && words[0].ends_with(',') && words[5] == "GMT") {
    return date_parts{words[1], words[2], words[3], words[4]};
  }
  // The obsolete form: Sunday, 06-Nov-94 08:49:37 GMT
  if (words.size() == 4 && words[0].ends_with(',') && words[3] == "GMT") {
    const auto date = split(words[1], '-');
    if (date.size() != 3) return std::nullopt;
    return date_parts{date[0], date[1], date[2], words[2]};
  }
  // asctime: Sun Nov  6 08:49:37 1994
  if (words.size() == 5) return date_parts{words[2], words[1], words[4], words[3]};
  return std::nullopt;
}

/// A number of `least` to `most` digits.
std::optional<int> number(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  const auto value = parse_uint(text);
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<int> year_of(std::string_view text, wall_time now) {
  if (text.size() == 4) return number(text, 4, 4);
  const auto two_digits = number(text, 2, 2);
  if (!two_digits) return std::nullopt;
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int this_year = static_cast<int>(today.year());
  const int year = this_year - this_year % 100 + *two_digits;
  // RFC 9110 §5.6.7: "a timestamp that appears to be more than 50 years in the future" is of "the
  // most recent year in the past that had the same last two digits".
  return year > this_year + 50 ? year - 100 : year;
}

std::optional<seconds> time_of_day(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hour = number(parts[0], 2, 2);
  const auto minute = number(parts[1], 2, 2);
  const auto second = number(parts[2], 2, 2);
  // RFC 9110 §5.6.7: 60 is a leap second.
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return seconds(*hour * 3600 + *minute * 60 + *second);
}

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) {
  const auto parts = parts_of(text);
  if (!parts) return std::nullopt;
  const auto day = number(parts->day, 1, 2);
  const auto month = std::ranges::find(months, parts->month);
  const auto year = year_of(parts->year, now);
  const auto time = time_of_day(parts->time);
  if (!day || month == months.end() || !year || !time) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return wall_time(std::chrono::sys_days(date)) + *time;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view value, wall_time now) {
  const std::string_view text = trim(value);
  if (text.empty() || text.size() > value_octets_max) return std::nullopt;
  if (std::ranges::all_of(text, is_digit)) {
    const auto wait = parse_uint(text);
    const auto most = static_cast<std::uint64_t>(retry_after_max.count());
    const auto bounded = std::min(wait.value_or(most), most);
    return std::max(seconds(static_cast<std::int64_t>(bounded)), retry_after_min);
  }
  const auto date = parse_http_date(text, now);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<seconds>(*date - now), retry_after_min, retry_after_max);
}

webhook_outcome classify_webhook_reply(const webhook_reply& reply, wall_time now) {
  if (reply.status / 100 == 2) return {disposition::delivered, {}, delivered, "delivered"};
  if (is_retried(reply.status)) {
    return {disposition::retry, parse_retry_after(reply.retry_after, now), busy,
            reply.status / 100 == 5 ? "server_error" : "asked_to_wait"};
  }
  if (reply.status == 410) return {disposition::bounce, {}, gone, "gone"};
  if (reply.status / 100 == 3) return {disposition::bounce, {}, unable_to_route, "redirect"};
  if (reply.status / 100 == 4) return {disposition::bounce, {}, refused, "refused"};
  // RFC 9110 §15: a server may not send any other status.
  return {disposition::retry, {}, busy, "no_status"};
}

webhook_outcome classify_webhook_failure(errc why) {
  if (why == errc::malformed) return {disposition::bounce, {}, bad_destination, "bad_url"};
  if (why == errc::denied) return {disposition::bounce, {}, refused, "address_not_allowed"};
  return {disposition::retry, {}, no_answer, "no_answer"};
}

}  // namespace signpost::model
