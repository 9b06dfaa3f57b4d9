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

// As Mail::SRS and postsrsd write and read by default.
rewriter classic() {
  return made({.hash_length = 4});
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
           "a..b@shop.example",
           ".a@shop.example",
           "a.@my_shop.example",
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
  EXPECT_EQ(text.substr(13), "=JH=Shop.Example=ann@relay.example");
  EXPECT_TRUE(is_srs(text));
  EXPECT_EQ(forwarded(classic(), "ann@Shop.Example").substr(9),
            "=JH=Shop.Example=ann@relay.example");
}

// 40 bits that survive hosts which fold letters, and no character that divides or must be quoted.
TEST(SrsForward, WritesAHashOfEightCharactersOfBase32) {
  const auto r = made();
  for (int i = 0; i < 200; ++i) {
    const auto text = forwarded(r, "ann" + std::to_string(i) + "@shop.example");
    const auto hash = text.substr(5, text.find('=', 5) - 5);
    EXPECT_EQ(hash.size(), 8U) << text;
    EXPECT_EQ(hash.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), std::string::npos)
        << text;
  }
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
  EXPECT_NE(srs1.find("=first.example==" + srs0.substr(5, 8)), std::string::npos) << srs1;
  EXPECT_EQ(second.reverse(srs1, now).value_or("refused"), srs0);
}

TEST(SrsForward, KeepsTheSeparatorOfTheFirstHost) {
  const auto first = made({.secrets = {"another host's secret"}, .separator = '-'});
  const auto srs0 = first.forward("ann@shop.example", "first.example", now).value();
  const auto srs1 = forwarded(made(), srs0);
  EXPECT_NE(srs1.find("=first.example=-"), std::string::npos) << srs1;
  EXPECT_EQ(made().reverse(srs1, now).value_or("refused"), srs0);
}

TEST(SrsForward, KeepsTheLettersOfTheFirstHostsTag) {
  for (const std::string first : {"srs0=abcd=AA=shop.example=ann@first.example",
                                  "Srs0+abcd=AA=shop.example=ann@first.example"}) {
    const auto srs1 = forwarded(made(), first);
    EXPECT_EQ(made().reverse(srs1, now).value_or("refused"), first) << srs1;
  }
}

