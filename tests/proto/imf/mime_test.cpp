// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/mime.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::imf {
namespace {

TEST(ContentType, ReadsTypeAndParameters) {
  const auto type = parse_content_type(
      " Multipart/Report; (c) Report-Type=delivery-status;\r\n boundary=\"a;\\\"b\"");
  EXPECT_TRUE(type.is("multipart", "report"));
  EXPECT_TRUE(type.is("multipart", "*"));
  EXPECT_EQ(type.parameter("report-type"), "delivery-status");
  EXPECT_EQ(type.parameter("boundary"), "a;\"b");
  EXPECT_EQ(type.parameter("charset"), std::nullopt);
}

TEST(ContentType, IsPlainTextIfItCannotBeRead) {
  for (const auto* value : {"", "text", "/plain", "text/", ";;;", "\"", "=\"", "x y z"}) {
    EXPECT_TRUE(parse_content_type(value).is("text", "plain")) << value;
  }
}

TEST(ContentType, TakesWhatSendersWrite) {
  EXPECT_EQ(parse_content_type("a/b; boundary=--=_x!y").parameter("boundary"), "--=_x!y");
  EXPECT_EQ(parse_content_type("a/b; p=1 boundary=z").parameter("boundary"), "z");
  EXPECT_EQ(parse_content_type("a/b;; ; q; boundary = \"open").parameter("boundary"), "open");
  EXPECT_EQ(parse_content_type("a/b; p=1; p=2").parameter("p"), "1");
}

// RFC 2231 §4.1.
TEST(ContentType, JoinsAndDecodesContinuedParameters) {
  const auto type = parse_content_type(
      "a/b; name*1*=%C3%BC; name*0*=utf-8'de'B; name*2=\"%20x\"; title*=us-ascii''%41%4");
  EXPECT_EQ(type.parameter("name"), "B\xc3\xbc%20x");
  EXPECT_EQ(type.parameter("title"), "A%4");
}

TEST(ContentType, LooksAtABoundedNumberOfParameters) {
  std::string value = "a/b";
  for (int i = 0; i < 1000; ++i) value += "; p" + std::to_string(i) + "=v";
  EXPECT_EQ(parse_content_type(value).parameters.size(), mime_parameters_max);
}

TEST(DecodeTransfer, ReadsBase64WithDirt) {
  EXPECT_EQ(decode_transfer("BASE64", "SGVs\r\nbG8g d29y!bGQ="), "Hello world");
  EXPECT_EQ(decode_transfer(" base64 (x)", "SGk=SGk="), "HiHi");
  EXPECT_EQ(decode_transfer("8bit", "SGk="), "SGk=");
}

TEST(DecodeTransfer, ReadsQuotedPrintableWithDirt) {
  EXPECT_EQ(decode_transfer("quoted-printable", "a=3Db=\r\nc=  \nd=zz=4"), "a=bcd=zz=4");
}

TEST(EncodeQuotedPrintable, IsReadBackAndHasShortAsciiLines) {
  seeded_random random(3);
  for (int round = 0; round < 300; ++round) {
    std::string text(random.below(300), ' ');
    for (auto& c : text)
      c = static_cast<char>(random.below(3) == 0 ? random.below(256) : ' ' + random.below(20));
    const auto encoded = encode_quoted_printable(text);
    EXPECT_EQ(decode_transfer("quoted-printable", encoded), text);
    EXPECT_LE(max_line_octets(encoded), 76U);
    EXPECT_FALSE(has_eight_bit(encoded));
    EXPECT_FALSE(has_bare_line_ends(encoded));
  }
}

TEST(EncodeQuotedPrintable, EncodesBlanksAtLineEnds) {
  EXPECT_EQ(encode_quoted_printable("a \r\nb\t"), "a=20\r\nb=09");
}

std::vector<std::string> types_in(std::string_view octets) {
  std::vector<std::string> out;
  static_cast<void>(walk_parts(message_view(octets), [&](const mime_part& p) {
    out.push_back(std::to_string(p.depth) + " " + p.type.type + "/" + p.type.subtype);
    return walk_step::into;
  }));
  return out;
}

constexpr std::string_view nested =
    "Content-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n"
    "--o\r\nContent-Type: multipart/alternative; boundary=oo\r\n\r\n"
    "--oo\r\n\r\none\r\n--oo--\r\n"
    "--o \r\nContent-Type: message/rfc822\r\n\r\nContent-Type: image/png\r\n\r\nx\r\n"
    "--o--\r\nepilogue\r\n--o\r\n\r\nnot a part\r\n";

TEST(WalkParts, VisitsInDocumentOrder) {
  EXPECT_EQ(types_in(nested),
            (std::vector<std::string>{"0 multipart/mixed", "1 multipart/alternative",
                                      "2 text/plain", "1 message/rfc822", "2 image/png"}));
}

TEST(WalkParts, GivesBodiesWithoutTheLineEndOfTheDelimiter) {
  std::vector<std::string> bodies;
  static_cast<void>(walk_parts(message_view(nested), [&](const mime_part& p) {
    if (p.type.is("text", "plain")) bodies.emplace_back(p.view.body());
    return walk_step::into;
  }));
  EXPECT_EQ(bodies, std::vector<std::string>{"one"});
}

TEST(WalkParts, DoesAsTheVisitorSays) {
  int seen = 0;
  static_cast<void>(walk_parts(message_view(nested), [&](const mime_part& p) {
    ++seen;
    return p.depth == 0 ? walk_step::into : walk_step::over;
  }));
  EXPECT_EQ(seen, 3);
  seen = 0;
  static_cast<void>(walk_parts(message_view(nested), [&](const mime_part&) {
    return ++seen == 2 ? walk_step::stop : walk_step::into;
  }));
  EXPECT_EQ(seen, 2);
}

TEST(WalkParts, ReadsAMultipartThatIsNeverClosed) {
  EXPECT_EQ(types_in("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo").size(),
            3U);
  EXPECT_EQ(types_in("Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n").size(), 1U);
  EXPECT_EQ(types_in("Content-Type: multipart/mixed; boundary=b\r\r--b\r\rone\r--b--\r").size(),
            2U);
}

TEST(WalkParts, StopsAtItsLimits) {
  std::string many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (std::size_t i = 0; i < mime_parts_max + 10; ++i) many += "--b\r\n\r\n";
  std::size_t seen = 0;
  const auto count = [&](const mime_part&) {
    ++seen;
    return walk_step::into;
  };
  EXPECT_EQ(walk_parts(message_view(many), count).error().code, errc::limit_exceeded);
  EXPECT_EQ(seen, mime_parts_max);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "Content-Type: message/rfc822\r\n\r\n";
  seen = 0;
  EXPECT_EQ(walk_parts(message_view(deep), count).error().code, errc::limit_exceeded);
  EXPECT_EQ(seen, mime_depth_max + 1);
}

TEST(WalkParts, IsLinearInDelimitersThatAreNone) {
  std::string octets =
      "Content-Type: multipart/mixed; boundary=" + std::string(800, '-') + "\r\n\r\n";
  while (octets.size() < 1 << 20) octets += std::string(801, '-') + "\r\n";
  const auto start = std::chrono::steady_clock::now();
  types_in(octets);
  types_in("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + std::string(1 << 20, '\n'));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

}  // namespace
}  // namespace signpost::imf
