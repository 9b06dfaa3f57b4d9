// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/authentication.hpp"

#include "proto/authres/authentication_results.hpp"
#include "proto/imf/message_view.hpp"
#include "tests/model/authentication/authentication_fixture.hpp"

namespace signpost::model {
namespace {

using dkim::replaced;
using dkim::test_message;

std::string from(const std::string& field) {
  return replaced(test_message(), "From: Ada <ada@example.org>\r\n", field);
}

authres::authentication_results parsed(const authentication_results& r) {
  const imf::message_view view(r.fields);
  const auto* field = view.find("Authentication-Results");
  EXPECT_NE(field, nullptr) << r.fields;
  const auto read = authres::parse(field->value);
  EXPECT_TRUE(read) << r.fields;
  return *read;
}

TEST_F(AuthenticationTest, AllPassesForAnHonestMessage) {
  const auto r = check(signed_by("example.org"));
  EXPECT_TRUE(r.checked);
  EXPECT_EQ(r.spf, verdict::pass);
  EXPECT_EQ(r.spf_helo, verdict::pass);
  EXPECT_EQ(r.dkim, verdict::pass);
  EXPECT_EQ(r.dmarc, verdict::pass);
  EXPECT_EQ(r.arc, verdict::none);
  EXPECT_EQ(r.spf_domain, "example.org");
  EXPECT_EQ(r.dkim_domains, std::vector<std::string>{"example.org"});
  EXPECT_EQ(r.author_domain, "example.org");
  EXPECT_EQ(r.disposition, dmarc_disposition::none);
  EXPECT_FALSE(r.temporary);
}

TEST_F(AuthenticationTest, WritesTheFieldsInTheirOrder) {
  const auto r = check(signed_by("example.org"));
  const imf::message_view view(r.fields);
  ASSERT_EQ(view.fields().size(), 3U) << r.fields;
  EXPECT_EQ(view.fields()[0].name, "Received-SPF");
  EXPECT_NE(view.fields()[0].value.find("identity=mailfrom"), std::string_view::npos);
  EXPECT_EQ(view.fields()[1].name, "Received-SPF");
  EXPECT_NE(view.fields()[1].value.find("identity=helo"), std::string_view::npos);
  EXPECT_EQ(view.fields()[2].name, "Authentication-Results");
  const auto ours = parsed(r);
  EXPECT_EQ(ours.authserv_id, "mx.node.example");
  std::vector<std::string> methods;
  for (const auto& one : ours.results) methods.push_back(one.method + "=" + one.result);
  EXPECT_EQ(methods, (std::vector<std::string>{"dkim=pass", "dmarc=pass", "spf=pass", "spf=pass",
                                               "arc=none"}));
  EXPECT_EQ(ours.results[0].value_of("header", "d"), "example.org");
  EXPECT_EQ(ours.results[0].value_of("header", "s"), "ed");
  EXPECT_EQ(ours.results[0].value_of("header", "a"), "ed25519-sha256");
  EXPECT_EQ(ours.results[0].value_of("header", "b").size(), 8U);
  EXPECT_EQ(ours.results[1].value_of("header", "from"), "example.org");
  EXPECT_EQ(ours.results[1].value_of("policy", "dmarc"), "reject");
  EXPECT_EQ(ours.results[1].comment, "p=reject dis=none");
  EXPECT_EQ(ours.results[2].value_of("smtp", "helo"), "mx.example.org");
  EXPECT_EQ(ours.results[3].value_of("smtp", "mailfrom"), "ada@example.org");
  EXPECT_EQ(ours.results[4].value_of("smtp", "remote-ip"), "192.0.2.1");
}

TEST_F(AuthenticationTest, AForgeryFailsWithWhatTheOwnerAsksFor) {
  const auto r = check(test_message(), "eve@other.example", elsewhere);
  EXPECT_EQ(r.spf, verdict::none);
  EXPECT_EQ(r.dkim, verdict::none);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.disposition, dmarc_disposition::reject);
  EXPECT_FALSE(r.temporary);
  EXPECT_EQ(parsed(r).find("dmarc")->comment, "p=reject dis=reject");
}

TEST_F(AuthenticationTest, ANullSenderStandsForPostmasterAtHelo) {
  dns.add_txt("_dmarc.mx.example.org", "v=DMARC1; p=none; psd=n");
  const auto r = check(from("From: mx@mx.example.org\r\n"), "");
  EXPECT_EQ(r.spf, verdict::pass);
  EXPECT_EQ(r.spf_helo, verdict::pass);
  EXPECT_EQ(r.spf_domain, "mx.example.org");
  EXPECT_EQ(r.dmarc, verdict::pass);
  EXPECT_EQ(times_asked("mx.example.org"), 1);
  EXPECT_EQ(imf::message_view(r.fields).find_all("Received-SPF").size(), 1U);
  EXPECT_EQ(r.fields.find("mailfrom"), std::string::npos) << r.fields;
}

TEST_F(AuthenticationTest, AsksEachQuestionOnceAndTheIndependentOnesAtOnce) {
  // HELO and MAIL FROM of one domain; two signatures and a seal with one key.
  const auto message =
      sealed_by("example.org", said_pass, signed_by("example.org", signed_by("example.org")));
  check(message, "ada@mx.example.org");
  auto sorted = asked;
  std::ranges::sort(sorted);
  EXPECT_TRUE(std::ranges::adjacent_find(sorted) == sorted.end());
  EXPECT_EQ(times_asked("mx.example.org"), 1);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 1);
  EXPECT_EQ(times_asked("_dmarc.example.org"), 1);
}

