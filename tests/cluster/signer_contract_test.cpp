// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of cluster::signer keeps; `implementations` lists them. What they are
// asked is made by the protocol libraries, as the SEALER has it made.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "cluster/signing/key_signer.hpp"
#include "model/authentication/author_reader.hpp"
#include "tests/proto/arc/support.hpp"
#include "tests/support/fake_signer.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::cluster {
namespace {

using wire::signature_kind;
using wire::signing_question;

/// An implementation over keys, and what makes the nodes behind it answer.
struct implementation {
  std::string name;
  std::function<std::unique_ptr<signer>(signer& keys)> make;
  std::function<void(signer&)> answer = [](signer&) {};
};

/// The keys themselves, as they are handed in.
class as_it_is final : public signer {
 public:
  explicit as_it_is(signer& keys) : keys_(keys) {}
  [[nodiscard]] key_names_ptr names() const override { return keys_.names(); }
  [[nodiscard]] std::optional<answer> sign(const signing_question& q) override {
    return keys_.sign(q);
  }
  void ask(const signing_question& q, std::function<void(answer)> done) override {
    keys_.ask(q, std::move(done));
  }

 private:
  signer& keys_;
};

const std::vector<implementation> implementations{
    {.name = "key_signer", .make = [](signer& keys) { return std::make_unique<as_it_is>(keys); }},
    {.name = "fake_signer_later",
     .make = [](signer& keys) { return std::make_unique<test::fake_signer>(keys); },
     .answer = [](signer& s) { dynamic_cast<test::fake_signer&>(s).answer_all(); }},
};

constexpr auto message =
    "From: Alice <alice@sender.example>\r\nTo: u0@zone.example\r\nSubject: hi\r\n"
    "Date: Mon, 23 Nov 2026 20:46:00 +0000\r\nMessage-ID: <1@sender.example>\r\n\r\nHello\r\n";

class SignerContract : public testing::TestWithParam<implementation> {
 protected:
  SignerContract() {
    domain_key_map all;
    for (const std::string domain : {"node.example", "zone.example", "other.example"}) {
      all[domain] = {{domain, "r", dkim::rsa_key()}, {domain, "e", dkim::ed25519_key()}};
    }
    keys_.replace(std::move(all));
  }

  /// What the SEALER would ask for.
  signing_question question(const std::string& octets = message,
                            const std::string& domain = "zone.example",
                            const std::string& selector = "e") {
    signing_question out{.claims = claims_for(octets)};
    const imf::message_view view(octets);
    dkim::message_hasher hasher(view);
    const auto type = selector == "r" ? crypto::key_type::rsa : crypto::key_type::ed25519;
    const auto field = dkim::sign(hasher,
                                  {.domain = domain,
                                   .selector = selector,
                                   .key = {type, catching(out)},
                                   .valid_for = std::chrono::hours(24)},
                                  time_.now());
    EXPECT_FALSE(field);
    return out;
  }
  /// Of the `which`th signature of an ARC set: the message's, then the seal.
  signing_question arc_question(int which, const std::string& octets = message,
                                const std::string& domain = "node.example") {
    signing_question out{.claims = claims_for(octets)};
    const imf::message_view view(octets);
    dkim::message_hasher hasher(view);
    const auto sign = [&](dkim::signing_text text) -> result<std::string> {
      if (which-- > 0) return std::string("signature");
      return catching(out)(std::move(text));
    };
    EXPECT_FALSE(arc::seal_message(
        hasher, arc::chain_status::pass, arc::results_with(arc::chain_status::pass),
        {.domain = domain, .selector = "e", .key = {crypto::key_type::ed25519, sign}},
        time_.now()));
    out.kind = out.body_hash.empty() ? signature_kind::arc_seal : signature_kind::arc_message;
    return out;
  }

