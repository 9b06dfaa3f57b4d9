// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t column_gap = 2;

/// Digits of `text` from `at` as a number; nothing if others stand among them.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  const auto value = parse_uint(text.substr(at, digits));
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

text_table::text_table(std::vector<std::string> heading) {
  rows_.push_back(std::move(heading));
}

void text_table::add(std::vector<std::string> cells) {
  SP_ASSERT(cells.size() == rows_.front().size());
  for (auto& cell : cells) cell = printable(cell, cell_octets_max);
  rows_.push_back(std::move(cells));
}

std::string text_table::to_string(std::size_t indent) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + column_gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::optional<wall_time> parse_rfc3339(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '0' ? !is_digit(text[i]) : shape[i] != text[i]) return std::nullopt;
  }
  const std::chrono::year_month_day day{
      std::chrono::year(*number_at(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(*number_at(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(*number_at(text, 8, 2)))};
  if (!day.ok()) return std::nullopt;
  return wall_time(std::chrono::sys_days(day)) + std::chrono::hours(*number_at(text, 11, 2))
         + std::chrono::minutes(*number_at(text, 14, 2)) + seconds(*number_at(text, 17, 2))
         + milliseconds(*number_at(text, 20, 3));
}

std::string short_duration(milliseconds d) {
  const auto s = d.count() / 1000;
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m", s / 60);
  return s < 2 * 86'400 ? fmt::format("{}h", s / 3600) : fmt::format("{}d", s / 86'400);
}

std::string relative(wall_time t, wall_time now) {
  const auto distance = t - now;
  if (distance > -seconds(1) && distance < seconds(1)) return "now";
  return distance > milliseconds(0) ? "in " + short_duration(distance)
                                    : short_duration(-distance) + " ago";
}

std::string relative(std::string_view rfc3339, wall_time now) {
  const auto t = parse_rfc3339(rfc3339);
  return t ? relative(*t, now) : std::string(rfc3339);
}

std::string short_size(std::uint64_t octets) {
  constexpr std::array units{"KiB", "MiB", "GiB"};
  if (octets < 1024) return fmt::format("{} B", octets);
  auto value = static_cast<double>(octets) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (auto line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool first = true;
    for (const auto part : split(line, '\t')) {
      out += (first ? "" : "\t") + printable(part, 2 * part.size() + 100);
      first = false;
    }
    out += '\n';
  }
  if (text.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace signpost::cli
