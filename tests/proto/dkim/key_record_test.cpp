// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/key_record.hpp"

#include <gtest/gtest.h>

#include "tests/proto/dkim/support.hpp"

namespace signpost::dkim {
namespace {

std::string rsa_text() {
  return to_base64(as_bytes(rsa_key()->public_half().octets()));
}

TEST(DkimKeyRecord, ReadsWhatIsThere) {
  const auto read = parse_key_record(
                        "v=DKIM1; h=sha1:sha256; k=rsa; n=a note; s=x : email; t=y:s:z;"
                        " g=*; p="
                        + rsa_text())
                        .value();
  EXPECT_EQ(read.key->bits(), 2048);
  EXPECT_TRUE(read.allows_sha256);
  EXPECT_TRUE(read.allows_email);
  EXPECT_TRUE(read.testing);
  EXPECT_TRUE(read.strict_identity);
  EXPECT_EQ(read.notes, "a note");
}

TEST(DkimKeyRecord, DefaultsAreTheStandards) {
  const auto read = parse_key_record("p=" + rsa_text()).value();
  EXPECT_EQ(read.type, crypto::key_type::rsa);
  EXPECT_TRUE(read.allows_sha256 && read.allows_email);
  EXPECT_FALSE(read.testing || read.strict_identity);
}

TEST(DkimKeyRecord, EmptyKeyIsRevoked) {
  EXPECT_EQ(parse_key_record("v=DKIM1; p=").value().key, std::nullopt);
}

TEST(DkimKeyRecord, KeyMayHaveWhiteSpace) {
  auto text = rsa_text();
  text.insert(100, " \r\n ");
  EXPECT_TRUE(parse_key_record("p=" + text));
}

TEST(DkimKeyRecord, RestrictsUse) {
  EXPECT_FALSE(parse_key_record("h=sha1; p=").value().allows_sha256);
  EXPECT_FALSE(parse_key_record("s=tlsrpt; p=").value().allows_email);
  EXPECT_TRUE(parse_key_record("s=*; p=").value().allows_email);
}

TEST(DkimKeyRecord, ReadsItsWordsInAnyCase) {
  const auto read = parse_key_record("k=RSA; h=SHA1:Sha256; s=Email; t=S:Y; p=").value();
  EXPECT_TRUE(read.allows_sha256 && read.allows_email);
  EXPECT_TRUE(read.strict_identity && read.testing);
}

TEST(DkimKeyRecord, RefusesWhatIsWrong) {
  const std::string ed(to_base64(as_bytes(std::string(32, 'k'))));
  for (const auto& text : std::vector<std::string>{
           "", "v=DKIM1", "p=; v=DKIM1", "v=DKIM2; p=", "v=dkim1; p=", "k=dsa; p=", "p=!", "p=AAAA",
           "p=" + ed, "k=ed25519; p=" + rsa_text(), "k=ed25519; p=AAAA",
           "t; p=", "p=; p=", "v=spf1 -all"}) {
    EXPECT_FALSE(parse_key_record(text)) << text;
  }
  EXPECT_TRUE(parse_key_record("k=ed25519; p=" + ed));
}

TEST(DkimReadKey, TellsAbsentFromUnavailable) {
  EXPECT_EQ(read_key({.status = dns::status::nxdomain}).state, key_state::absent);
  EXPECT_EQ(read_key({.status = dns::status::nodata}).state, key_state::absent);
  EXPECT_EQ(read_key({.status = dns::status::records}).state, key_state::absent);
  EXPECT_EQ(read_key({.status = dns::status::timeout}).state, key_state::unavailable);
  EXPECT_EQ(read_key({.status = dns::status::servfail}).state, key_state::unavailable);
  EXPECT_EQ(key_from("v=spf1 -all").state, key_state::unusable);
}

TEST(DkimReadKey, TakesTheFirstRecordThatIsAKey) {
  const auto found = read_key({.status = dns::status::records,
                               .records = {{.text = "hello"}, {.text = "p=; "}, {.text = "k=x"}}});
  ASSERT_EQ(found.state, key_state::found);
  EXPECT_EQ(found.record->key, std::nullopt);
}

}  // namespace
}  // namespace signpost::dkim