struct author_case {
  const char* name;
  std::string field;
  verdict want;
};

TEST_F(AuthenticationTest, NeedsAnAuthor) {
  const author_case cases[] = {
      {"none", "", verdict::permerror},
      {"empty", "From: \r\n", verdict::permerror},
      {"no domain", "From: ada\r\n", verdict::permerror},
      {"two domains, one forged", "From: a@nothing.example, ada@example.org\r\n", verdict::fail},
      {"two fields", "From: a@nothing.example\r\nFrom: ada@example.org\r\n", verdict::fail},
      {"no policy", "From: a@nothing.example\r\n", verdict::none}};
  for (const auto& c : cases) {
    EXPECT_EQ(check(from(c.field), "eve@other.example").dmarc, c.want) << c.name;
  }
}

TEST_F(AuthenticationTest, TroubleThatCouldHideAPassIsNoFail) {
  dns.set_status("ed._domainkey.example.org", dns::status::servfail);
  const auto r = check(signed_by("example.org"), "eve@other.example", elsewhere);
  EXPECT_EQ(r.dkim, verdict::temperror);
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_EQ(r.disposition, dmarc_disposition::none);
  EXPECT_TRUE(r.temporary);
  EXPECT_EQ(parsed(r).find("dmarc")->result, "temperror");
}

TEST_F(AuthenticationTest, TroubleWithTheSendersRecordCouldHideAPass) {
  dns.set_status("example.org", dns::status::timeout);
  const auto r = check(test_message(), "ada@example.org");
  EXPECT_EQ(r.spf, verdict::temperror);
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_TRUE(r.temporary);
}

// Else anybody could turn a refusal into "later" with a name server of their own that is silent.
TEST_F(AuthenticationTest, TroubleOfAStrangersDomainHidesNothing) {
  dns.set_status("ed._domainkey.other.example", dns::status::timeout)
      .set_status("other.example", dns::status::servfail);
  const auto r = check(signed_by("other.example"), "eve@other.example", elsewhere);
  EXPECT_EQ(r.spf, verdict::temperror);
  EXPECT_EQ(r.dkim, verdict::temperror);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.disposition, dmarc_disposition::reject);
  EXPECT_TRUE(r.temporary);
}

TEST_F(AuthenticationTest, APassNeedsNoLaterLook) {
  dns.set_status("ed._domainkey.other.example", dns::status::timeout);
  const auto r = check(signed_by("other.example", signed_by("example.org")));
  EXPECT_EQ(r.dkim, verdict::pass);
  EXPECT_EQ(r.dmarc, verdict::pass);
}

TEST_F(AuthenticationTest, GivingUpEndsWhatIsOpenAsTemperror) {
  const auto message = signed_by("example.org");
  authentication a({.client = *ip_address::parse(elsewhere),
                    .helo = "mx.example.org",
                    .sender = "ada@example.org",
                    .octets = message,
                    .now = dkim::test_time},
                   options);
  const auto questions = a.next_questions();
  EXPECT_FALSE(a.finished());
  a.give_up("it took too long");
  ASSERT_TRUE(a.finished());
  const auto r = a.results();
  EXPECT_EQ(r.spf, verdict::temperror);
  EXPECT_EQ(r.dkim, verdict::temperror);
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_TRUE(r.temporary);
  EXPECT_NE(r.fields.find("too long"), std::string::npos) << r.fields;
  // Late answers change nothing.
  for (const auto& q : questions) a.answer(q, {.status = dns::status::nxdomain});
  EXPECT_EQ(a.results(), r);
  EXPECT_TRUE(a.next_questions().empty());
}

