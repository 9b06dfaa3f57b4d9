// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/rewriter.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::srs {
namespace {

using std::chrono::days;

const wall_time now{seconds{1'795'000'000}};
const std::string secret = "correct horse battery";
const std::string alias = "relay.example";

rewriter made(options o = {}) {
  if (o.secrets.empty()) o.secrets = {secret};
  return rewriter(std::move(o));
}

std::string forwarded(const rewriter& r, std::string_view sender) {
  return r.forward(sender, alias, now).value_or("refused");
}

errc reverse_error(const rewriter& r, std::string_view address, wall_time when = now) {
  const auto got = r.reverse(address, when);
  EXPECT_FALSE(got) << *got;
  return got ? errc{} : got.error().code;
}

TEST(SrsForward, FindsTheWayBack) {
  const auto r = made();
  for (const std::string sender : {
           "ann@shop.example",
           "Ann.Lee+tag@Shop.Example",
           "a=b=c@shop.example",
           "=@x.example",
           "bounce-17=ann=home.example@list.example",
           "\"ann lee\"@shop.example",
           "\"a\\\"b\\\\c@d\"@shop.example",
           "\"\"@shop.example",
           "ann@[192.0.2.7]",
           "srs0@shop.example",
           "j\xc3\xb6rg@shop.example",
       }) {
    const auto there = r.forward(sender, alias, now);
    ASSERT_TRUE(there) << sender << ": " << there.error().context;
    EXPECT_TRUE(address::mailbox::parse(*there)) << *there << " cannot stand in an envelope";
    EXPECT_EQ(r.reverse(*there, now).value_or("refused"), sender) << *there;
  }
}

TEST(SrsForward, WritesTheGuardedFormat) {
  const auto text = forwarded(made(), "ann@Shop.Example");
  ASSERT_TRUE(text.starts_with("SRS0=")) << text;
  EXPECT_EQ(text.substr(9), "=JH=Shop.Example=ann@relay.example");
  EXPECT_TRUE(is_srs(text));
}

TEST(SrsForward, WritesTheChosenSeparatorAndHashLength) {
  const auto text = forwarded(made({.separator = '+', .hash_length = 10}), "ann@shop.example");
  EXPECT_TRUE(text.starts_with("SRS0+")) << text;
  EXPECT_EQ(text.find('='), 15U) << text;
  EXPECT_EQ(made().reverse(text, now).value_or("refused"), "ann@shop.example");
}

TEST(SrsForward, LeavesOurOwnAndTheNullSenderAlone) {
  EXPECT_EQ(forwarded(made(), "ann@relay.example"), "ann@relay.example");
  EXPECT_EQ(forwarded(made(), "ann@RELAY.Example"), "ann@RELAY.Example");
  EXPECT_EQ(forwarded(made(), ""), "");
  EXPECT_EQ(made().forward("ann@b\xc3\xbc.example", "xn--b-eha.example", now).value_or(""),
            "ann@b\xc3\xbc.example");
}

TEST(SrsForward, PutsUnicodeDomainsInAscii) {
  const auto text = forwarded(made(), "ann@b\xc3\xbc.example");
  EXPECT_NE(text.find("=xn--b-eha.example=ann@"), std::string::npos) << text;
}

TEST(SrsForward, RefusesWhatIsNoAddress) {
  for (const auto* sender : {"ann", "@shop.example", "ann@", "a b@shop.example",
                             "ann\r\n@x.example", "ann@b\xff.example"}) {
    const auto got = made().forward(sender, alias, now);
    ASSERT_FALSE(got) << *got;
    EXPECT_EQ(got.error().code, errc::malformed) << sender;
  }
}

TEST(SrsForward, TurnsSrs0OfAnotherHostIntoSrs1) {
  const auto first = made({.secrets = {"another host's secret"}});
  const auto srs0 = first.forward("ann@shop.example", "first.example", now).value();
  const auto second = made();
  const auto srs1 = forwarded(second, srs0);
  EXPECT_TRUE(srs1.starts_with("SRS1=")) << srs1;
  EXPECT_NE(srs1.find("=first.example==" + srs0.substr(5, 4)), std::string::npos) << srs1;
  EXPECT_EQ(second.reverse(srs1, now).value_or("refused"), srs0);
}

TEST(SrsForward, KeepsTheSeparatorOfTheFirstHost) {
  const auto first = made({.secrets = {"another host's secret"}, .separator = '-'});
  const auto srs0 = first.forward("ann@shop.example", "first.example", now).value();
  const auto srs1 = forwarded(made(), srs0);
  EXPECT_NE(srs1.find("=first.example=-"), std::string::npos) << srs1;
  EXPECT_EQ(made().reverse(srs1, now).value_or("refused"), srs0);
}

TEST(SrsForward, PointsSrs1PastTheHostInBetween) {
  const auto srs0 = made({.secrets = {"one"}}).forward("a@shop.example", "first.example", now);
  const auto srs1 = made({.secrets = {"two"}}).forward(srs0.value(), "second.example", now);
  const auto here = forwarded(made(), srs1.value());
  EXPECT_EQ(here.find("second"), std::string::npos) << here;
  EXPECT_EQ(made().reverse(here, now).value_or("refused"), *srs0);
}

TEST(SrsForward, TreatsBrokenSrs1AsAPlainSender) {
  const auto text = forwarded(made(), "SRS1=oops@shop.example");
  EXPECT_TRUE(text.starts_with("SRS0=")) << text;
  EXPECT_EQ(made().reverse(text, now).value_or("refused"), "SRS1=oops@shop.example");
}

TEST(SrsForward, RefusesWhatBecomesLongerThanALocalPart) {
  const auto r = made();
  // "SRS0=HHHH=TT=" takes 13 octets, "=shop.example" another 13.
  const std::string fits(64 - 13 - 13, 'x');
  EXPECT_TRUE(r.forward(fits + "@shop.example", alias, now));
  const auto got = r.forward("x" + fits + "@shop.example", alias, now);
  ASSERT_FALSE(got) << *got;
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(SrsForwardOrFallback, FallsBackOnlyWhenTooLong) {
  const auto r = made({.fallback_local = "returned"});
  const auto long_sender = std::string(60, 'x') + "@shop.example";
  EXPECT_EQ(r.forward_or_fallback(long_sender, alias, now).value_or(""), "returned@relay.example");
  EXPECT_EQ(r.forward_or_fallback("ann@shop.example", alias, now),
            r.forward("ann@shop.example", alias, now));
  EXPECT_EQ(r.forward_or_fallback("ann", alias, now).error().code, errc::malformed);
}

TEST(SrsReverse, RefusesAnyChangeOfWhatWasSigned) {
  const auto r = made();
  const auto text = forwarded(r, "ann@shop.example");
  const auto changed = [&](std::size_t at, char c) {
    auto copy = text;
    copy[at] = c;
    return copy;
  };
  EXPECT_EQ(reverse_error(r, changed(text.find("shop"), 'c')), errc::denied);
  EXPECT_EQ(reverse_error(r, changed(text.find("ann"), 'e')), errc::denied);
  EXPECT_EQ(reverse_error(r, changed(10, 'M')), errc::denied);  // the timestamp
  EXPECT_EQ(reverse_error(r, changed(5, text[5] == '7' ? '8' : '7')), errc::denied);
}

TEST(SrsReverse, RefusesTheSecretOfSomebodyElse) {
  const auto text = forwarded(made({.secrets = {"somebody else's secret"}}), "ann@shop.example");
  EXPECT_EQ(reverse_error(made(), text), errc::denied);
  const auto srs1 = forwarded(made({.secrets = {"somebody else's secret"}}), text);
  EXPECT_EQ(reverse_error(made(), srs1), errc::denied);
}

TEST(SrsReverse, UnderstandsHostsThatFoldTheLocalPart) {
  const auto text = forwarded(made(), "Ann@Shop.Example");
  EXPECT_EQ(made().reverse(to_lower(text), now).value_or("refused"), "ann@shop.example");
  EXPECT_EQ(made().reverse(to_upper(text), now).value_or("refused"), "ANN@SHOP.EXAMPLE");
}

TEST(SrsReverse, UnderstandsAllSecretsAfterARotation) {
  const auto old_text = forwarded(made({.secrets = {"old secret"}}), "ann@shop.example");
  const auto r = made({.secrets = {"new secret", "old secret"}});
  EXPECT_EQ(r.reverse(old_text, now).value_or("refused"), "ann@shop.example");
  EXPECT_EQ(forwarded(r, "ann@shop.example"),
            forwarded(made({.secrets = {"new secret"}}), "ann@shop.example"));
}

TEST(SrsReverse, EndsAfterTheMaximumAge) {
  const auto r = made({.max_age = days(3)});
  const auto text = forwarded(r, "ann@shop.example");
  EXPECT_TRUE(r.reverse(text, now + days(3)));
  EXPECT_EQ(reverse_error(r, text, now + days(4)), errc::denied);
  EXPECT_EQ(reverse_error(r, text, now + days(900)), errc::denied);
}

TEST(SrsReverse, TakesAnAddressMadeByANodeThatIsAlreadyInTomorrow) {
  const auto text = made().forward("ann@shop.example", alias, now + days(1)).value();
  EXPECT_TRUE(made().reverse(text, now));
  EXPECT_EQ(reverse_error(made(), text, now - days(1)), errc::denied);
}

TEST(SrsReverse, RefusesHashesThatAreTooShort) {
  auto text = forwarded(made(), "ann@shop.example");
  EXPECT_EQ(reverse_error(made({.hash_length = 8, .hash_length_min = 8}), text), errc::denied);
  text.erase(8, 1);  // three correct characters
  EXPECT_EQ(reverse_error(made(), text), errc::denied);
  text.erase(5, 3);
  EXPECT_EQ(reverse_error(made(), text), errc::denied);
}

TEST(SrsReverse, RefusesWhatIsNotOurs) {
  for (const auto* address :
       {"ann@relay.example", "SRS0@relay.example", "SRS0=@relay.example", "SRS0===@relay.example",
        "SRS0====@relay.example", "SRS1==@relay.example", "SRS1===@relay.example",
        "SRS2=abcd=AA=shop.example=ann@relay.example", "SRS0=abcd", ""}) {
    EXPECT_EQ(reverse_error(made(), address), errc::malformed) << address;
  }
}

TEST(SrsIsSrs, WantsTagAndSeparator) {
  for (const auto* local : {"SRS0=x", "srs0-x", "SrS1+x", "SRS1="}) EXPECT_TRUE(is_srs(local));
  for (const auto* local : {"", "SRS0", "SRS", "SRS2=x", "xSRS0=", "SRS0_x", "srs0user"}) {
    EXPECT_FALSE(is_srs(local)) << local;
  }
}

TEST(SrsValidateSecret, WantsSixteenOctets) {
  EXPECT_FALSE(validate_secret(""));
  EXPECT_FALSE(validate_secret(std::string(15, 'x')));
  EXPECT_TRUE(validate_secret(std::string(16, 'x')));
}

}  // namespace
}  // namespace signpost::srs