// An SRS1 address has no day on which it ends: nobody gets one by the name of a mailbox.
TEST(SrsForward, TakesWhatOnlyBeginsLikeSrs0ForASender) {
  for (const std::string sender : {"srs0-team@shop.example", "SRS0=key@shop.example",
                                   "SRS0=a=b@shop.example", "SRS0====@shop.example"}) {
    const auto text = forwarded(made(), sender);
    EXPECT_TRUE(text.starts_with("SRS0=")) << text;
    EXPECT_EQ(made().reverse(text, now).value_or("refused"), sender);
  }
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
  // "SRS0=HHHHHHHH=TT=" takes 17 octets, "=shop.example" another 13.
  const std::string fits(64 - 17 - 13, 'x');
  EXPECT_TRUE(r.forward(fits + "@shop.example", alias, now));
  const auto got = r.forward("x" + fits + "@shop.example", alias, now);
  ASSERT_FALSE(got) << *got;
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(SrsForwardOrFallback, FallsBackOnlyWhenTooLong) {
  const auto r = made();
  const auto long_sender = std::string(60, 'x') + "@shop.example";
  const std::string long_alias = std::string(60, 'z') + "." + std::string(60, 'z') + ".example";
  for (const auto& at : {alias, long_alias}) {
    const auto fallback = r.forward_or_fallback(long_sender, at, now).value_or("");
    EXPECT_TRUE(fallback.ends_with("=JH=-=postmaster@" + at)) << fallback;
    EXPECT_TRUE(is_srs(fallback.substr(0, fallback.find('@')))) << "no mailbox of a zone";
    EXPECT_TRUE(address::mailbox::parse(fallback)) << fallback;
    EXPECT_EQ(r.reverse(fallback, now).value_or("refused"), "postmaster@" + at);
    EXPECT_EQ(r.reverse(to_lower(fallback), now).value_or("refused"), "postmaster@" + at);
    EXPECT_EQ(reverse_error(r, fallback, now + days(22)), errc::denied);
    auto forged = fallback;
    forged.replace(5, 8, "AAAAAAAA");
    EXPECT_EQ(reverse_error(r, forged), errc::denied);
    const auto elsewhere = fallback.substr(0, fallback.find('@')) + "@other.example";
    EXPECT_EQ(reverse_error(r, elsewhere), errc::denied);
  }
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
  EXPECT_EQ(reverse_error(r, changed(15, 'G')), errc::denied);  // the timestamp
  EXPECT_EQ(reverse_error(r, changed(5, text[5] == '7' ? '6' : '7')), errc::denied);
}

// The hash of one address is not that of another, whose parts begin elsewhere, or at another domain
// of the node.
TEST(SrsReverse, BindsEachPartAndTheDomainBehindTheSign) {
  const auto r = made({.local_octets_max = 200});
  const auto at = [](const std::string& text) { return text.find('@'); };
  const auto moved = [](std::string text, const std::string& from, const std::string& to) {
    EXPECT_NE(text.find(from), std::string::npos) << text;
    return text.replace(text.find(from), from.size(), to);
  };
  const auto srs0 = forwarded(r, "ann@shop.example");
  EXPECT_EQ(reverse_error(r, moved(srs0, "shop.example=ann", "shop.exampl=eann")), errc::denied);
  EXPECT_EQ(reverse_error(r, moved(srs0, "shop.example=ann", "shop.exampleann=")),
            errc::malformed);
  EXPECT_EQ(reverse_error(r, moved(srs0, "shop.example=ann", "shop.examplea=nn")), errc::denied);
  EXPECT_EQ(reverse_error(r, srs0.substr(0, at(srs0)) + "@other.example"), errc::denied);
  EXPECT_TRUE(r.reverse(srs0.substr(0, at(srs0)) + "@RELAY.example", now));

  const auto srs1 = forwarded(r, "SRS0-abcd=" + std::string(srs0.substr(14, 2))
                                     + "=shop.example=ann@evil.example-x.first.example");
  const auto elsewhere =
      moved(srs1, "=evil.example-x.first.example=", "=evil.example=-x.first.example");
  EXPECT_EQ(reverse_error(r, elsewhere), errc::denied);
  EXPECT_EQ(reverse_error(r, srs1.substr(0, at(srs1)) + "@other.example"), errc::denied);
  EXPECT_TRUE(r.reverse(srs1, now));

  const auto unicode = r.forward("ann@shop.example", "b\xc3\xbc.example", now).value_or("");
  EXPECT_TRUE(r.reverse(unicode.substr(0, at(unicode)) + "@xn--b-eha.example", now)) << unicode;
}

// Those that an earlier version sent out come back for as long as they would have.
TEST(SrsReverse, TakesTheUnboundHashesOfEarlierVersionsUntilTheyAreTooOld) {
  const auto r = made();
  const std::string old = "SRS0=HP65CUKH=JH=shop.example=ann@relay.example";
  EXPECT_EQ(r.reverse(old, now).value_or("refused"), "ann@shop.example");
  EXPECT_TRUE(r.reverse(old, now + days(21)));
  EXPECT_EQ(reverse_error(r, old, now + days(22)), errc::denied);
  EXPECT_EQ(forwarded(r, "ann@shop.example").find("HP65CUKH"), std::string::npos);

  const std::string old1 =
      "SRS1=EY7AKYEW=first.example==abcd=JH=shop.example=ann@relay.example";
  EXPECT_EQ(r.reverse(old1, now).value_or("refused"),
            "SRS0=abcd=JH=shop.example=ann@first.example");
  EXPECT_EQ(reverse_error(r, old1, now + days(22)), errc::denied);
  // New ones have no day on which they end.
  EXPECT_TRUE(r.reverse(forwarded(r, "SRS0=abcd=JH=shop.example=ann@first.example"),
                        now + days(22)));
}

// Neither the address nor the way in which it fails says whether the hash was right.
TEST(SrsClaimed, SaysTheSameWhateverTheHash) {
  const auto r = made();
  const auto good = forwarded(r, "ann@shop.example");
  auto bad = good;
  bad.replace(5, 8, "AAAAAAAA");
  ASSERT_NE(good, bad);
  EXPECT_EQ(r.claimed(good, now), "ann@shop.example");
  EXPECT_EQ(r.claimed(bad, now), "ann@shop.example");
  EXPECT_EQ(reverse_error(r, bad), errc::denied);
  EXPECT_EQ(r.claimed(good, now + days(30)), r.claimed(bad, now + days(30)));
  EXPECT_FALSE(r.claimed(good, now + days(30)));
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

// What is asked for is asked for on the way back as well.
TEST(SrsReverse, RefusesHashesThatAreTooShort) {
  EXPECT_EQ(reverse_error(made(), forwarded(classic(), "ann@shop.example")), errc::denied);
  const auto eight = forwarded(made(), "ann@shop.example");
  EXPECT_EQ(reverse_error(made({.hash_length = 9}), eight), errc::denied);
  for (const std::size_t length : {7U, 4U, 3U, 0U}) {
    auto text = eight;
    text.erase(5 + length, 8 - length);
    EXPECT_EQ(reverse_error(made(), text), errc::denied) << text;
  }
  auto text = forwarded(classic(), "ann@shop.example");
  text.erase(8, 1);  // three correct characters
  EXPECT_EQ(reverse_error(classic(), text), errc::denied);
}

TEST(SrsReverse, ReadsTheShortFormOnlyIfItIsAskedFor) {
  const auto text = forwarded(classic(), "ann@shop.example");
  EXPECT_EQ(classic().reverse(text, now).value_or("refused"), "ann@shop.example");
  const auto lenient = made({.hash_length_min = 4});
  EXPECT_EQ(lenient.reverse(text, now).value_or("refused"), "ann@shop.example");
  EXPECT_EQ(lenient.reverse(forwarded(lenient, "ann@shop.example"), now).value_or("refused"),
            "ann@shop.example");
  EXPECT_EQ(classic().reverse(forwarded(made(), "ann@shop.example"), now).value_or("refused"),
            "ann@shop.example");
}

// A node that wrote four characters yesterday: its addresses end with their days, and no new ones
// of that kind are taken.
TEST(SrsReverse, TakesShortHashesOfBeforeADayOnly) {
  const auto r = made({.short_hashes_until = now, .max_age = days(21)});
  const auto before = classic().forward("ann@shop.example", alias, now - days(1)).value();
  const auto after = classic().forward("ann@shop.example", alias, now + days(2)).value();
  EXPECT_EQ(r.reverse(before, now).value_or("refused"), "ann@shop.example");
  EXPECT_EQ(r.reverse(before, now + days(20)).value_or("refused"), "ann@shop.example");
  EXPECT_EQ(reverse_error(r, before, now + days(21)), errc::denied);
  EXPECT_EQ(reverse_error(r, after, now + days(2)), errc::denied);
  const auto srs1 = classic().forward(after, "second.example", now).value();
  EXPECT_TRUE(r.reverse(srs1, now + days(20)));
  EXPECT_EQ(reverse_error(r, srs1, now + days(22)), errc::denied);
}

TEST(SrsReverse, RefusesWhatIsNotOurs) {
  for (const auto* address :
       {"ann@relay.example", "SRS0@relay.example", "SRS0=@relay.example", "SRS0===@relay.example",
        "SRS0====@relay.example", "SRS1==@relay.example", "SRS1===@relay.example",
        "SRS2=abcd=AA=shop.example=ann@relay.example", "SRS0=abcd", ""}) {
    EXPECT_EQ(reverse_error(made(), address), errc::malformed) << address;
  }
}

TEST(SrsIsSrs, WantsTheWholeForm) {
  for (const auto* local :
       {"SRS0=abcd=AA=shop.example=ann", "srs0-ABCDEFGH=aa=shop.example=ann",
        "SrS0+ab/+=7Z=shop.example=a=b", "SRS1=abcd=first.example==xxxx=AA=shop.example=ann",
        "srs1=abcd=first.example=-xxxx=AA=shop.example=ann"}) {
    EXPECT_TRUE(is_srs(local)) << local;
  }
  for (const auto* local :
       {"", "SRS0", "SRS", "SRS0=x", "srs0-team", "SRS1=", "SRS2=abcd=AA=shop.example=ann",
        "xSRS0=abcd=AA=shop.example=ann", "SRS0_abcd=AA=shop.example=ann", "srs0user",
        "SRS0=abc=AA=shop.example=ann", "SRS0=ab-d=AA=shop.example=ann",
        "SRS0=abcd=A=shop.example=ann", "SRS0=abcd=A1=shop.example=ann", "SRS0=abcd=AA==ann",
        "SRS0=abcd=AA=shop.example=", "SRS0=abcd=AA=shop.example", "SRS1=abcd=first.example=xx",
        "SRS1=abcd=first.example==", "SRS1=abcd===xxxx"}) {
    EXPECT_FALSE(is_srs(local)) << local;
  }
}

TEST(SrsValidateSecret, WantsSixteenOctets) {
  EXPECT_FALSE(validate_secret(""));
  EXPECT_FALSE(validate_secret(std::string(15, 'x')));
  EXPECT_TRUE(validate_secret(std::string(16, 'x')));
  EXPECT_FALSE(validate_secret(std::string(44, '\0')));
  EXPECT_FALSE(validate_secret(std::string(43, 'x') + '\x7F'));
  EXPECT_TRUE(validate_secret("sixteen octets \xC3\xA4\xC3\xB6"));
}

}  // namespace
}  // namespace signpost::srs
