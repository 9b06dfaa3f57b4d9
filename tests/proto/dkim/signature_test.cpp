// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/dkim/support.hpp"

namespace signpost::dkim {
namespace {

const std::string hash_text(to_base64(as_bytes(std::string(32, 'h'))));

std::string field(const std::string& more = "") {
  return "v=1; a=rsa-sha256; d=Example.ORG; s=Sel.1; h=From : to:\r\n subject; bh=" + hash_text
         + "; b=c2ln\r\n bmF0dXJl" + more;
}

TEST(DkimSignature, ReadsWhatIsThere) {
  const auto text =
      field("; c=relaxed; i=a=3Db@mail.example.org; l=10; t=5; x=6; q=x:dns/txt; z=y");
  const auto read = parse_signature(text).value();
  EXPECT_EQ(read.algorithm, algorithm::rsa_sha256);
  EXPECT_EQ(to_string(read.canonicalization), "relaxed/simple");
  EXPECT_EQ(read.key_name(), "sel.1._domainkey.example.org");
  EXPECT_EQ(read.identity, "a=b@mail.example.org");
  EXPECT_EQ(read.identity_domain, "mail.example.org");
  EXPECT_THAT(read.names, testing::ElementsAre("from", "to", "subject"));
  EXPECT_EQ(read.octets, "signature");
  EXPECT_EQ(read.raw_octets, "c2ln\r\n bmF0dXJl");
  EXPECT_EQ(read.length, 10U);
  EXPECT_EQ(read.signed_at, 5U);
  EXPECT_EQ(read.expires, 6U);
}

// RFC 6376 §3.7: what is removed from the signed text is b= "including all surrounding whitespace",
// also where that is the end of the field.
TEST(DkimSignature, TakesTheWhiteSpaceAroundTheOctets) {
  const auto at_end = field(" \t");
  EXPECT_EQ(parse_signature(at_end).value().raw_octets, "c2ln\r\n bmF0dXJl \t");
  const auto folded = replaced(field("\r\n "), "b=c2ln", "b= c2ln");
  EXPECT_EQ(parse_signature(folded).value().raw_octets, " c2ln\r\n bmF0dXJl\r\n ");
  const auto within = field(" ; l=10 ");
  EXPECT_EQ(parse_signature(within).value().raw_octets, "c2ln\r\n bmF0dXJl ");
  const auto before_semicolon = field("; ");
  EXPECT_EQ(parse_signature(before_semicolon).value().raw_octets, "c2ln\r\n bmF0dXJl");
}

TEST(DkimSignature, DefaultsAreTheStandards) {
  const auto text = field();
  const auto read = parse_signature(text).value();
  EXPECT_EQ(to_string(read.canonicalization), "simple/simple");
  EXPECT_EQ(read.identity, "@example.org");
  EXPECT_EQ(read.length, std::nullopt);
}

TEST(DkimSignature, DomainsMayBeInUnicode) {
  const auto text = replaced(field(), "Example.ORG",
                             "b\xc3\xbc"
                             "cher.example");
  EXPECT_EQ(parse_signature(text).value().domain, "xn--bcher-kva.example");
  EXPECT_FALSE(parse_signature(text, {.utf8 = false}));
}

struct refused_case {
  std::string what;
  std::string with;
  errc want = errc::malformed;
};

TEST(DkimSignature, RefusesWhatIsWrong) {
  const std::vector<refused_case> cases{
      {"v=1; ", ""},
      {"v=1", "v=2"},
      {"v=1", "v=1.0"},
      {"rsa-sha256", "rsa-md5"},
      {"rsa-sha256", "RSA-SHA256"},
      {"a=rsa-sha256; ", ""},
      {"d=Example.ORG", "d="},
      {"d=Example.ORG", "d=a..b"},
      {"d=Example.ORG; ", ""},
      {"s=Sel.1", "s=a b"},
      {"From", "Form", errc::denied},
      {"to:", ":"},
      {"to:", "t o:"},
      {"bh=", "bh=A"},
      {"bh=", "bh=AAAA; xh="},
      {"b=c2ln", "b=!"},
      {"b=c2ln\r\n bmF0dXJl", "b="},
      {"v=1", "v=1; c=waffle"},
      {"v=1", "v=1; q=http"},
      {"v=1", "v=1; l=-1"},
      {"v=1", "v=1; l=1 0"},
      {"v=1", "v=1; l="},
      {"v=1", "v=1; t=1234567890123"},
      {"v=1", "v=1; t=5; x=5"},
      {"v=1", "v=1; i=nobody"},
      {"v=1", "v=1; i=a@example.com", errc::denied},
      {"v=1", "v=1; i=a@notexample.org", errc::denied},
      {"v=1", "v=1; i=@org", errc::denied},
      {"v=1", "v=1; v=1"},
      {"v=1", "v=1; ;"},
  };
  for (const auto& one : cases) {
    const auto text = replaced(field(), one.what, one.with);
    const auto read = parse_signature(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, one.want) << text;
  }
}

TEST(DkimSignature, HugeLengthsAreNumbers) {
  const auto text = field("; l=" + std::string(76, '9'));
  EXPECT_EQ(parse_signature(text).value().length, UINT64_MAX - 1);
  EXPECT_FALSE(parse_signature(field("; l=" + std::string(77, '9'))));
}

TEST(DkimSignature, ArcNeedsNoVersionAndNoFrom) {
  const auto text = replaced(replaced(field("; i=1"), "v=1; ", ""), "From : ", "");
  EXPECT_TRUE(parse_signature(text, {.form = signature_form::arc_message}));
  const auto with_seal = replaced(text, "to:", "ARC-Seal:");
  EXPECT_EQ(parse_signature(with_seal, {.form = signature_form::arc_message}).error().code,
            errc::denied);
}

}  // namespace
}  // namespace signpost::dkim
