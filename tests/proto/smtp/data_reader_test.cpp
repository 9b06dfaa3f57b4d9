// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/data_reader.hpp"

#include <gtest/gtest.h>

namespace signpost::smtp {
namespace {

struct reading {
  std::string content;
  std::string rest;  ///< what stands behind the end
  bool done = false;
  std::optional<say> problem;
};

reading read(std::string_view bytes, data_reader::mode mode, std::size_t piece) {
  memory_budget budget(1 << 20);
  message_buffer buffer(budget, 1 << 16, 0);
  data_reader reader(mode);
  std::size_t used = 0;
  while (used < bytes.size() && !reader.done()) {
    used += reader.feed(bytes.substr(used, piece), buffer);
  }
  if (!reader.done()) reader.finish(buffer);
  return {buffer.take_octets(), std::string(bytes.substr(used)), reader.done(), buffer.problem()};
}

struct data_case {
  std::string bytes;
  std::string content;
  std::string rest;
  std::optional<say> problem;
};

class ReadData : public ::testing::TestWithParam<data_case> {};

TEST_P(ReadData, EndsAtTheDotHoweverItIsCut) {
  const auto& c = GetParam();
  for (std::size_t piece = 1; piece <= c.bytes.size(); ++piece) {
    const auto got = read(c.bytes, data_reader::mode::dot, piece);
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.problem, c.problem) << piece;
    EXPECT_EQ(got.content, c.content) << piece;
    EXPECT_EQ(got.rest, c.rest) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Good, ReadData,
    ::testing::Values(
        data_case{".\r\n", "", "", {}}, data_case{".\r\nQUIT\r\n", "", "QUIT\r\n", {}},
        data_case{"a\r\n.\r\n", "a\r\n", "", {}},
        data_case{"..\r\n...\r\n.\r\n", ".\r\n..\r\n", "", {}},
        data_case{".a\r\n.\r\n", "a\r\n", "", {}}, data_case{"a.\r\n.\r\n", "a.\r\n", "", {}},
        data_case{"\r\n\r\n.\r\nx", "\r\n\r\n", "x", {}},
        data_case{"a\r\nb\r\n.c\r\nd\r\n.\r\n.\r\n", "a\r\nb\r\nc\r\nd\r\n", ".\r\n", {}}));

constexpr auto bare = say::bare_newline_data;

INSTANTIATE_TEST_SUITE_P(
    FalseEnds, ReadData,
    ::testing::Values(
        data_case{"a\n.\nb\r\n.\r\n", "", "", bare}, data_case{"a\n.\r\nb\r\n.\r\n", "", "", bare},
        data_case{"a\r\n.\nb\r\n.\r\n", "", "", bare},
        data_case{"a\r.\r\nb\r\n.\r\n", "", "", bare},
        data_case{"a\r\n.\rb\r\n.\r\n", "", "", bare}, data_case{"a\r\n.\r\r\n.\r\n", "", "", bare},
        data_case{"a\r.\rb\r\n.\r\n", "", "", bare}, data_case{"\n.\r\n\r\n.\r\n", "", "", bare},
        data_case{".\n\r\n.\r\n", "", "", bare}, data_case{"a\r\r\n.\r\n", "", "", bare},
        data_case{std::string("a\r\n\0.\r\n\r\n.\r\n", 12), "", "", say::nul_in_data},
        data_case{std::string("a\r\n.\0\r\n.\r\n", 10), "", "", say::nul_in_data}));

struct chunk_case {
  std::string bytes;
  std::optional<say> problem;
};

class ReadChunk : public ::testing::TestWithParam<chunk_case> {};

TEST_P(ReadChunk, TakesEveryOctetAsContent) {
  const auto& c = GetParam();
  for (std::size_t piece = 1; piece <= c.bytes.size(); ++piece) {
    const auto got = read(c.bytes, data_reader::mode::chunk, piece);
    EXPECT_EQ(got.problem, c.problem);
    EXPECT_EQ(got.content, c.problem ? "" : c.bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, ReadChunk,
                         ::testing::Values(chunk_case{".\r\n..\r\n.\r\nx", {}},
                                           chunk_case{"a\nb", bare}, chunk_case{"a\rb", bare},
                                           chunk_case{"a\r", bare},
                                           chunk_case{std::string("\0", 1), say::nul_in_data}));

TEST(MessageBuffer, GrowsWithinItsLease) {
  memory_budget budget(1 << 20);
  message_buffer buffer(budget, 1 << 20, 0);
  for (int i = 0; i < 1000; ++i) {
    buffer.append(std::string(100, 'x'));
    EXPECT_LE(buffer.held(), budget.used());
  }
  EXPECT_EQ(buffer.octets_seen(), 100'000U);
}

TEST(MessageBuffer, HoldsNothingForWhatWasOnlyPromised) {
  memory_budget budget(1 << 30);
  message_buffer buffer(budget, 1 << 29, 1 << 29);
  EXPECT_EQ(budget.used(), 0U);
  buffer.append("x");
  EXPECT_LE(budget.used(), 1024U);
  for (std::size_t sent = 1; sent < 3'000'000; sent += 1000) {
    buffer.append(std::string(1000, 'x'));
    ASSERT_LE(budget.used(), 2 * sent + 2048);
  }
}

TEST(MessageBuffer, StopsToDoubleAtTheDeclaredSize) {
  memory_budget budget(1 << 20);
  message_buffer buffer(budget, 1 << 19, 100'000);
  for (int i = 0; i < 1000; ++i) buffer.append(std::string(100, 'x'));
  EXPECT_EQ(budget.used(), 100'000U);
  // Wrongly declared: it goes on as if nothing had been.
  for (int i = 0; i < 1000; ++i) buffer.append(std::string(100, 'x'));
  EXPECT_FALSE(buffer.problem());
}

TEST(MessageBuffer, MakesRoomOnceForWhatHasCome) {
  memory_budget budget(1 << 20);
  message_buffer buffer(budget, 1 << 19, 0);
  buffer.expect(30'000);
  EXPECT_EQ(budget.used(), 30'000U);
  for (int i = 0; i < 300; ++i) buffer.append(std::string(100, 'x'));
  EXPECT_EQ(budget.used(), 30'000U);
}

TEST(MessageBuffer, GivesEverythingBackWhenItIsDropped) {
  memory_budget budget(1 << 20);
  message_buffer buffer(budget, 1 << 20, 0);
  buffer.append("x");
  buffer.drop(say::nul_in_data);
  buffer.drop(say::message_too_big);
  EXPECT_EQ(budget.used(), 0U);
  EXPECT_EQ(buffer.problem(), say::nul_in_data);
}

}  // namespace
}  // namespace signpost::smtp
