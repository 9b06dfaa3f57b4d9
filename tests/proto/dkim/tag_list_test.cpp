// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/tag_list.hpp"

#include <gtest/gtest.h>

namespace signpost::dkim {
namespace {

TEST(DkimTagList, ReadsTagsWithFoldingAndAFinalSemicolon) {
  const auto good = tag_list::parse("a=1;\r\n\tb = two\r\n words ;x_1=;").value();
  EXPECT_EQ(good.value("a"), "1");
  EXPECT_EQ(good.value("b"), "two\r\n words");
  EXPECT_EQ(good.find("b")->raw, " two\r\n words ");
  EXPECT_EQ(good.value("x_1"), "");
  EXPECT_EQ(good.value("A"), std::nullopt);
}

TEST(DkimTagList, RefusesWhatTheGrammarDoesNotHave) {
  for (const std::string_view text : {"", ";", "a", "a=1;;b=2", "a=1; ;", "a=1; ", "=1", "1a=1",
                                      "_a=1", "a b=1", "a=1;a=2", "a=\x01", "a=\x7f", "a=\xff"}) {
    EXPECT_FALSE(tag_list::parse(text)) << text;
  }
}

TEST(DkimTagList, TakesUtf8InValues) {
  EXPECT_EQ(tag_list::parse("i=\xc3\xbc@x").value().value("i"), "\xc3\xbc@x");
}

TEST(DkimTagList, StopsAtTheLimit) {
  std::string text;
  for (std::size_t i = 0; i <= tags_max; ++i) text += "t" + std::to_string(i) + "=1;";
  EXPECT_EQ(tag_list::parse(text).error().code, errc::limit_exceeded);
}

TEST(DkimTagList, DecodesBase64WithOrWithoutPadding) {
  for (const char* text : {"YW5uIQ==", "YW5uIQ", "YW5\r\n\tuI Q = =", " Y W5uIQ "}) {
    EXPECT_EQ(decode_base64(text, "b="), "ann!") << text;
  }
  for (const char* text : {"", " ", "=", "YW5uI", "YW5uIQ=", "YW5uIQ===", "YW5=uIQ", "YW5u!Q=="}) {
    EXPECT_FALSE(decode_base64(text, "b=")) << text;
  }
}

TEST(DkimTagList, DecodesQuotedPrintable) {
  EXPECT_EQ(decode_quoted_printable("a=3D=3b b\r\n c"), "a=;bc");
  EXPECT_FALSE(decode_quoted_printable("a=3"));
  EXPECT_FALSE(decode_quoted_printable("a=XY"));
}

TEST(DkimTagList, MakesNamesForTheDns) {
  EXPECT_EQ(to_dns_name("Mail_1.EXAMPLE.org"), "mail_1.example.org");
  EXPECT_EQ(to_dns_name("b\xc3\xbc"
                        "cher.example"),
            "xn--bcher-kva.example");
  for (const std::string_view text : {"", ".", "a..b", "a.", "a b", "*", "a;b"}) {
    EXPECT_FALSE(to_dns_name(text)) << text;
  }
  EXPECT_FALSE(to_dns_name(std::string(64, 'a')));
  EXPECT_FALSE(to_dns_name(std::string(300, 'a')));
}

}  // namespace
}  // namespace signpost::dkim
