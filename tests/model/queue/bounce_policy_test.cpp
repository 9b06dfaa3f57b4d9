// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/bounce_policy.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

using namespace std::chrono_literals;

TEST(SenderProven, ByItsSpfOrASignatureOfItsDomain) {
  const std::vector<std::string> own{"b.net", "a.example"};
  const std::vector<std::string> foreign{"b.net"};
  const auto proven = [](verdict spf, const std::vector<std::string>& signers) {
    return is_sender_proven({.spf = spf, .sender_domain = "a.example", .dkim_domains = signers});
  };
  EXPECT_TRUE(proven(verdict::pass, {}));
  EXPECT_TRUE(proven(verdict::fail, own));
  EXPECT_TRUE(proven(verdict::none, own));
  EXPECT_TRUE(proven(verdict::none, {"example"}));
  // Whoever has a name at a host of names could have its people written to.
  for (const auto spf : {verdict::none, verdict::fail}) {
    EXPECT_FALSE(proven(spf, {"evil.a.example"}));
  }
  for (const auto spf : {verdict::none, verdict::neutral, verdict::softfail, verdict::fail,
                         verdict::temperror, verdict::permerror}) {
    EXPECT_FALSE(proven(spf, foreign));
  }
  EXPECT_FALSE(is_sender_proven({.null_sender = true, .spf = verdict::pass}));
}

TEST(MayBounce, NotForWhatIsANotificationItself) {
  EXPECT_TRUE(may_bounce({}));
  EXPECT_FALSE(may_bounce({.null_sender = true}));
  for (const auto* local : {"mailer-daemon", "MAILER-DAEMON"}) {
    EXPECT_FALSE(may_bounce({.spf = verdict::pass, .sender_local = local})) << local;
  }
  EXPECT_TRUE(may_bounce({.sender_local = "mailer-daemon-fans"}));
}

// Lists learn by reports which members are gone; who is not proven gets none of what is sent in
// masses.
TEST(MayBounce, ForListsAndMachinesIfTheySentIt) {
  const std::vector<std::string> own{"list.example"};
  for (const bool list : {true, false}) {
    bounce_signs signs{.auto_submitted = !list, .list = list, .sender_domain = "list.example"};
    EXPECT_TRUE(is_automatic(signs));
    for (const auto spf : {verdict::none, verdict::neutral, verdict::softfail, verdict::fail,
                           verdict::temperror, verdict::permerror}) {
      signs.spf = spf;
      EXPECT_FALSE(may_bounce(signs)) << to_string(spf);
    }
    signs.spf = verdict::pass;
    EXPECT_TRUE(may_bounce(signs));
    signs.spf = verdict::none;
    signs.dkim_domains = own;
    EXPECT_TRUE(may_bounce(signs));
    signs.null_sender = true;
    EXPECT_FALSE(may_bounce(signs));
  }
  EXPECT_FALSE(is_automatic({}));
}

struct forged_case {
  std::string name;
  verdict spf;
  std::string sender_domain;
  std::vector<std::string> signers;
  bool may;
};

class ForgedSender : public testing::TestWithParam<forged_case> {};

TEST_P(ForgedSender, GetsNoReportUnlessASignatureSpeaksForIt) {
  const auto& c = GetParam();
  EXPECT_EQ(may_bounce({.spf = c.spf, .sender_domain = c.sender_domain, .dkim_domains = c.signers}),
            c.may);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ForgedSender,
    testing::Values(forged_case{"Pass", verdict::pass, "a.example", {}, true},
                    forged_case{"None", verdict::none, "a.example", {}, true},
                    forged_case{"Neutral", verdict::neutral, "a.example", {}, true},
                    forged_case{"Unanswered", verdict::temperror, "a.example", {}, true},
                    forged_case{"Fail", verdict::fail, "a.example", {}, false},
                    forged_case{"Softfail", verdict::softfail, "a.example", {}, false},
                    forged_case{"Signed", verdict::fail, "a.example", {"b.net", "A.example"}, true},
                    forged_case{"SignedAbove", verdict::fail, "x.a.example", {"a.example"}, true},
                    forged_case{"SignedBelow", verdict::fail, "a.example", {"x.a.example"}, true},
                    forged_case{"SignedByAnother", verdict::fail, "a.example", {"b.net"}, false},
                    forged_case{"Lookalike", verdict::fail, "a.example", {"xa.example"}, false},
                    forged_case{"NoDomain", verdict::fail, "", {"b.net"}, false}),
    [](const auto& one) { return one.param.name; });

struct notice_case {
  std::string name;
  milliseconds age;
  bool may_bounce;
  bool proven;
  bool notified;
  std::uint32_t attempts;
  outcome state;
  bool due;
};

class DelayNotice : public testing::TestWithParam<notice_case> {};

TEST_P(DelayNotice, IsDueOnceAndOnlyToThoseWhoMayHearOfIt) {
  const auto& c = GetParam();
  const wall_time accepted{1'790'000'000s};
  message_record message;
  message.accepted = accepted;
  message.may_bounce = c.may_bounce;
  message.sender_proven = c.proven;
  envelope recipient;
  recipient.attempts = c.attempts;
  recipient.state = c.state;
  recipient.delay_notified = c.notified;
  recipient.expires = accepted + 120h;
  EXPECT_EQ(delay_notice_due(message, recipient, accepted + c.age, {}), c.due);
  EXPECT_FALSE(delay_notice_due(message, recipient, accepted + c.age, {.delay_notice_after = 0ms}));
  message.automatic = true;
  EXPECT_FALSE(delay_notice_due(message, recipient, accepted + c.age, {}));
}

INSTANTIATE_TEST_SUITE_P(
    Table, DelayNotice,
    testing::Values(
        notice_case{"Due", 4h, true, true, false, 8, outcome::deferred, true},
        notice_case{"TooEarly", 4h - 1ms, true, true, false, 8, outcome::deferred, false},
        notice_case{"MayNotBounce", 5h, false, true, false, 8, outcome::deferred, false},
        notice_case{"NotProven", 5h, true, false, false, 8, outcome::deferred, false},
        notice_case{"ToldBefore", 5h, true, true, true, 8, outcome::deferred, false},
        notice_case{"NeverTried", 5h, true, true, false, 0, outcome::queued, false},
        notice_case{"Delivered", 5h, true, true, false, 8, outcome::delivered, false},
        notice_case{"Expired", 120h, true, true, false, 40, outcome::deferred, false}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace signpost::model
