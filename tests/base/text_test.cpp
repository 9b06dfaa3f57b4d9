// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace signpost {
namespace {

using parts = std::vector<std::string_view>;

TEST(BaseText, KnowsWellFormedUtf8) {
  for (const std::string text :
       {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << printable(text);
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(BaseText, RefusesMalformedUtf8) {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\xa0",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "a\xc3", "\xe2\x82\x41"}) {
    EXPECT_FALSE(is_utf8(text)) << printable(text);
  }
}

TEST(BaseText, KnowsAscii) {
  EXPECT_TRUE(is_ascii(""));
  EXPECT_TRUE(is_ascii("a\x7f\r\n"));
  EXPECT_FALSE(is_ascii("a\x80"));
  std::string text(1000, 'a');
  EXPECT_TRUE(is_ascii(text));
  for (std::size_t at = 0; at < text.size(); ++at) {
    text[at] = '\xff';
    EXPECT_FALSE(is_ascii(text)) << at;
    text[at] = '\x7f';
  }
}

TEST(BaseText, FoldsAsciiOnly) {
  EXPECT_EQ(to_lower("AbZ[\xc3\x9c"), "abz[\xc3\x9c");
  EXPECT_EQ(to_upper("aBz{\xc3\xbc"), "ABZ{\xc3\xbc");
  EXPECT_TRUE(equals_ignoring_case("Mail", "mAIL"));
  EXPECT_FALSE(equals_ignoring_case("Mail", "Mails"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_TRUE(starts_with_ignoring_case("MAIL FROM:", "mail"));
  EXPECT_TRUE(starts_with_ignoring_case("x", ""));
  EXPECT_FALSE(starts_with_ignoring_case("MAI", "mail"));
}

TEST(BaseText, TrimsWhiteSpace) {
  EXPECT_EQ(trim(" \t\r\na b\n "), "a b");
  EXPECT_EQ(trim(" \r\n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\v x"), "\v x");
}

TEST(BaseText, SplitsIntoAtLeastOnePart) {
  EXPECT_EQ(split("a,,b", ','), (parts{"a", "", "b"}));
  EXPECT_EQ(split("", ','), parts{""});
  EXPECT_EQ(split(",", ','), (parts{"", ""}));
  EXPECT_EQ(split("abc", ','), parts{"abc"});
}

TEST(BaseText, ReadsWholeNumbers) {
  EXPECT_EQ(parse_uint("0"), 0U);
  EXPECT_EQ(parse_uint("007"), 7U);
  EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
  for (const auto* text :
       {"", "18446744073709551616", "99999999999999999999", "-1", "+1", " 1", "1 ", "1a", "0x1"}) {
    EXPECT_FALSE(parse_uint(text)) << text;
  }
}

TEST(BaseText, WritesBase64) {  // RFC 4648 §10
  const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
  }
}

TEST(BaseText, RefusesWrongBase64) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "=", "==", "====", "Zg==Zg==",
                           "Z===", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_", "Zm9\xff"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  EXPECT_EQ(from_base64(" Zm\r\n\t9v ", true), "foo");
  EXPECT_FALSE(from_base64("Zm\v9v", true));
}

TEST(BaseText, Base64ComesBack) {
  seeded_random random(5);
  for (std::size_t size = 0; size < 100; ++size) {
    std::vector<std::byte> bytes(size);
    random.fill(bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)), std::string(as_text(bytes)));
  }
}

TEST(BaseText, WritesHex) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\x7f\xff", 3))), "007fff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(BaseText, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

TEST(BaseText, MakesStrangersBytesPrintable) {
  EXPECT_EQ(printable("abc ~"), "abc ~");
  EXPECT_EQ(printable("a\r\n\x1b\xff\x7f"), "a\\x0d\\x0a\\x1b\\xff\\x7f");
  EXPECT_EQ(printable(""), "");
}

TEST(BaseText, CutsLongTextsVisibly) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "abc...");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable("\xff\xff", 6), "\\xff...") << "an escape is not cut in two";
}

}  // namespace
}  // namespace signpost
