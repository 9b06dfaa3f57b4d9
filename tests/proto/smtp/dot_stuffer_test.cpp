// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/dot_stuffer.hpp"

#include <gtest/gtest.h>

namespace signpost::smtp {
namespace {

struct stuffing_case {
  std::string content;
  std::string wire;
};

class Stuff : public ::testing::TestWithParam<stuffing_case> {};

TEST_P(Stuff, GivesTheSameHoweverTheContentIsCut) {
  const auto& c = GetParam();
  for (std::size_t piece = 1; piece <= c.content.size() + 1; ++piece) {
    dot_stuffer stuffer;
    std::string wire;
    for (std::size_t at = 0; at < c.content.size(); at += piece) {
      stuffer.feed(std::string_view(c.content).substr(at, piece), wire);
    }
    stuffer.finish(wire);
    EXPECT_EQ(wire, c.wire) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, Stuff,
    ::testing::Values(
        stuffing_case{"", ".\r\n"}, stuffing_case{"a\r\n", "a\r\n.\r\n"},
        stuffing_case{"a", "a\r\n.\r\n"}, stuffing_case{".\r\n", "..\r\n.\r\n"},
        stuffing_case{".", "..\r\n.\r\n"}, stuffing_case{"a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"},
        stuffing_case{"\r\n", "\r\n.\r\n"}, stuffing_case{"a.\r\n", "a.\r\n.\r\n"},
        stuffing_case{"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
        stuffing_case{"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"}, stuffing_case{"a\r", "a\r\n.\r\n"},
        stuffing_case{"a\r\r\n", "a\r\n\r\n.\r\n"}, stuffing_case{"\r\n.\r", "\r\n..\r\n.\r\n"}));

}  // namespace
}  // namespace signpost::smtp
