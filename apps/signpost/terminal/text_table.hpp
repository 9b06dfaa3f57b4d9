// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Aligned columns, optionally in colours.
//
// Threads: values and functions of their arguments.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/signpost/terminal/display_text.hpp"

namespace signpost::cli {

/// The meaning of a colour; nothing is lost without colours.
enum class tone : std::uint8_t { plain, good, warning, bad, faint };

/// `text` in the tone's colour, if colours are used.
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
/// Cells may contain anything: they are made safe for a terminal and cut to `cell_octets_max`.
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

}  // namespace signpost::cli
