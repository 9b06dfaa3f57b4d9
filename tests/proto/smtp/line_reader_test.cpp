// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/line_reader.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace signpost::smtp {
namespace {

/// The lines as text: `[NOOP]`, `!long`, `!bare`.
std::string lines(std::string_view bytes, std::size_t piece) {
  line_reader reader;
  std::string got;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.append(bytes.substr(at, piece));
    while (const auto line = reader.next()) {
      if (line->wrong == line_reader::fault::none) got += "[" + std::string(line->text) + "]";
      if (line->wrong == line_reader::fault::too_long) got += "!long";
      if (line->wrong == line_reader::fault::bare_newline) got += "!bare";
    }
  }
  return got;
}

struct lines_case {
  std::string bytes;
  std::string want;
};

class ReadLines : public ::testing::TestWithParam<lines_case> {};

TEST_P(ReadLines, GivesTheSameHoweverTheyAreCut) {
  const auto& c = GetParam();
  for (std::size_t piece = 1; piece <= std::min<std::size_t>(c.bytes.size(), 50); ++piece) {
    EXPECT_EQ(lines(c.bytes, piece), c.want) << piece;
  }
  EXPECT_EQ(lines(c.bytes, c.bytes.size()), c.want);
}

const std::string longest(limits::command_line_octets_max - 2, 'x');

INSTANTIATE_TEST_SUITE_P(
    Table, ReadLines,
    ::testing::Values(lines_case{"A\r\nB\r\n", "[A][B]"}, lines_case{"\r\n\r\n", "[][]"},
                      lines_case{"A", ""}, lines_case{"A\r", ""}, lines_case{"A\n", "!bare"},
                      lines_case{"A\nB\nC\r\nD\r\n", "!bare!bare[D]"},
                      lines_case{"A\nB\r\nC\r\n", "!bare[C]"},
                      lines_case{"A\rB\r\nC\r\n", "!bare[C]"}, lines_case{"A\r\r\n", "!bare"},
                      lines_case{"\n\r\nA\r\n", "!bare[A]"},
                      lines_case{longest + "\r\nA\r\n", "[" + longest + "][A]"},
                      lines_case{longest + "x\r\nA\r\n", "!long[A]"},
                      lines_case{longest + longest + longest + "\r\nA\r\n", "!long[A]"},
                      lines_case{longest + longest + "\nA\r\nB\r\n", "!bare[B]"}));

TEST(LineReader, HoldsNothingOfALineThatIsTooLong) {
  line_reader reader;
  for (int i = 0; i < 1000; ++i) {
    reader.append(std::string(1000, 'x'));
    EXPECT_FALSE(reader.next());
    reader.tidy();
    EXPECT_LE(reader.held(), 2 * limits::command_line_octets_max);
  }
}

}  // namespace
}  // namespace signpost::smtp
