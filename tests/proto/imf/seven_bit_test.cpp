// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/seven_bit.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime_walk.hpp"

namespace signpost::imf {
namespace {

std::string converted(std::string_view message) {
  const auto out = to_seven_bit(message);
  EXPECT_TRUE(out) << out.error().context;
  if (!out) return {};
  EXPECT_TRUE(is_ascii(*out)) << *out;
  return *out;
}

// What the parts without parts of their own hold, decoded.
std::vector<std::string> contents(const std::string& message) {
  std::vector<std::string> out;
  EXPECT_TRUE(walk_parts(message_view(message), [&](const mime_part& part) {
    const bool whole = part.type.is("multipart", "*") || part.type.is("message", "*");
    if (!whole) out.push_back(part.content());
    return walk_step::into;
  }));
  return out;
}

TEST(SevenBit, LeavesAsciiAlone) {
  for (const std::string message : {"", "Subject: x\r\n\r\nbody\r\n", "no header\r\n"}) {
    EXPECT_EQ(converted(message), message);
  }
}

TEST(SevenBit, EncodesTextAsQuotedPrintable) {
  const auto out = converted(
      "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
      "content-transfer-encoding: 8bit\r\n\r\nGr\xfc\xdf=\r\n.\r\n");
  EXPECT_NE(out.find("Content-Type: text/plain; charset=iso-8859-1\r\n"), std::string::npos);
  EXPECT_NE(out.find("Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DF=3D\r\n"),
            std::string::npos)
      << out;
  EXPECT_EQ(out.find("8bit"), std::string::npos) << out;
  EXPECT_EQ(contents(out), std::vector<std::string>{"Gr\xfc\xdf=\r\n.\r\n"});
}

TEST(SevenBit, SaysWhatTheTextIsWhereNothingDid) {
  const auto utf8 = converted("Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9f" "e\r\n");
  EXPECT_NE(utf8.find("MIME-Version: 1.0\r\n"), std::string::npos);
  EXPECT_NE(utf8.find("charset=utf-8"), std::string::npos) << utf8;
  const auto other = converted("Subject: x\r\n\r\nGr\xfc\xdf" "e\r\n");
  EXPECT_NE(other.find("charset=unknown-8bit"), std::string::npos) << other;
}

TEST(SevenBit, EncodesEachPartInItsOwnWay) {
  const std::string message =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n"
      "Content-Transfer-Encoding: 8bit\r\n\r\npr\xc3\xa9" "amble\r\n--b\r\n\r\nascii\r\n--b\r\n"
      "Content-Type: text/html; charset=utf-8\r\n\r\n<p>\xc3\xbc</p>\r\n--b  \r\n"
      "Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n--b\r\n"
      "Content-Type: message/rfc822\r\n\r\nSubject: \xc3\xa4\r\n\r\n\xc3\xb6\r\n--b--\r\nend\r\n";
  const auto out = converted(message);
  EXPECT_EQ(contents(out), contents(message));
  EXPECT_EQ(contents(out).size(), 4U);
  EXPECT_NE(out.find("Content-Transfer-Encoding: 7bit\r\n"), std::string::npos);
  EXPECT_NE(out.find("Content-Transfer-Encoding: base64\r\n\r\niVBORw=="), std::string::npos)
      << out;
  EXPECT_TRUE(out.ends_with("\r\n--b--\r\nend\r\n")) << out;
}

struct field_case {
  const char* field;
  const char* want;
};

TEST(SevenBit, EncodesHeaderFieldsAsWords) {
  const field_case cases[] = {
      {"Subject: a Gr\xc3\xbc\xc3\x9f" "e b", "Subject: a =?utf-8?B?R3LDvMOfZQ==?= b"},
      {"Subject: \xc3\xa4 \xc3\xb6 x", "Subject: =?utf-8?B?w6Qgw7Y=?= x"},
      {"Subject: Gr\xfc\xdf" "e", "Subject: =?unknown-8bit?B?R3L832U=?="},
      {"From: J\xc3\xbcrgen <j@x.example>", "From: =?utf-8?B?SsO8cmdlbg==?= <j@x.example>"},
      {"From: \"J\xc3\xbcrgen, B.\"<j@x.example>",
       "From: =?utf-8?B?SsO8cmdlbg==?=\r\n \", B.\" <j@x.example>"},
      {"To: a@x.example (\xc3\xa4), \xc3\xb6 <b@x.example>",
       "To: a@x.example (=?utf-8?B?w6Q=?=), =?utf-8?B?w7Y=?= <b@x.example>"},
      {"Content-Disposition: attachment; filename=\"\xc3\xa4.pdf\"",
       "Content-Disposition: attachment; filename=\"=?utf-8?B?w6QucGRm?=\""},
      {"Received: from \xc3\xa4 by b", "Received: from ?? by b"},
  };
  for (const auto& c : cases) {
    const auto out = header_to_seven_bit(std::string(c.field) + "\r\nX: y\r\n");
    ASSERT_TRUE(out) << c.field;
    EXPECT_EQ(*out, std::string(c.want) + "\r\nX: y\r\n");
  }
}

// Nothing that separates addresses comes out of its quotes, not even for a reader that decodes the
// words first.
TEST(SevenBit, QuotedSpecialsStayInQuotes) {
  const field_case cases[] = {
      {"From: \"\xc3\xa4 <boss@zone.example>,\" <a@x.example>",
       "From: =?utf-8?B?w6Q=?=\r\n \"<boss@zone.example>,\" <a@x.example>"},
      {"From: \"boss@zone.example, \xc3\xa4\" <a@x.example>",
       "From: \"boss@zone.example,\"\r\n =?utf-8?B?w6Q=?= <a@x.example>"},
      {"From: \"\xc3\xa4\\\" <boss@zone.example>\" <a@x.example>",
       "From: =?utf-8?B?w6Q=?=\r\n \"\\\" <boss@zone.example>\" <a@x.example>"},
      {"From: \"\xc3\xa4;b:\"<a@x.example>",
       "From: =?utf-8?B?w6Q=?=\r\n \";b:\" <a@x.example>"},
      {"From: \"\xc3\xa4\r\n b\" <a@x.example>", "From: =?utf-8?B?w6QgYg==?= <a@x.example>"},
      {"From: (\xc3\xa4 (b@c) <d@e>,) a@x.example",
       "From: (=?utf-8?B?w6Q=?= (b@c) <d@e>,) a@x.example"},
      {"To: \xc3\xa4: b@x.example, \"\xc3\xb6\" <c@x.example>;",
       "To: =?utf-8?B?w6Q=?= : b@x.example, =?utf-8?B?w7Y=?= <c@x.example>;"},
  };
  for (const auto& c : cases) {
    const auto out = header_to_seven_bit(std::string(c.field) + "\r\n");
    ASSERT_TRUE(out) << c.field;
    EXPECT_EQ(*out, std::string(c.want) + "\r\n");
  }
}

// Where it cannot be said which octets are a name's and which an address's.
TEST(SevenBit, EncodesNothingWhereAddressesCouldMove) {
  for (const std::string field :
       {"From: (\xc3\xa4\\) <boss@zone.example>, ) <a@x.example>",
        "From: (\" \xc3\xa4) <boss@zone.example>, (\" <a@x.example>",
        "From: <\"\xc3\xa4\"@x.example>", "From: \"\xc3\xa4\"@x.example",
        "From: b.\"\xc3\xa4\" (c) @x.example", "From: \"\xc3\xa4 <a@x.example>",
        "From: (\xc3\xa4 <a@x.example>", "From: \xc3\xa4 <a@x.example",
        "From: <\xc3\xa4>", "From: \xc3\xa4\\\"b\" <a@x.example>",
        "From: \xc3\xa4[b] <a@x.example>", "Content-Type: text/plain; x=\"\xc3\xa4\"",
        "Content-Type: multipart/mixed; boundary=\"\xc3\xa4\"",
        "Content-Type: text/plain (\xc3\xa4)"}) {
    const auto out = header_to_seven_bit(field + "\r\n");
    EXPECT_FALSE(out) << *out;
  }
  // As above, but the brackets and quotes are plain text within the comment.
  EXPECT_EQ(header_to_seven_bit("From: (\" \xc3\xa4) <a@x.example>\r\n").value_or(""),
            "From: (\" =?utf-8?B?w6Q=?=) <a@x.example>\r\n");
}

TEST(SevenBit, DividesNoCharacterAndNoLineIsTooLong) {
  std::string subject = "Subject:";
  for (int i = 0; i < 200; ++i) subject += " \xe2\x82\xac\xe2\x82\xac";
  const auto out = header_to_seven_bit(subject + "\r\n");
  ASSERT_TRUE(out);
  std::string_view rest = *out;
  while (!rest.empty()) {
    const auto line = first_line(rest);
    EXPECT_LE(line.content.size(), 78U) << line.content;
    rest.remove_prefix(line.whole.size());
  }
}

TEST(SevenBit, RefusesWhatWouldBreak) {
  for (const std::string message :
       {"From: J\xc3\xbcrgen@x.example\r\n\r\nx\r\n", "From: <j\xc3\xbc@x.example>\r\n\r\nx\r\n",
        "Subject: x\r\nno field \xc3\xbc\r\n\r\nx\r\n",
        "Content-Type: multipart/mixed\r\n\r\n\xc3\xbc\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n\xc3\xbc\r\n",
        "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xc3\xbc\r\n--b--\r\n",
        "Content-Type: multipart/mixed; boundary=\xc3\xa4\r\n\r\n--\xc3\xa4\r\n\r\nx\r\n",
        "Content-Type: message/partial\r\n\r\n\xc3\xbc\r\n",
        "Content-Transfer-Encoding: base64\r\n\r\n\xc3\xbc\r\n", "J\xc3\xbc: x\r\n\r\nx\r\n"}) {
    const auto out = to_seven_bit(message);
    ASSERT_FALSE(out) << *out;
    EXPECT_EQ(out.error().code, errc::denied);
  }
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "Content-Type: message/rfc822\r\n\r\n";
  EXPECT_FALSE(to_seven_bit(deep + "\xc3\xbc\r\n"));
}

}  // namespace
}  // namespace signpost::imf
