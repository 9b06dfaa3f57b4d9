// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/terminal/display_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/rfc3339.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

struct character_range {
  char32_t first;
  char32_t last;
};

// Two columns: East Asian wide and full-width letters, emoji (Unicode's EastAsianWidth W and F,
// joined to the ranges that letters are given out in).
constexpr std::array<character_range, 14> wide{{{0x1100, 0x115F},
                                                {0x2E80, 0x303E},
                                                {0x3041, 0x33FF},
                                                {0x3400, 0x4DBF},
                                                {0x4E00, 0x9FFF},
                                                {0xA000, 0xA4CF},
                                                {0xA960, 0xA97F},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0xFFE0, 0xFFE6},
                                                {0x1F300, 0x1FAFF},
                                                {0x20000, 0x3FFFD}}};
// No column: marks that combine with the letter before them.
constexpr std::array<character_range, 8> combining{{{0x0300, 0x036F},
                                                    {0x0483, 0x0489},
                                                    {0x0591, 0x05BD},
                                                    {0x064B, 0x065F},
                                                    {0x1AB0, 0x1AFF},
                                                    {0x20D0, 0x20FF},
                                                    {0xFE00, 0xFE0F},
                                                    {0xFE20, 0xFE2F}}};
// Never shown: control characters, what cannot be seen, and what turns the direction of writing, by
// which one name can look like another.
constexpr std::array<character_range, 8> hidden{{{0x0000, 0x001F},
                                                 {0x007F, 0x009F},
                                                 {0x00AD, 0x00AD},
                                                 {0x200B, 0x200F},
                                                 {0x2028, 0x202E},
                                                 {0x2060, 0x206F},
                                                 {0xFEFF, 0xFEFF},
                                                 {0xE0000, 0x10FFFF}}};

bool is_in(std::span<const character_range> ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](const auto& r) { return c >= r.first && c <= r.last; });
}

bool is_hidden(char32_t c) {
  return is_in(hidden, c);
}

std::size_t width_of(char32_t c) {
  if (is_in(combining, c)) return 0;
  return is_in(wide, c) ? 2 : 1;
}

constexpr std::size_t octets_of(char32_t c) {
  if (c < 0x80) return 1;
  if (c < 0x800) return 2;
  return c < 0x10000 ? 3 : 4;
}

// The first character of a text that is not empty; nothing if its octets are not UTF-8 (RFC 3629).
std::optional<char32_t> next_character(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = octet(0);
  if (first < 0x80) return first;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (text.size() < size || !is_utf8(text.substr(0, size))) return std::nullopt;
  char32_t c = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) c = (c << 6U) | (octet(i) & 0x3FU);
  return c;
}

std::string escaped(std::string_view octets) {
  std::string out;
  for (const char c : octets) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

std::string display_text(std::string_view text, std::size_t octets_max) {
  std::string out;
  while (!text.empty()) {
    const auto c = next_character(text);
    const bool shown = c && !is_hidden(*c);
    const auto octets = text.substr(0, c ? octets_of(*c) : 1);
    auto piece = shown ? std::string(octets) : escaped(octets);
    if (out.size() + piece.size() > octets_max) return out + "...";
    out += piece;
    text.remove_prefix(octets.size());
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto c = next_character(text);
    width += c ? width_of(*c) : 1;
    text.remove_prefix(c ? octets_of(*c) : 1);
  }
  return width;
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
