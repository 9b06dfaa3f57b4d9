// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Text for people: columns that line up, sizes, and times as seen from now.
//
// Threads: values and functions of their arguments.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace signpost::cli {

/// What a colour says; without colours nothing is lost.
enum class tone : std::uint8_t { plain, good, warning, bad, faint };

/// `text` in the tone's colour, if colours are wanted.
[[nodiscard]] std::string painted(std::string_view text, tone t, bool colours);

struct table_cell {
  std::string text;
  tone shade = tone::plain;

  template <typename Text>
  requires std::convertible_to<Text, std::string> table_cell(
      Text&& t, tone s = tone::plain)  // NOLINT(google-explicit-constructor)
      : text(std::forward<Text>(t)), shade(s) {}
};

/// Rows under a heading; every column is as wide as its widest cell, the last one is not padded.
/// Cells may hold anything: they are made fit for a terminal and cut to `cell_octets_max`.
class text_table {
 public:
  static constexpr std::size_t cell_octets_max = 120;

  explicit text_table(const std::vector<std::string>& heading, bool colours = false);
  /// As many cells as the heading has.
  void add(std::vector<table_cell> cells);
  [[nodiscard]] std::size_t size() const { return rows_.size() - 1; }
  /// Lines with their ends; `indent` blanks before each.
  [[nodiscard]] std::string to_string(std::size_t indent = 0) const;

 private:
  std::vector<std::vector<table_cell>> rows_;
  bool colours_;
};

/// Text of a stranger, fit for a terminal: letters of all scripts stay; control characters, marks
/// that turn the direction of writing, and octets that are no UTF-8 become `\xHH`. What goes beyond
/// `octets_max` is replaced by `...`.
[[nodiscard]] std::string display_text(std::string_view text, std::size_t octets_max = 500);
/// Columns that display_text's result takes: ideographs have two, combining marks none.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `2026-11-23T20:46:00.123Z`, as `to_rfc3339` writes it; nothing otherwise.
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text);

/// `in 3m`, `2h ago`, `now`: one unit, rounded down.
[[nodiscard]] std::string relative(wall_time t, wall_time now);
/// The same for a time in JSON; the text itself if it is none.
[[nodiscard]] std::string relative(std::string_view rfc3339, wall_time now);
/// `3m`, `2h`, `5d`.
[[nodiscard]] std::string short_duration(milliseconds d);
/// `812 B`, `3.2 KiB`, `1.5 MiB`.
[[nodiscard]] std::string short_size(std::uint64_t octets);
/// `1 recipient`, `2 recipients`.
[[nodiscard]] std::string count_of(std::uint64_t n, std::string_view noun);
/// Lines of a stranger, made fit for a terminal; line ends become LF, tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace signpost::cli
