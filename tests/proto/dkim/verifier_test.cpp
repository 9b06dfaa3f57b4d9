// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/verifier.hpp"

#include <gtest/gtest.h>

#include "tests/proto/dkim/support.hpp"

namespace signpost::dkim {
namespace {

// The example of RFC 8463 §A.3, with the keys of §A.2.
constexpr std::string_view rfc8463_message =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

std::map<std::string, found_key> rfc8463_zone() {
  return {{"brisbane._domainkey.football.example.com",
           key_from("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")},
          {"test._domainkey.football.example.com",
           key_from("v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3"
                    "idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR"
                    "+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QID"
                    "AQAB")}};
}

TEST(DkimVerifier, VerifiesTheExampleOfRfc8463) {
  const auto got = verify(std::string(rfc8463_message), rfc8463_zone());
  ASSERT_EQ(got.signatures.size(), 2U);
  const auto& first = got.signatures[0];
  EXPECT_EQ(first.verdict, verdict::pass) << first.reason;
  EXPECT_EQ(first.algorithm, "ed25519-sha256");
  EXPECT_EQ(first.domain, "football.example.com");
  EXPECT_EQ(first.selector, "brisbane");
  EXPECT_EQ(first.identity, "@football.example.com");
  EXPECT_EQ(first.signature_head, "/gCrinpc");
  EXPECT_EQ(first.signed_at, 1528637909U);
  EXPECT_EQ(got.signatures[1].verdict, verdict::pass) << got.signatures[1].reason;
  EXPECT_EQ(got.signatures[1].key_bits, 1024);
  EXPECT_TRUE(got.passed());
}

TEST(DkimVerifier, EveryChangedOctetOfTheExampleFails) {
  // From the first signed field on; blanks are left alone, since relaxed form may forgive them.
  const std::string message(rfc8463_message);
  const auto zone = rfc8463_zone();
  for (auto at = message.find("From:") + 6; at < message.size(); at += 3) {
    if (static_cast<unsigned char>(message[at]) <= ' ') continue;
    auto changed = message;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(verify(changed, zone).passed()) << changed.substr(at, 10);
  }
}

TEST(DkimVerifier, MessageWithoutSignaturesHasNoResults) {
  const auto got = verify(test_message());
  EXPECT_TRUE(got.signatures.empty());
  EXPECT_FALSE(got.passed());
  EXPECT_EQ(got.skipped, 0U);
}

TEST(DkimVerifier, AsksForEachKeyOnce) {
  const imf::message_view view(rfc8463_message);
  message_hasher hasher(view);
  const verifier dkim(hasher);
  EXPECT_EQ(dkim.questions(), (std::vector<std::string>{"brisbane._domainkey.football.example.com",
                                                        "test._domainkey.football.example.com"}));
}

struct change_case {
  std::string what;
  std::string with;
  std::string want;
};

TEST(DkimVerifier, JudgesChangedMessages) {
  const auto message = signed_message(test_message(), rsa_options());
  const std::vector<change_case> cases{
      {"", "", "pass"},
      {"Received:", "X-New: 1\r\nReceived:", "pass"},
      {"Subject: A  folded\r\n subject ", "subject:A folded\r\n\tsubject", "pass"},
      {"Dear  Bob,\t", "Dear Bob,", "pass"},
      {"you.\r\n", "you.\r\n\r\n\r\n", "pass"},
      {"From: Ada", "From: Eve", "fail: signature did not verify"},
      {"From: Ada", "From: Eve <e@example.com>\r\nFrom: Ada", "fail: signature did not verify"},
      {"Received:", "Cc: eve@example.com\r\nReceived:", "fail: signature did not verify"},
      {"To: Bob", "Subject: other\r\nTo: Bob", "fail: signature did not verify"},
      {"Dear", "dear", "fail: body hash did not verify"},
      {"Dear", " Dear", "fail: body hash did not verify"},
      {"you.\r\n", "you.\r\nmore\r\n", "fail: body hash did not verify"},
      {"d=example.org", "d=example.com", "temperror: DNS was not asked"},
      {"v=1", "v=2", "neutral: version is not 1"},
      {"a=rsa-sha256", "a=ed25519-sha256", "permerror: key of another type"},
      {"s=rsa", "s=ed", "permerror: key of another type"},
      {"c=relaxed/relaxed", "c=relaxed/relaxed; x=1", "neutral: x= is before t="},
      {"h=from:", "h=form:", "permerror: From is not signed"},
  };
  for (const auto& one : cases) {
    // The oversigned names stand twice: both must go for From not to be signed.
    auto changed = replaced(message, one.what, one.with);
    if (one.what == "h=from:") changed = replaced(changed, "form:from:", "form:form:");
    EXPECT_EQ(outcome(verify(changed)), one.want) << one.what << " → " << one.with;
  }
}

struct key_case {
  std::string record;
  std::string want;
};

TEST(DkimVerifier, JudgesKeys) {
  const auto message = signed_message(test_message(), rsa_options());
  const auto p = "p=" + to_base64(as_bytes(rsa_key()->public_half().octets()));
  const std::vector<key_case> cases{
      {"v=DKIM1; " + p, "pass"},
      {p + "; \t", "pass"},
      {"t=y; " + p, "pass"},
      {"t=s; " + p, "pass"},
      {"p=", "permerror: key revoked"},
      {"h=sha1; " + p, "permerror: key is not for sha256"},
      {"s=tlsrpt; " + p, "permerror: key is not for email"},
      {"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
       "permerror: key of another type"},
      {"garbage", "permerror: unusable key: tag without ="},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(outcome(verify(message, {{"rsa._domainkey.example.org", key_from(one.record)}})),
              one.want)
        << one.record;
  }
  const auto absent = read_key({.status = dns::status::nxdomain});
  EXPECT_EQ(outcome(verify(message, {{"rsa._domainkey.example.org", absent}})),
            "permerror: no key");
  const auto timeout = read_key({.status = dns::status::timeout});
  EXPECT_EQ(outcome(verify(message, {{"rsa._domainkey.example.org", timeout}})),
            "temperror: the DNS did not answer: timeout");
}

TEST(DkimVerifier, ReportsTesting) {
  const auto message = signed_message(test_message(), ed25519_options());
  const auto record =
      "t=y; k=ed25519; p=" + to_base64(as_bytes(ed25519_key()->public_half().octets()));
  const auto got = verify(message, {{"ed._domainkey.example.org", key_from(record)}});
  EXPECT_TRUE(got.signatures.at(0).testing);
}

TEST(DkimVerifier, StrictKeysForbidIdentitiesBelow) {
  auto options = ed25519_options();
  options.identity = "ada@mail.example.org";
  const auto message = signed_message(test_message(), options);
  EXPECT_EQ(outcome(verify(message)), "pass");
  const auto record =
      "t=s; k=ed25519; p=" + to_base64(as_bytes(ed25519_key()->public_half().octets()));
  EXPECT_EQ(outcome(verify(message, {{"ed._domainkey.example.org", key_from(record)}})),
            "permerror: i= is below d=, which the key forbids");
}

TEST(DkimVerifier, ShortKeysAndOldHashesNeverPass) {
  const auto message = signed_message(test_message(), rsa_options());
  EXPECT_EQ(outcome(verify(message, test_zone(), {.rsa_bits_min = 2049})), "policy: key too short");
  auto old = replaced(message, "a=rsa-sha256", "a=rsa-sha1");
  const auto bh = old.find("bh=") + 3;
  old.replace(bh, old.find(';', bh) - bh, to_base64(as_bytes(std::string(20, 'x'))));
  EXPECT_EQ(outcome(verify(old)), "policy: rsa-sha1");
}

TEST(DkimVerifier, SignaturesExpire) {
  auto options = rsa_options();
  options.valid_for = seconds{60};
  const auto message = signed_message(test_message(), options);
  EXPECT_EQ(outcome(verify(message, test_zone(), {}, test_time + seconds{60})), "pass");
  EXPECT_EQ(outcome(verify(message, test_zone(), {}, test_time + seconds{61})), "fail: expired");
}

// We never write l=: the field is made by hand.
std::string with_length(std::size_t length, std::string_view body) {
  const auto message = test_message();
  const auto head = message.substr(0, message.find("\r\n\r\n") + 4);
  const auto canonical = std::string("Dear Bob,\r\n\r\nsee you.\r\n").substr(0, length);
  const auto bh = to_base64(as_bytes(as_text(crypto::sha256(canonical))));
  auto field = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=ed; l="
               + std::to_string(length) + "; h=from; bh=" + bh + "; b=";
  const imf::message_view view(message);
  message_hasher hasher(view);
  const std::vector<std::string> names{"from"};
  const auto own = relaxed_field("DKIM-Signature", std::string_view(field).substr(15));
  const auto hash = hasher.header_hash(names, canonicalization::relaxed, own);
  field += to_base64(as_bytes(ed25519_key()->sign(hash).value()));
  return field + "\r\n" + head + std::string(body);
}

TEST(DkimVerifier, ReportsWhatALengthLeavesOut) {
  const std::string body = "Dear  Bob,\t\r\n\r\nsee you.\r\n";
  auto got = verify(with_length(23, body)).signatures.at(0);
  EXPECT_EQ(got.verdict, verdict::pass) << got.reason;
  EXPECT_EQ(got.signed_octets, 23U);
  EXPECT_EQ(got.unsigned_octets, 0U);
  got = verify(with_length(23, body + "Buy!\r\n")).signatures.at(0);
  EXPECT_EQ(got.verdict, verdict::pass) << got.reason;
  EXPECT_EQ(got.unsigned_octets, 6U);
  got = verify(with_length(0, body)).signatures.at(0);
  EXPECT_EQ(got.verdict, verdict::pass) << got.reason;
  EXPECT_EQ(got.unsigned_octets, 23U);
}

TEST(DkimVerifier, PartialBodiesMayBeRefused) {
  const std::string body = "Dear  Bob,\t\r\n\r\nsee you.\r\n";
  const verifier_options strict{.refuse_partial_body = true};
  EXPECT_EQ(outcome(verify(with_length(23, body), test_zone(), strict)), "pass");
  EXPECT_EQ(outcome(verify(with_length(22, body), test_zone(), strict)),
            "policy: part of the body is not signed");
}

TEST(DkimVerifier, LengthBeyondTheBodyFails) {
  EXPECT_EQ(outcome(verify(with_length(23, "Dear Bob,\r\n"))), "fail: l= is longer than the body");
}

TEST(DkimVerifier, DescribesSignaturesItDoesNotUnderstand) {
  const auto message = replaced(signed_message(test_message(), rsa_options()), "v=1", "v=7");
  const auto got = verify(message).signatures.at(0);
  EXPECT_EQ(got.verdict, verdict::neutral);
  EXPECT_EQ(got.domain, "example.org");
  EXPECT_EQ(got.selector, "rsa");
  EXPECT_EQ(got.algorithm, "rsa-sha256");
}

}  // namespace
}  // namespace signpost::dkim