TEST_F(AuthenticationTest, GivingUpKeepsWhatIsKnown) {
  const auto message = signed_by("example.org");
  authentication a({.client = *ip_address::parse("192.0.2.1"),
                    .helo = "mx.example.org",
                    .sender = "ada@example.org",
                    .octets = message,
                    .now = dkim::test_time},
                   options);
  for (const auto& q : a.next_questions()) {
    if (q.name == "mx.example.org") continue;  // HELO never comes
    dns.resolve(q, [&](const dns::answer& answer) { a.answer(q, answer); });
  }
  for (const auto& q : a.next_questions()) {
    dns.resolve(q, [&](const dns::answer& answer) { a.answer(q, answer); });
  }
  EXPECT_FALSE(a.finished());
  a.give_up("late");
  EXPECT_EQ(a.results().spf, verdict::pass);
  EXPECT_EQ(a.results().dkim, verdict::pass);
  EXPECT_EQ(a.results().dmarc, verdict::pass);
  EXPECT_EQ(a.results().spf_helo, verdict::temperror);
  EXPECT_FALSE(a.results().temporary);
}

TEST_F(AuthenticationTest, TellsOfEverySignature) {
  auto message = signed_by("other.example", signed_by("example.org"));
  message += "added\r\n";
  auto r = check(message, "eve@other.example", elsewhere);
  EXPECT_EQ(r.dkim, verdict::fail);
  EXPECT_EQ(r.dmarc, verdict::fail);
  const auto ours = parsed(r);
  EXPECT_EQ(ours.results[0].value_of("header", "d"), "other.example");
  EXPECT_EQ(ours.results[0].reason, "body hash did not verify");
  EXPECT_EQ(ours.results[1].value_of("header", "d"), "example.org");
  options.dkim.signatures_max = 1;
  r = check(message);
  EXPECT_EQ(parsed(r).results[0].comment, "1 more not checked");
  EXPECT_EQ(parsed(r).results[1].method, "dmarc");
}

TEST_F(AuthenticationTest, WhatStrangersSayStaysInItsPlace) {
  auto message = from("From: ada@example.org\r\n");
  authentication a({.client = *ip_address::parse("2001:db8::1"),
                    .helo = "x; dkim=pass header.d=bank.example (\r\nFrom: evil",
                    .sender = "\"a b;c=d\"@other.example",
                    .octets = message,
                    .now = dkim::test_time},
                   options);
  for (auto qs = a.next_questions(); !qs.empty(); qs = a.next_questions()) {
    for (const auto& q : qs) {
      dns.resolve(q, [&](const dns::answer& answer) { a.answer(q, answer); });
    }
  }
  const auto ours = parsed(a.results());
  ASSERT_EQ(ours.results.size(), 5U) << a.results().fields;
  EXPECT_EQ(ours.find("dkim")->result, "none");
  EXPECT_EQ(ours.results[4].value_of("smtp", "remote-ip"), "2001:db8::1");
  const imf::message_view written(a.results().fields);
  for (const auto& f : written.fields()) {
    EXPECT_TRUE(f.name == "Received-SPF" || f.name == "Authentication-Results") << f.name;
  }
}

TEST_F(AuthenticationTest, FieldsOfOrdinaryMailAreAscii) {
  dns.add_txt("other.example", "v=spf1 include:\xc3\xbc.example -all");
  const auto r = check(from("From: \xc3\xbc@other.example\r\n"), "a@other.example", elsewhere);
  EXPECT_TRUE(std::ranges::all_of(r.fields, [](char c) { return c >= 0; })) << r.fields;
}

class table_of_keys final : public key_store {
 public:
  std::optional<dkim::found_key> find(std::string_view name) override {
    const auto at = keys.find(name);
    return at == keys.end() ? std::nullopt : std::optional(at->second);
  }
  void keep(std::string_view name, const dkim::found_key& key, seconds ttl) override {
    keys.emplace(name, key);
    last_ttl = ttl;
  }
  std::map<std::string, dkim::found_key, std::less<>> keys;
  seconds last_ttl{0};
};