  signer::answer answer_to(const signing_question& q) {
    if (auto now = signer_->sign(q)) return *std::move(now);
    std::optional<signer::answer> later;
    signer_->ask(q, [&](signer::answer a) {
      ++calls_;
      later.emplace(std::move(a));
    });
    GetParam().answer(*signer_);
    EXPECT_EQ(calls_, 1);
    calls_ = 0;
    if (!later) return fail(errc::unavailable, "never answered");
    return *std::move(later);
  }
  /// `signed`, or the error's code.
  std::string outcome(const signing_question& q) {
    const auto got = answer_to(q);
    return got ? "signed" : std::string(to_string(got.error().code));
  }
  /// Of the question with a part of its text replaced.
  std::string outcome_with(signing_question q, const std::string& what, const std::string& with) {
    EXPECT_NE(q.header.find(what), std::string::npos) << what << " in " << q.header;
    q.header = dkim::replaced(q.header, what, with);
    return outcome(q);
  }

  test::manual_clock time_;
  signing_keys keys_;
  key_signer here_{keys_, time_, {.domain = "node.example", .host = "mx1.node.example"}};
  std::unique_ptr<signer> signer_ = GetParam().make(here_);

 private:
  static wire::copy_claims claims_for(const std::string& octets) {
    return {.queue_id = model::queue_id::make(wall_time(seconds(1)), 1, 1),
            .zone = "zone.example",
            .sender = "SRS0=abcd=EF=sender.example=alice@zone.example",
            .author = model::read_author(octets).facts};
  }
  static dkim::key_handle::sign_call catching(signing_question& out) {
    return [&out](dkim::signing_text text) -> result<std::string> {
      out.header = std::move(text.header);
      out.body_hash = text.body_hash;
      return fail(errc::unavailable, "caught");
    };
  }

