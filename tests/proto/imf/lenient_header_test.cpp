// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/lenient_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace signpost::imf {
namespace {

using testing::ElementsAre;
using namespace std::string_view_literals;

TEST(LenientHeader, KnowsANameInEveryDisguise) {
  for (const auto field :
       {"From: x"sv, "FROM:x"sv, "From : x"sv, "From\t:x"sv, " From: x"sv, "From\r\n : x"sv,
        "From\xc2\xa0: x"sv, "From\xa0: x"sv, "\xef\xbb\xbf" "From: x"sv, "Fr\0om: x"sv,
        "Fr\x01om: x"sv, "Fro\xe2\x80\x8bm: x"sv, "\xef\xbc\xa6rom: x"sv,
        "From\xef\xbc\x9a x"sv, "F\xc2\xadrom: x"sv, "From\xe3\x80\x80: x"sv}) {
    EXPECT_TRUE(may_be_named(field, "from")) << field;
    EXPECT_EQ(lenient_value(field).substr(lenient_value(field).size() - 1), "x") << field;
  }
  for (const auto field : {"From"sv, "From alice@example.org"sv, "Fro: x"sv, "Fromm: x"sv,
                           "X-From: x"sv, "\xd0\xa4rom: x"sv, "From;: x"sv, ""sv}) {
    EXPECT_FALSE(may_be_named(field, "from")) << field;
  }
}

TEST(LenientHeader, GoesOnToTheEmptyLine) {
  const auto octets =
      "From: a\r\nno field\r\nfrom: b\r\n folded\r\n \r\n: none\r\nFrom: c\r\n\r\nFrom: d\r\n"sv;
  EXPECT_THAT(lenient_values(octets, "from"), ElementsAre(" a", " b\r\n folded\r\n ", " c"));
  EXPECT_EQ(octets.substr(lenient_header_octets(octets)), "\r\nFrom: d\r\n");
}

TEST(LenientHeader, TakesAllThatHasNoEmptyLine) {
  EXPECT_EQ(lenient_header_octets("a\r\nb"), 4U);
  EXPECT_EQ(lenient_header_octets(""), 0U);
  EXPECT_EQ(lenient_header_octets("\r\nx"), 0U);
  EXPECT_THAT(lenient_values("From: a", "from"), ElementsAre(" a"));
}

std::string header_of(std::size_t octets) {
  const std::string line = "X: " + std::string(995, 'x') + "\r\n";
  std::string out;
  while (out.size() + line.size() <= octets) out += line;
  if (out.size() < octets) out += "Y:" + std::string(octets - out.size() - 4, 'y') + "\r\n";
  return out;
}

TEST(LenientHeader, TellsWhetherAllOfItIsRead) {
  const auto is_read = [](const std::string& octets) {
    return is_read_whole(message_view(octets));
  };
  const auto body = "\r\n" + std::string(limits::header_octets_max, 'b') + "\r\n";
  EXPECT_TRUE(is_read("From: a\r\n" + body));
  EXPECT_TRUE(is_read(header_of(limits::header_octets_max) + body));
  EXPECT_FALSE(is_read(header_of(limits::header_octets_max) + "From: b\r\n" + body));
  // Padding that no field is, and a field behind it.
  EXPECT_FALSE(is_read("From: a\r\npadding\r\n" + header_of(limits::header_octets_max)
                       + "From: b\r\n\r\n"));
  EXPECT_FALSE(is_read("From: a\r\nX: " + std::string(limits::header_octets_max, 'x')
                       + "\r\nFrom: b\r\n\r\n"));
  std::string fields;
  for (std::size_t i = 0; i < header_fields_max; ++i) fields += "a:\r\n";
  EXPECT_TRUE(is_read(fields + "\r\nbody\r\n"));
  EXPECT_FALSE(is_read(fields + "From: b\r\n\r\n"));
}

}  // namespace
}  // namespace signpost::imf