TEST_F(AuthenticationTest, KeysThatAreKnownAreNotAskedFor) {
  table_of_keys keys;
  options.keys = &keys;
  const auto message = signed_by("other.example", signed_by("example.org"));
  dns.remove("ed._domainkey.other.example");
  check(message);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 1);
  EXPECT_EQ(keys.keys.size(), 1U);  // one that does not exist is not kept
  EXPECT_EQ(keys.last_ttl, seconds{300});
  const auto r = check(message);
  EXPECT_EQ(times_asked("ed._domainkey.example.org"), 0);
  EXPECT_EQ(times_asked("ed._domainkey.other.example"), 1);
  EXPECT_EQ(r.dkim_domains, std::vector<std::string>{"example.org"});
}

// ---- trust in those who sealed -----------------------------------------------------------------

TEST_F(AuthenticationTest, ATrustedSealerVouches) {
  const auto message = sealed_by("list.example", said_pass, test_message());
  auto r = check(message, "list@list.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::pass);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.vouched_by, "");
  options.trusted_sealers = {"list.example"};
  r = check(message, "list@list.example", elsewhere);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.disposition, dmarc_disposition::reject);
  EXPECT_EQ(r.vouched_by, "list.example");
  const auto ours = parsed(r);
  EXPECT_EQ(ours.find("arc")->comment, "i=1, dmarc=pass by list.example");
  EXPECT_EQ(ours.find("arc")->value_of("header", "oldest-pass"), "0");
}

struct word_case {
  const char* name;
  const char* said;
  bool vouched;
};

TEST_F(AuthenticationTest, OnlyAPassOfThisAuthorIsAWord) {
  options.trusted_sealers = {"list.example"};
  const word_case cases[] = {
      {"pass", "spf=fail; dmarc=pass (p=reject) header.from=example.org", true},
      {"in another case", "dmarc=pass header.from=EXAMPLE.org", true},
      {"fail", "dmarc=fail header.from=example.org", false},
      {"silent", "spf=pass smtp.mailfrom=ada@example.org", false},
      {"of another author", "dmarc=pass header.from=other.example", false},
      {"of nobody", "dmarc=pass", false},
      {"both", "dmarc=pass header.from=example.org; dmarc=fail header.from=example.org", false},
      {"broken", "dmarc=pass header.from=", false}};
  for (const auto& c : cases) {
    const auto message = sealed_by("list.example", c.said, test_message());
    EXPECT_EQ(check(message, "x@list.example", elsewhere).vouched_by,
              c.vouched ? "list.example" : "")
        << c.name;
  }
}

TEST_F(AuthenticationTest, AnUntrustedSealerMayFollowIfItChangedNothing) {
  options.trusted_sealers = {"list.example"};
  const auto first = sealed_by("list.example", said_pass, test_message());
  const auto second = sealed_by("other.example", "dmarc=fail", first);
  EXPECT_EQ(check(second, "x@other.example", elsewhere).vouched_by, "list.example");
}