  int calls_ = 0;
};

TEST_P(SignerContract, SignsWithEachKeyOfTheZoneAndOfTheService) {
  for (const std::string domain : {"zone.example", "node.example"}) {
    const auto rsa = question(message, domain, "r");
    const auto ed = question(message, domain, "e");
    const auto by_rsa = answer_to(rsa).value();
    const auto by_ed = answer_to(ed).value();
    EXPECT_TRUE(dkim::rsa_key()->public_half().verify(crypto::sha256(rsa.header), by_rsa));
    EXPECT_TRUE(dkim::ed25519_key()->public_half().verify(crypto::sha256(ed.header), by_ed));
  }
}

TEST_P(SignerContract, TheSignatureIsTheOneThatTheKeyItselfMakes) {
  const std::string octets = message;
  const imf::message_view view(octets);
  for (const std::string selector : {"r", "e"}) {
    dkim::message_hasher hasher(view);
    dkim::signer_options options{.domain = "zone.example",
                                 .selector = selector,
                                 .key = selector == "r" ? dkim::rsa_key() : dkim::ed25519_key(),
                                 .valid_for = std::chrono::hours(24)};
    const auto with_key = dkim::sign(hasher, options, time_.now()).value();
    options.key = {options.key.type(), [&](dkim::signing_text text) {
                     auto q = question(octets, "zone.example", selector);
                     EXPECT_EQ(q.header, text.header);
                     return answer_to(q);
                   }};
    EXPECT_EQ(dkim::sign(hasher, options, time_.now()).value(), with_key);
  }
}

TEST_P(SignerContract, SealsForTheServiceAlone) {
  EXPECT_EQ(outcome(arc_question(0)), "signed");
  EXPECT_EQ(outcome(arc_question(1)), "signed");
  EXPECT_EQ(outcome(arc_question(0, message, "zone.example")), "denied");
  EXPECT_EQ(outcome(arc_question(1, message, "zone.example")), "denied");
  EXPECT_EQ(outcome(arc_question(1, arc::sealed_times(2))), "signed");
}

TEST_P(SignerContract, TheNamesAreTheSameAsLongAsTheKeysAre) {
  const auto before = signer_->names();
  EXPECT_EQ(signer_->names(), before);
  ASSERT_TRUE(before->contains("zone.example"));
  EXPECT_EQ(before->at("zone.example").at(0).selector, "r");
  EXPECT_EQ(before->at("zone.example").at(1).type, crypto::key_type::ed25519);
  keys_.replace({{"node.example", {{"node.example", "new", dkim::ed25519_key()}}}});
  EXPECT_NE(signer_->names(), before);
  EXPECT_FALSE(signer_->names()->contains("zone.example"));
}

TEST_P(SignerContract, AKeyThatHasGoneIsNotFound) {
  const auto q = question();
  keys_.replace({});
  EXPECT_EQ(outcome(q), "not_found");
  EXPECT_EQ(outcome(question(message, "zone.example", "no")), "not_found");
}

// ---- what is signed ----------------------------------------------------------------------------

TEST_P(SignerContract, NothingIsSignedThatCannotBeRead) {
  const auto good = question();
  ASSERT_EQ(outcome(good), "signed");
  auto q = good;
  for (const auto& bare : {crypto::sha256(good.header), crypto::sha256("")}) {
    q.header = std::string(as_text(bare));
    EXPECT_EQ(outcome(q), "malformed") << "a bare digest";
  }
  for (const std::string header :
       {"", "\r\n", "dkim-signature", "dkim-signature:", "dkim-signature:v=1", "x:v=1; b="}) {
    q.header = header;
    EXPECT_EQ(outcome(q), "malformed") << header;
  }
  for (std::size_t end = 0; end < good.header.size(); ++end) {
    q.header = good.header.substr(0, end);
    EXPECT_NE(outcome(q), "signed") << end;
  }
  q.header = std::string(wire::signing_text_octets_max + 1, 'x');
  EXPECT_EQ(outcome(q), "limit_exceeded");
}

// Time would be quadratic if each name of h= made it look for the first field's end again.
TEST_P(SignerContract, AHugeQuestionIsReadInOnePass) {
  auto q = question();
  auto own = q.header.substr(q.header.rfind("\r\n") + 2);
  const auto at = own.find("h=") + 2;
  std::string names = "from";
  while (names.size() < 400'000) names += ":a";
  own.replace(at, own.find(';', at) - at, names);
  q.header = "x:" + std::string(500'000, '\r') + "\r\n" + own;
  EXPECT_EQ(outcome(q), "malformed");
}

struct altered_case {
  const char* name;
  std::string what;
  std::string with;
};

TEST_P(SignerContract, TheTextIsWhatAVerifierHashes) {
  const std::vector<altered_case> cases{
      {"a field that h= does not name", "subject:hi\r\n", "subject:hi\r\nx-other:1\r\n"},
      {"another order", "from:", "date:x\r\nfrom:"},
      {"the name in capitals", "subject:", "Subject:"},
      {"a lone LF within a field", "subject:hi", "subject:hi\nfrom:ceo@bank.example"},
      {"From is not named", "h=from:from:", "h=reply-to:sender:"},
      {"a signature is there", " b=", " b=c2lnbmVk"},
      {"a part of the body", " c=relaxed/relaxed;", " c=relaxed/relaxed; l=1;"},
      {"the simple form", "c=relaxed/relaxed", "c=simple/relaxed"},
      {"the hash of another body", " bh=", " bh=AAAA"},
      {"another version", "v=1;", "v=2;"},
      {"a tag twice", "v=1;", "v=1; d=other.example;"},
      {"another field", "dkim-signature:", "dkim-signature-x:"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(outcome_with(question(), c.what, c.with), "malformed");
  }
  auto q = question();
  q.body_hash = std::string(32, 'x');
  EXPECT_EQ(outcome(q), "malformed");
  q = question();
  q.kind = signature_kind::arc_message;
  EXPECT_EQ(outcome(q), "malformed");
}

TEST_P(SignerContract, ASealIsOverTheChainAlone) {
  EXPECT_EQ(outcome_with(arc_question(1), "arc-seal:", "from:ceo@bank.example\r\narc-seal:"),
            "malformed");
  EXPECT_EQ(outcome_with(arc_question(0), "h=from:", "h=arc-seal:from:"), "malformed");
  auto q = arc_question(1);
  q.body_hash = std::string(32, 'x');
  EXPECT_EQ(outcome(q), "malformed");
}

TEST_P(SignerContract, AKeySignsWithItsOwnAlgorithmOnly) {
  EXPECT_EQ(outcome_with(question(), "a=ed25519-sha256", "a=rsa-sha256"), "not_found");
  EXPECT_EQ(outcome_with(question(), "s=e;", "s=r;"), "not_found");
}

TEST_P(SignerContract, SignaturesAreOfNow) {
  const auto q = question();
  time_.advance(std::chrono::minutes(5));
  EXPECT_EQ(outcome(q), "signed") << "clocks differ";
  time_.advance(seconds(1));
  EXPECT_EQ(outcome(q), "denied") << "made for later use";
  const auto early = question();
  time_.advance(-std::chrono::minutes(5));
  EXPECT_EQ(outcome(early), "signed");
  time_.advance(-seconds(1));
  EXPECT_EQ(outcome(early), "denied") << "made for the future";
  EXPECT_EQ(outcome_with(question(), " x=", " x=1; xx="), "denied");
}

// ---- what a copy may claim ---------------------------------------------------------------------

TEST_P(SignerContract, TheDomainIsTheZonesOrTheServices) {
  EXPECT_EQ(outcome(question(message, "other.example")), "denied");
  auto q = question();
  q.claims.zone = "other.example";
  EXPECT_EQ(outcome(q), "denied");
  q.claims.zone.clear();
  EXPECT_EQ(outcome(q), "denied");
}

std::string from(const std::string& author) {
  return dkim::replaced(message, "Alice <alice@sender.example>", author);
}

TEST_P(SignerContract, NoNameIsLentToAnAuthorWhoIsNotProven) {
  auto q = question(from("ceo@zone.example"));
  EXPECT_EQ(outcome(q), "denied");
  q.claims.author.proven = true;
  EXPECT_EQ(outcome(q), "signed");
  EXPECT_EQ(outcome(question(from("ceo@boss.zone.example"))), "denied");
  EXPECT_EQ(outcome(question(from("root@mx1.node.example"), "node.example")), "denied");
}

TEST_P(SignerContract, WhoStandsInFromIsAmongTheAuthorsThatAreClaimed) {
  auto q = question(from("ceo@zone.example"));
  // Whoever asks says that it is somebody else's, or nobody's, or that nobody looked.
  q.claims.author = model::read_author(message).facts;
  EXPECT_EQ(outcome(q), "denied");
  q.claims.author.proven = true;
  EXPECT_EQ(outcome(q), "denied") << "another author is proven";
  q.claims.author = {.known = true};
  EXPECT_EQ(outcome(q), "denied");
  q = question();
  q.claims.author = {};
  EXPECT_EQ(outcome(q), "denied");
}

TEST_P(SignerContract, TheEnvelopeSenderIsOursOrTheProvenOne) {
  auto q = question();
  for (const std::string ours : {"", "a@zone.example", "a@ZONE.example", "a@mx1.node.example"}) {
    q.claims.sender = ours;
    EXPECT_EQ(outcome(q), "signed") << ours;
  }
  for (const std::string other : {"a@other.example", "a@bank.example", "nobody", "a@[192.0.2.1]"}) {
    q.claims.sender = other;
    EXPECT_EQ(outcome(q), "denied") << other;
  }
  q.claims.sender = "a@partner.example";
  q.claims.sender_proven = true;
  EXPECT_EQ(outcome(q), "signed");
  q.claims.sender = "a@sender.example";
  EXPECT_EQ(outcome(q), "denied") << "aligned with the author";
}

TEST_P(SignerContract, MessagesOfOurOwnAreFromUsAndSignedByTheService) {
  auto q = question(from("MAILER-DAEMON@mx1.node.example"), "node.example");
  q.claims.author = {.known = true, .proven = true};
  q.claims.own = true;
  EXPECT_EQ(outcome(q), "signed");
  q = question(from("MAILER-DAEMON@mx1.node.example"));
  q.claims.own = true;
  EXPECT_EQ(outcome(q), "denied") << "by a zone";
  q = question(from("ceo@bank.example"), "node.example");
  q.claims.author = {.known = true, .proven = true};
  q.claims.own = true;
  EXPECT_EQ(outcome(q), "denied") << "in a stranger's name";
}

INSTANTIATE_TEST_SUITE_P(All, SignerContract, testing::ValuesIn(implementations),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace signpost::cluster
