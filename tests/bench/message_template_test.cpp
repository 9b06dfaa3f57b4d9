// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/message_template.hpp"

#include <gtest/gtest.h>

namespace signpost::bench {
namespace {

struct template_case {
  std::string_view text;
  std::uint64_t number;
  std::string_view want;  // empty: refused
};

TEST(NumberTemplate, PutsTheNumberInItsPlace) {
  constexpr template_case cases[] = {
      {"user%03d@zone.example", 7, "user007@zone.example"},
      {"user%03d@zone.example", 12345, "user12345@zone.example"},
      {"%d@zone.example", 0, "0@zone.example"},
      {"info@zone.example", 9, "info@zone.example"},
      {"a%01d", 5, "a5"},
      {"%s@zone.example", 1, ""},
      {"%3d@zone.example", 1, ""},
      {"%099d@zone.example", 1, ""},
      {"%d%d@zone.example", 1, ""},
      {"100%", 1, ""},
  };
  for (const auto& c : cases) {
    const auto parsed = number_template::parse(c.text);
    ASSERT_EQ(parsed.has_value(), !c.want.empty()) << c.text;
    if (!parsed) continue;
    std::string out = "<";
    parsed->append_to(out, c.number);
    EXPECT_EQ(out, "<" + std::string(c.want));
  }
}

TEST(MessageHeader, CarriesIdAndTime) {
  message_header header("night");
  header.patch(42, 1'234'567);
  header.patch(43, 7'654'321);
  EXPECT_NE(header.text().find("\r\nX-Load-Id: night-0000000043\r\n"), std::string_view::npos);
  EXPECT_NE(header.text().find("\r\nX-Load-Time: 000000000007654321\r\n"), std::string_view::npos);
  EXPECT_EQ(header.text().find("42"), std::string_view::npos);
}

TEST(Body, HasTheWantedSizeAndEndsTheMessageOnce) {
  const std::size_t header = message_header("r").text().size();
  for (std::size_t size = header + 90; size < header + 400; ++size) {
    const std::string body = make_body(size, header);
    ASSERT_TRUE(body.starts_with("\r\n"));
    ASSERT_EQ(body.find("\r\n.\r\n"), body.size() - 5);
    ASSERT_LE(header + body.size() - 3, size);
    ASSERT_GE(header + body.size() - 3, size - 1) << "one octet cannot be a line";
  }
}

}  // namespace
}  // namespace signpost::bench
