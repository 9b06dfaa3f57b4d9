// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/signer.hpp"

#include <gtest/gtest.h>

#include "tests/proto/dkim/support.hpp"

namespace signpost::dkim {
namespace {

TEST(DkimSigner, EveryCanonicalizationAndKeyVerifies) {
  using enum canonicalization;
  const std::vector<std::string> messages{
      test_message(),
      "From: a@example.org\r\n\r\n",
      "From: a@example.org\r\n",
      "From: a@example.org\r\n\r\n\r\n\r\n",
      "From: a@example.org\r\n\r\nno end of line",
      "From: \xc3\xbc@example.org\r\nSubject:\r\n\r\n\xff\xfe \r\n"};
  for (auto options : {rsa_options(), ed25519_options()}) {
    for (const auto header : {simple, relaxed}) {
      for (const auto body : {simple, relaxed}) {
        options.canonicalization = {header, body};
        for (const auto& message : messages) {
          EXPECT_EQ(outcome(verify(signed_message(message, options))), "pass")
              << to_string(options.canonicalization) << message;
        }
      }
    }
  }
}

TEST(DkimSigner, WritesShortLinesThatEndWithCrlf) {
  auto options = rsa_options();
  options.identity = "a;b=\xc3\xbc@example.org";
  options.valid_for = seconds{100};
  const imf::message_view view;
  message_hasher hasher(view);
  const auto field = sign(hasher, options, test_time).value();
  EXPECT_TRUE(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"));
  EXPECT_NE(field.find("i=a=3Bb=3D=C3=BC@example.org"), std::string::npos) << field;
  EXPECT_NE(field.find("t=1790000000; x=1790000100"), std::string::npos) << field;
  std::string_view rest = field;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    ASSERT_NE(end, std::string_view::npos);
    EXPECT_LE(end, 78U) << rest.substr(0, end);
    rest.remove_prefix(end + 2);
    EXPECT_TRUE(rest.empty() || rest.front() == ' ');
  }
}

TEST(DkimSigner, OversignsWhatIsShown) {
  const imf::message_view view("To: a\r\nTo: b\r\nX: y\r\nReceived: z\r\n\r\n");
  message_hasher hasher(view);
  const auto names = names_to_sign(hasher, default_signed_fields()).value();
  EXPECT_EQ(std::ranges::count(names, "to"), 3);
  EXPECT_EQ(std::ranges::count(names, "from"), 1);
  EXPECT_EQ(std::ranges::count(names, "sender"), 0);
  EXPECT_EQ(std::ranges::count(names, "received"), 0);
}

TEST(DkimSigner, SignsFieldsThatWeAdd) {
  const auto message = test_message();
  const imf::message_view view(message);
  message_hasher hasher(view);
  const std::string prefix = "List-Id: <ours.example.org>\r\n";
  hasher.add_on_top(prefix);
  const auto field = sign(hasher, ed25519_options(), test_time).value();
  EXPECT_EQ(outcome(verify(field + prefix + message)), "pass");
  EXPECT_EQ(outcome(verify(field + replaced(prefix, "ours", "mine") + message)),
            "fail: signature did not verify");
}

TEST(DkimSigner, TwoSignaturesOfOneMessageBothVerify) {
  const auto message = test_message();
  const imf::message_view view(message);
  message_hasher hasher(view);
  const auto first = sign(hasher, rsa_options(), test_time).value();
  hasher.add_on_top(first);
  const auto second = sign(hasher, ed25519_options(), test_time).value();
  const auto got = verify(second + first + message);
  ASSERT_EQ(got.signatures.size(), 2U);
  EXPECT_EQ(got.signatures[0].verdict, verdict::pass);
  EXPECT_EQ(got.signatures[1].verdict, verdict::pass);
}

TEST(DkimSigner, RefusesOptionsThatCannotBeWritten) {
  const auto message = test_message();
  const imf::message_view view(message);
  message_hasher hasher(view);
  const auto code = [&](const signer_options& options) {
    const auto got = sign(hasher, options, test_time);
    return got ? "signed" : std::string(to_string(got.error().code));
  };
  auto options = ed25519_options();
  options.domain = "example.org\r\nX: y";
  EXPECT_EQ(code(options), "malformed");
  options = ed25519_options();
  options.selector = "a; b=c";
  EXPECT_EQ(code(options), "malformed");
  options = ed25519_options();
  options.identity = "a@example.com";
  EXPECT_EQ(code(options), "malformed");
  options = ed25519_options();
  options.fields.names = {"subject"};
  EXPECT_EQ(code(options), "denied");
  options = ed25519_options();
  options.fields.names.emplace_back("x: y");
  EXPECT_EQ(code(options), "malformed");
  options.key = nullptr;
  EXPECT_EQ(code(options), "malformed");
}

TEST(DkimSigner, RefusesToSignTooManyFieldsOfOneName) {
  std::string message = "From: a@example.org\r\n";
  for (std::size_t i = 0; i <= signed_instances_max; ++i) message += "To: b@example.org\r\n";
  const imf::message_view view(message);
  message_hasher hasher(view);
  EXPECT_EQ(sign(hasher, ed25519_options(), test_time).error().code, errc::limit_exceeded);
}

TEST(DkimSigner, WritesTheRecordOfItsKey) {
  for (const auto& key : {rsa_key(), ed25519_key()}) {
    const auto text = key_record_text(key->public_half());
    const auto read = parse_key_record(text).value();
    EXPECT_TRUE(text.starts_with("v=DKIM1; k="));
    EXPECT_EQ(read.key->octets(), key->public_half().octets());
  }
}

}  // namespace
}  // namespace signpost::dkim