// The trusted host's word on one message, carried over to another one.
TEST_F(AuthenticationTest, AnUntrustedSealerCannotLendAWordToAnotherMessage) {
  options.trusted_sealers = {"list.example"};
  const auto first = sealed_by("list.example", said_pass, test_message());
  const auto forged =
      sealed_by("other.example", said_pass, replaced(first, "see you.", "send money."));
  const auto r = check(forged, "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::pass);
  EXPECT_EQ(parsed(r).find("arc")->value_of("header", "oldest-pass"), "2");
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_EQ(r.vouched_by, "");
}

TEST_F(AuthenticationTest, ATrustedSealerMayChangeTheMessage) {
  options.trusted_sealers = {"list.example", "example.org"};
  const auto first = sealed_by("list.example", said_pass, test_message());
  const auto second = sealed_by("example.org", "dmarc=fail header.from=example.org",
                                replaced(first, "see you.", "see you.\r\n-- \r\nfooter"));
  EXPECT_EQ(check(second, "x@other.example", elsewhere).vouched_by, "list.example");
  // Whoever seals after both without a change is of no matter…
  const auto third = sealed_by("other.example", "none", second);
  EXPECT_EQ(check(third, "x@other.example", elsewhere).vouched_by, "list.example");
  // …and with a change ends all trust.
  const auto forged = sealed_by("other.example", "none", replaced(second, "footer", "click here"));
  EXPECT_EQ(check(forged, "x@other.example", elsewhere).vouched_by, "");
}

TEST_F(AuthenticationTest, AnUntrustedSealerBetweenTrustedOnesEndsTheTrust) {
  options.trusted_sealers = {"list.example"};
  const auto first = sealed_by("list.example", said_pass, test_message());
  const auto second = sealed_by("other.example", "none", replaced(first, "see you.", "click."));
  const auto third = sealed_by("list.example", "dmarc=fail header.from=example.org",
                               replaced(second, "click.", "click!"));
  const auto r = check(third, "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::pass);
  EXPECT_EQ(r.vouched_by, "");
}

TEST_F(AuthenticationTest, ASecondFromIsNotVouchedFor) {
  options.trusted_sealers = {"list.example"};
  // The signature covers the lower one. (Ours is oversigned, so the chain fails as well.)
  const auto message =
      "From: ada@example.org\r\n" + sealed_by("list.example", said_pass, test_message());
  EXPECT_EQ(check(message, "x@other.example", elsewhere).vouched_by, "");
}

TEST_F(AuthenticationTest, ASealThatDoesNotCoverFromVouchesForNobody) {
  options.trusted_sealers = {"list.example"};
  const auto r = check(sealed_over({"subject"}, test_message()), "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::pass);
  EXPECT_EQ(r.vouched_by, "");
}

// A signature covers the lower one of two, and readers show the upper one.
TEST_F(AuthenticationTest, AFieldOnTopOfASignedOneIsNotVouchedFor) {
  options.trusted_sealers = {"list.example"};
  const auto sealed = sealed_over({"from", "subject"}, test_message());
  EXPECT_EQ(check(sealed, "x@other.example", elsewhere).vouched_by, "list.example");
  const auto r = check("Subject: pay now\r\n" + sealed, "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::pass);
  EXPECT_EQ(r.vouched_by, "");
}

// Not every sealer signs Reply-To: whoever gets hold of such a message could have it answered to.
TEST_F(AuthenticationTest, AnUnsignedReplyToElsewhereIsNotVouchedFor) {
  options.trusted_sealers = {"list.example"};
  const auto vouched = [&](const std::string& message) {
    const auto r = check(message, "x@other.example", elsewhere);
    EXPECT_EQ(r.arc, verdict::pass);
    return r.vouched_by == "list.example";
  };
  const auto plain = sealed_over({"from", "subject"}, test_message());
  EXPECT_TRUE(vouched(plain));
  for (const char* good : {"Ada <ada@example.org>", "help@desk.example.org", "all@list.example",
                           "ada@example.org, all@list.example"}) {
    EXPECT_TRUE(vouched("Reply-To: " + std::string(good) + "\r\n" + plain)) << good;
  }
  for (const char* bad : {"eve@other.example", "ada@example.org, eve@other.example",
                          "ada@example.org.other.example", "\"ada@example.org", "", "ada",
                          "ada@example.org <eve@other.example>"}) {
    EXPECT_FALSE(vouched("Reply-To: " + std::string(bad) + "\r\n" + plain)) << bad;
  }
  const auto with = "Reply-To: desk@other.example\r\n" + test_message();
  EXPECT_TRUE(vouched(sealed_over({"from", "reply-to"}, with))) << "the sealer saw it";
}

TEST_F(AuthenticationTest, ATrustedChainThatCannotBeValidatedNowIsNoFail) {
  options.trusted_sealers = {"list.example"};
  dns.set_status("ed._domainkey.list.example", dns::status::timeout);
  auto r =
      check(sealed_by("list.example", said_pass, test_message()), "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::temperror);
  EXPECT_EQ(parsed(r).find("arc")->result, "temperror");
  EXPECT_EQ(r.dmarc, verdict::temperror);
  EXPECT_TRUE(r.temporary);
  EXPECT_EQ(r.vouched_by, "");
  r = check(sealed_by("list.example", "dmarc=fail", test_message()), "x@other.example", elsewhere);
  EXPECT_EQ(r.dmarc, verdict::fail);
  EXPECT_FALSE(r.temporary);
}

TEST_F(AuthenticationTest, ABrokenChainVouchesForNobody) {
  options.trusted_sealers = {"list.example"};
  const auto message = sealed_by("list.example", said_pass, test_message());
  const auto r = check(replaced(message, "see you.", "see me."), "x@other.example", elsewhere);
  EXPECT_EQ(r.arc, verdict::fail);
  EXPECT_EQ(r.vouched_by, "");
  EXPECT_EQ(parsed(r).find("arc")->comment, "i=1");
}

}  // namespace
}  // namespace signpost::model
