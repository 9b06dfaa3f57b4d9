// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Text for people: columns that line up, sizes, and times as seen from now.
//
// Threads: values and functions of their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace signpost::cli {

/// Rows under a heading; every column is as wide as its widest cell, the last one is not padded.
/// Cells may hold anything: they are made printable and cut to `cell_octets_max`.
class text_table {
 public:
  static constexpr std::size_t cell_octets_max = 120;

  explicit text_table(std::vector<std::string> heading);
  /// As many cells as the heading has.
  void add(std::vector<std::string> cells);
  [[nodiscard]] std::size_t size() const { return rows_.size() - 1; }
  /// Lines with their ends; `indent` blanks before each.
  [[nodiscard]] std::string to_string(std::size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

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
