// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the author of a message is, and whom it may be shown as coming from.
#include "model/authentication/author_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"
#include "tests/model/authentication/authentication_fixture.hpp"

namespace signpost::model {
namespace {

using dkim::replaced;
using dkim::test_message;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::string_view_literals;

std::vector<std::string> shown(std::string_view header) {
  std::vector<std::string> out;
  for (const auto& d : read_author(std::string(header) + "\r\n\r\nbody\r\n").facts.domains) {
    out.push_back(d.name);
  }
  return out;
}

TEST(AuthorReader, FindsOneAuthorInHonestMail) {
  for (const auto header :
       {"From: Ann <ann@shop.example>"sv, "From: \"boss@good.example\" <ann@shop.example>"sv,
        "From: ann@shop.example (boss@good.example)"sv,
        "From: =?utf-8?q?J=C3=BCrgen?= <ann@shop.example>"sv,
        "From: =?gb2312?B?vfDI2g==?= <ann@shop.example>"sv,
        "From: =?utf-7?q?J+APw-rgen?= <ann@shop.example>"sv,
        "From: Doe, Ann <ann@shop.example>"sv,
        "Sender: boss@good.example\r\nFrom: ann@shop.example"sv,
        "Resent-From: boss@good.example\r\nFrom: ann@shop.example"sv,
        "Subject: a\r\n From: boss@good.example\r\nFrom: ann@shop.example"sv,
        "From: ann@shop.example\r\nFrom: ann@shop.example"sv}) {
    EXPECT_THAT(shown(header), ElementsAre("shop.example")) << header;
  }
  EXPECT_EQ(read_author("From: Doe, Ann <a@x.example>\r\n\r\n").domains,
            std::vector<std::string>{"x.example"});
}

TEST(AuthorReader, FindsWhomAnyReaderMayShow) {
  for (const auto header :
       {"From: boss@good.example <ann@shop.example>"sv,
        "From: <@good.example:ann@shop.example>"sv, "From: \"boss@good.example\"@shop.example"sv,
        "From: =?utf-8?b?Ym9zc0Bnb29kLmV4YW1wbGU=?==?utf-8?q?=00?=@shop.example"sv,
        "From: =?utf-8?q?boss=40good=2Eexample?= <ann@shop.example>"sv,
        "From: =?utf-8?q?boss?= =?utf-8?q?=40good?= =?utf-8?q?=2Eexample?= <ann@shop.example>"sv,
        "From: ann@shop.example\r\nFrom: boss@good.example"sv,
        "From: ann@shop.example\r\nno field\r\nFrom: boss@good.example"sv,
        "From: ann@shop.example\r\nFrom : boss@good.example"sv,
        "From: ann@shop.example\r\nFr\0om: boss@good.example"sv,
        "From: ann@shop.example\r\nFrom\xc2\xa0: boss@good.example"sv,
        "From: ann@shop.example\r\n \r\nFrom: boss@good.example"sv,
        " From: boss@good.example\r\nFrom: ann@shop.example"sv,
        "From: ann@shop.example, boss@good.example"sv,
        "From: ann@shop.example\r\n\t,\r\n \r\n boss@good.example"sv,
        "From: x <ann@shop.example> <boss@good.example>"sv,
        "From: ann@shop.example (open boss@good.example"sv,
        "From: boss\xef\xbc\xa0good.example <ann@shop.example"sv,
        "From: boss@\xe2\x80\x8bgood.example <ann@shop.example"sv,
        "From: boss@fa\xc3\x9f.example, boss@good.example"sv,
        "From: boss@go(x)od.example\0, boss@good.example"sv, "From: boss@good.example\0@x"sv}) {
    EXPECT_THAT(shown(header), Contains("good.example")) << header;
  }
}

TEST(AuthorReader, ReadsNamesAsBothVersionsOfIdnaDo) {
  EXPECT_THAT(shown("From: x@fa\xc3\x9f.example"),
              UnorderedElementsAre("xn--fa-hia.example", "fass.example"));
  EXPECT_THAT(shown("From: x@b\xc3\xbc" "cher.example"), ElementsAre("xn--bcher-kva.example"));
}

TEST(AuthorReader, LooksElsewhereOnlyIfThereIsNoFrom) {
  EXPECT_THAT(shown("Sender: boss@good.example\r\nResent-From: a@b.example"),
              UnorderedElementsAre("good.example", "b.example"));
  EXPECT_THAT(shown("Subject: x"), IsEmpty());
  EXPECT_THAT(shown("From: MAILER-DAEMON"), IsEmpty());
  EXPECT_THAT(shown("From: Mail Delivery System <>"), IsEmpty());
}

TEST(AuthorReader, SaysAnybodyWhereItCannotCount) {
  std::string many = "From: ";
  for (int i = 0; i < 1000; ++i) many += "a@x" + std::to_string(i) + ".example, ";
  EXPECT_TRUE(read_author(many + "\r\n\r\n").facts.anybody);
  EXPECT_LE(read_author(many + "\r\n\r\n").facts.domains.size(), author_domains_kept_max);
  std::string same = "From: ";
  for (int i = 0; i < 2000; ++i) same += "a@x.example, ";
  EXPECT_TRUE(read_author(same + "\r\n\r\n").facts.anybody);
  EXPECT_TRUE(read_author("From: =?utf-7?q?ceo+AEA-x.example?=\r\n\r\n").facts.anybody);
}

bool is_anybody(std::string_view header) {
  return read_author(std::string(header) + "\r\n\r\nbody\r\n").facts.anybody;
}

TEST(AuthorReader, SaysAnybodyWhereNoTwoReadersAgree) {
  for (const auto header :
       {"From: Boss <ceo@(x)good.example>, undisclosed"sv, "From: ceo@good(x).example, <bad"sv,
        "From: <ceo@(c)good.example>, bad"sv, "From: ceo@\"good\".example, bad"sv,
        "From: ceo@\\good.example"sv, "From: ceo@good\xe2\x80\xa4" "example"sv,
        "From: ceo@good .example, <bad"sv, "From: ceo@good. example, <bad"sv,
        "From: ceo@good..example"sv, "From: ceo&#64;good.example"sv,
        "From: ceo&commat;good.example"sv, "From: ceo@[good.example]"sv,
        "From: ceo\xef\xbc\xa0(x)good.example"sv, "From: ceo@g%6fod.example, <bad"sv,
        "From: =?cp037?q?=83=85=96=7C=87=96=96=84=4B=85=A7=81=94=97=93=85?="sv,
        "From: =?iso-2022-jp?b?GyRCI2MbKEI=?= <x"sv,
        "From: =?utf-8?q?ceo=40=28x=29good.example?="sv}) {
    EXPECT_TRUE(is_anybody(header)) << header;
    EXPECT_FALSE(read_author(std::string(header) + "\r\n\r\n").domains) << header;
  }
}

TEST(AuthorReader, SaysNobodyWhereNobodyIsNamed) {
  for (const auto header :
       {"From: MAILER-DAEMON"sv, "From: Mail Delivery System <>"sv, "From: <mailer-daemon>"sv,
        "From: undisclosed:;"sv, "From:"sv, "From: MAILER-DAEMON@[192.0.2.1]"sv,
        "From: =?utf-8?q?J=C3=BCrgen?= <>"sv}) {
    EXPECT_FALSE(is_anybody(header)) << header;
    EXPECT_THAT(shown(header), IsEmpty()) << header;
  }
  // What stands before a comma without quotes may be somebody's name in another spelling.
  EXPECT_THAT(shown("From: =?utf-8?q?ceo=40good.example?=, Inc. <ann@shop.example>"),
              ElementsAre("shop.example", "good.example"));
  // Malformed, but it names one only.
  for (const auto header :
       {"From: Doe, Ann <ann@shop.example>"sv, "From: Doe, J\xc3\xb6rg <ann@shop.example>"sv,
        "From: Doe, Ann <ann@shop.example> "sv, "From: ,, ann@shop.example, Doe"sv}) {
    EXPECT_FALSE(is_anybody(header)) << header;
    EXPECT_THAT(shown(header), ElementsAre("shop.example")) << header;
  }
}

TEST(AuthorReader, NamesWithoutAnAddressAreShownToo) {
  EXPECT_THAT(shown("From: ceo at good.example <>"), ElementsAre("good.example"));
  EXPECT_THAT(shown("From: MAILER-DAEMON <>\r\nSender: ceo@good.example"),
              ElementsAre("good.example"));
}

// CPU time of one reading, the least of three.
double cost_of(const std::string& message) {
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    timespec begin{};
    timespec end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    EXPECT_TRUE(read_author(message).facts.known);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    least = std::min(least, static_cast<double>(end.tv_sec - begin.tv_sec)
                                + static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9);
  }
  return least;
}

TEST(AuthorReader, TakesNoMoreThanTwiceAsLongForTwiceAsMuch) {
  for (const auto piece : {"=?"sv, "=?a"sv, "=??"sv, "=?x?q?"sv, "=?utf-8?q?a?="sv, "=?x?q?a? ="sv,
                           "@"sv, "a@b.example,"sv, "("sv, "\""sv, "<"sv, ":"sv, "a."sv, "&#"sv,
                           "\xc3\x9f"sv, "=?\xc3\x9f"sv, "@(x)a.example,"sv, "\xef\xbc\xa0"sv}) {
    const auto filled = [&](std::size_t octets) {
      std::string text = "From: \xc3\x9f";
      while (text.size() < octets) text += piece;
      return text + "\r\n\r\n";
    };
    // Four times as much: linear is 4, quadratic 16.
    EXPECT_LT(cost_of(filled(480'000)), 9 * cost_of(filled(120'000)) + 0.002) << piece;
  }
}

TEST(AuthorReader, IsLinearInWhatAStrangerCanWrite) {
  const std::string many(200'000, '@');
  EXPECT_TRUE(read_author("From: " + many + "\r\n\r\n").facts.known);
  std::string words = "From: ";
  while (words.size() < 400'000) words += "=?utf-8?q?";
  EXPECT_TRUE(read_author(words + "\r\n\r\n").facts.known);
  std::string fields;
  while (fields.size() < 400'000) fields += "From: a@\r\n";
  EXPECT_TRUE(read_author(fields + "\r\n").facts.known);
}

TEST_F(AuthenticationTest, ProvesTheAuthorByWhatIsAligned) {
  EXPECT_TRUE(check(test_message()).author.proven);
  EXPECT_TRUE(check(signed_by("example.org"), "x@other.example", elsewhere).author.proven);
  EXPECT_FALSE(check(test_message(), "x@other.example").author.proven);
  EXPECT_FALSE(check(signed_by("other.example"), "x@other.example", elsewhere).author.proven);
  EXPECT_TRUE(check(test_message()).author.known);
}

TEST_F(AuthenticationTest, ProvesAuthorsOfDomainsWithoutPolicyByTheirVeryName) {
  dns.remove("_dmarc.example.org");
  EXPECT_EQ(check(test_message()).dmarc, verdict::none);
  EXPECT_TRUE(check(test_message()).author.proven);
  EXPECT_FALSE(check(test_message(), "x@other.example").author.proven);
  const auto below = replaced(test_message(), "ada@example.org", "ada@sub.example.org");
  EXPECT_FALSE(check(below).author.proven);
  dns.add_txt("_dmarc.example.org", "v=DMARC1; p=none");
  EXPECT_TRUE(check(below).author.proven);
}

TEST_F(AuthenticationTest, AnOrganizationOfStrangersProvesNothing) {
  dns.remove("_dmarc.example.org");
  dns.add_txt("_dmarc.org", "v=DMARC1; p=reject").add_txt("stranger.org", "v=spf1 +all");
  const auto r = check(test_message(), "x@stranger.org");
  EXPECT_EQ(r.dmarc, verdict::pass);
  EXPECT_FALSE(r.author.proven);
  EXPECT_TRUE(check(test_message()).author.proven);
  dns.remove("_dmarc.org");
  dns.add_txt("_dmarc.org", "v=DMARC1; p=reject; psd=y");
  EXPECT_TRUE(check(test_message()).author.proven);
  EXPECT_FALSE(check(test_message(), "x@stranger.org").author.proven);
}

TEST_F(AuthenticationTest, ASealersWordIsNoProof) {
  options.trusted_sealers = {"list.example"};
  const auto r = check(sealed_by("list.example", said_pass, test_message()), "x@other.example",
                       elsewhere);
  EXPECT_EQ(r.vouched_by, "list.example");
  EXPECT_FALSE(r.author.proven);
}

// The very domain of the author is aligned with it whatever its record says (RFC 9989 §4.4).
TEST_F(AuthenticationTest, WithoutTheDnsTheSameDomainAloneIsProof) {
  dns.set_status("_dmarc.example.org", dns::status::servfail);
  const auto same = check(signed_by("example.org"));
  EXPECT_EQ(same.dmarc, verdict::none) << "no answer could change anything";
  EXPECT_NE(same.fields.find("dmarc=temperror"), std::string::npos) << same.fields;
  EXPECT_FALSE(same.temporary);
  EXPECT_TRUE(same.author.proven);
  dns.add_txt("below.example.org", "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 ip6::: -all");
  const auto r = check(test_message(), "ada@below.example.org");
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_FALSE(r.author.proven);
  ASSERT_EQ(r.author.domains.size(), 1U);
  EXPECT_EQ(r.author.domains[0].organization, "example.org");
}

struct hidden_author_case {
  const char* name;
  std::string from;
  verdict want;
};

// A second author who did not sign makes the message fail, or leaves it without a judgement; in no
// spelling does it pass.
TEST_F(AuthenticationTest, NoSecondAuthorPassesUnjudged) {
  dns.add_txt("_dmarc.bank.example", "v=DMARC1; p=reject");
  using enum verdict;
  const hidden_author_case cases[] = {
      {"beside the brackets", "From: ceo@bank.example <ada@example.org>\r\n", fail},
      {"in a list", "From: ada@example.org, ceo@bank.example\r\n", fail},
      {"in a second field", "From: ada@example.org\r\nFrom: ceo@bank.example\r\n", fail},
      {"with a blank before the colon",
       "From: ada@example.org\r\nFrom : ceo@bank.example\r\n", fail},
      {"behind a line that is no field",
       "From: ada@example.org\r\nno field\r\nFrom: ceo@bank.example\r\n", fail},
      {"with a control in its name",
       "From: ada@example.org\r\nFr\x01om: ceo@bank.example\r\n", fail},
      {"with a no-break space",
       "From: ada@example.org\r\nFrom\xc2\xa0: ceo@bank.example\r\n", fail},
      {"as a group's name", "From: ceo@bank.example: ada@example.org;\r\n", fail},
      {"of the same domain", "From: ada@example.org\r\nFrom: ceo@example.org\r\n", permerror},
      {"without a policy", "From: ada@example.org\r\nFrom: x@nothing.example\r\n", permerror},
  };
  for (const auto& c : cases) {
    const auto message = replaced(test_message(), "From: Ada <ada@example.org>\r\n", c.from);
    const auto r = check(message);  // SPF passes for example.org
    EXPECT_EQ(r.dmarc, c.want) << c.name;
    EXPECT_FALSE(r.author.proven) << c.name;
  }
}

TEST_F(AuthenticationTest, OddSpellingsOfOneAuthorAreNotProvenForAnother) {
  for (const auto* from :
       {"From: <@bank.example:ada@example.org>\r\n", "From: \"ceo@bank.example\"@example.org\r\n",
        "From: =?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=@example.org\r\n",
        "From: ada@example.org (open ceo@bank.example\r\n"}) {
    const auto r = check(replaced(test_message(), "From: Ada <ada@example.org>\r\n", from));
    EXPECT_FALSE(r.author.proven) << from;
  }
}

// Nobody can hide a signature that counts behind others: beyond the limit it does not count.
TEST_F(AuthenticationTest, ASignatureBeyondTheLimitProvesNothing) {
  options.dkim.signatures_max = 2;
  auto message = signed_by("example.org");
  for (int i = 0; i < 2; ++i) message = signed_by("other.example", message);
  const auto r = check(message, "x@other.example", elsewhere);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_FALSE(r.author.proven);
}

// Signed, but for the body: we never write l=, so the field is made by hand.
std::string with_open_body() {
  const auto message = test_message();
  auto field = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=ed; "
               "l=0; h=from; bh="
               + to_base64(as_bytes(as_text(crypto::sha256("")))) + "; b=";
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  const std::vector<std::string> names{"from"};
  const auto own = dkim::relaxed_field("DKIM-Signature", std::string_view(field).substr(15));
  const auto hash = hasher.header_hash(names, dkim::canonicalization::relaxed, own);
  field += to_base64(as_bytes(dkim::ed25519_key()->sign(hash).value()));
  return field + "\r\n" + message;
}

TEST_F(AuthenticationTest, APartOfTheBodyThatIsNotSignedProvesNothing) {
  options.dkim.refuse_partial_body = false;
  EXPECT_TRUE(check(with_open_body(), "x@other.example", elsewhere).author.proven);
  options.dkim.refuse_partial_body = true;
  const auto r = check(with_open_body(), "x@other.example", elsewhere);
  EXPECT_EQ(r.dkim, verdict::policy);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_FALSE(r.author.proven);
}

TEST_F(AuthenticationTest, AChainOfMoreSetsThanThereCanBeVouchesForNobody) {
  options.trusted_sealers = {"list.example"};
  auto message = sealed_by("list.example", said_pass, test_message());
  ASSERT_EQ(check(message, "x@other.example", elsewhere).vouched_by, "list.example");
  message = "ARC-Authentication-Results: i=51; list.example; dmarc=pass\r\n" + message;
  const auto r = check(message, "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::fail);
  EXPECT_EQ(r.vouched_by, "");
}

}  // namespace
}  // namespace signpost::model
