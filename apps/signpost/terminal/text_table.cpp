// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/terminal/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t column_gap = 2;

}  // namespace

std::string painted(std::string_view text, tone t, bool colours) {
  if (!colours || t == tone::plain) return std::string(text);
  constexpr std::array codes{"0", "32", "33", "31", "2"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(t)), text);
}

text_table::text_table(const std::vector<std::string>& heading, bool colours) : colours_(colours) {
  std::vector<table_cell> cells;
  for (const auto& name : heading) cells.emplace_back(name, tone::faint);
  rows_.push_back(std::move(cells));
}

void text_table::add(std::vector<table_cell> cells) {
  SP_ASSERT(cells.size() == rows_.front().size());
  for (auto& cell : cells) cell.text = display_text(cell.text, cell_octets_max);
  rows_.push_back(std::move(cells));
}

std::string text_table::to_string(std::size_t indent) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i].text));
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    std::size_t blanks = 0;  // before the next cell that says something
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& cell = row[i];
      if (!cell.text.empty()) {
        line += std::string(blanks, ' ') + painted(cell.text, cell.shade, colours_);
        blanks = 0;
      }
      blanks += widths[i] - display_width(cell.text) + column_gap;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace signpost::cli
