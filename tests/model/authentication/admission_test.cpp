// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/admission.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace signpost::model {
namespace {

constexpr auto refuse_quarantined = quarantine_action::reject;

// A message of author.example whose sender passes SPF and whose author says nothing of DMARC.
authentication_results seen(verdict dmarc, dmarc_disposition asked = dmarc_disposition::none) {
  authentication_results r;
  r.checked = true;
  r.spf = verdict::pass;
  r.spf_domain = "sender.example";
  r.dmarc = dmarc;
  r.disposition = asked;
  r.author_domain = "author.example";
  return r;
}

template <typename Change>
authentication_results seen_but(verdict dmarc, dmarc_disposition asked, Change change) {
  auto r = seen(dmarc, asked);
  change(r);
  return r;
}

void nothing_passes(authentication_results& r) {
  r.spf = verdict::fail;
  r.dkim = verdict::none;
}

void vouched(authentication_results& r) {
  r.arc = verdict::pass;
  r.vouched_by = "list.example";
}

void without_answers(authentication_results& r) {
  r.spf = verdict::temperror;
  r.temporary = true;
}

struct admission_case {
  std::string name;
  authentication_results found;
  admission_policy wanted;
  std::string code;  // empty = taken
  std::string_view reason;
  bool marked = false;
};

class Admission : public testing::TestWithParam<admission_case> {};

TEST_P(Admission, DecidesByVerdictsAndPolicy) {
  const auto& c = GetParam();
  const auto decision = admit(c.found, c.wanted);
  const auto said = decision.refusal ? decision.refusal->to_string() : "";
  EXPECT_EQ(said.substr(0, said.find(' ', 4)), c.code);
  EXPECT_EQ(decision.reason, c.reason);
  EXPECT_EQ(decision.marked, c.marked);
}

std::vector<admission_case> dmarc_cases() {
  using enum dmarc_disposition;
  const admission_policy usual;
  const admission_policy report{.enforce_dmarc = false};
  const admission_policy strict{.quarantine = refuse_quarantined};
  const auto missing_author = [](auto& r) { r.author_domain.clear(); };
  const auto sealed_but_no_author = [](auto& r) {
    vouched(r);
    r.author_domain.clear();
  };
  const auto key_unavailable = [](auto& r) { r.temporary = true; };
  return {
      {"NobodyLooked", {}, strict, "", "unchecked"},
      {"Passes", seen(verdict::pass), strict, "", "pass"},
      {"DmarcDoesNotApply", seen(verdict::none), strict, "", "pass"},
      {"FailsAndNothingIsAsked", seen(verdict::fail), strict, "", "pass"},
      {"Reject", seen(verdict::fail, reject), usual, "550 5.7.1", "dmarc_reject"},
      {"RejectReported", seen(verdict::fail, reject), report, "", "dmarc_reported"},
      {"RejectRescued", seen_but(verdict::fail, reject, vouched), usual, "", "arc_rescue"},
      {"RejectWhateverElseIsMissing", seen_but(verdict::fail, reject, key_unavailable), usual,
       "550 5.7.1", "dmarc_reject"},
      {"Quarantine", seen(verdict::fail, quarantine), usual, "", "dmarc_quarantine", true},
      {"QuarantineRefused", seen(verdict::fail, quarantine), strict, "550 5.7.1",
       "dmarc_quarantine"},
      {"QuarantineReported", seen(verdict::fail, quarantine), report, "", "dmarc_reported"},
      {"QuarantineRescued", seen_but(verdict::fail, quarantine, vouched), usual, "", "arc_rescue"},
      {"QuarantineRefusedRescued", seen_but(verdict::fail, quarantine, vouched), strict, "",
       "arc_rescue"},
      {"QuarantineWhateverElseIsMissing", seen_but(verdict::fail, quarantine, key_unavailable),
       usual, "", "dmarc_quarantine", true},
      {"Later", seen(verdict::temperror), usual, "451 4.7.0", "dmarc_later"},
      {"LaterReported", seen(verdict::temperror), report, "", "pass"},
      {"LaterRescued", seen_but(verdict::temperror, none, vouched), usual, "", "arc_rescue"},
      {"UnreadableAuthor", seen(verdict::permerror), usual, "550 5.7.1", "author_unknown"},
      {"NoAuthor", seen_but(verdict::none, none, missing_author), usual, "550 5.7.1",
       "author_unknown"},
      {"NoAuthorReported", seen_but(verdict::none, none, missing_author), report, "", "pass"},
      {"NoAuthorIsNotRescued", seen_but(verdict::none, none, sealed_but_no_author), usual,
       "550 5.7.1", "author_unknown"}};
}

std::vector<admission_case> authentication_cases() {
  using enum dmarc_disposition;
  const admission_policy usual;
  const admission_policy lax{.require_authentication = false};
  const auto signed_only = [](auto& r) {
    r.spf = verdict::fail;
    r.dkim = verdict::pass;
  };
  const auto other_host_passes = [](auto& r) {
    nothing_passes(r);
    r.spf_helo = verdict::pass;
  };
  const auto nothing_but_a_sealer = [](auto& r) {
    nothing_passes(r);
    vouched(r);
  };
  const auto later_but_a_sealer = [](auto& r) {
    without_answers(r);
    vouched(r);
  };
  return {
      {"SignedOnly", seen_but(verdict::none, none, signed_only), usual, "", "pass"},
      {"Nothing", seen_but(verdict::none, none, nothing_passes), usual, "550 5.7.26",
       "unauthenticated"},
      {"NothingTaken", seen_but(verdict::none, none, nothing_passes), lax, "", "not_required"},
      {"NothingSealed", seen_but(verdict::none, none, nothing_but_a_sealer), usual, "",
       "arc_rescue"},
      // HELO speaks for a message without sender only: then it is what `spf` holds.
      {"HelloAlone", seen_but(verdict::none, none, other_host_passes), usual, "550 5.7.26",
       "unauthenticated"},
      {"NothingYet", seen_but(verdict::none, none, without_answers), usual, "451 4.7.0",
       "unauthenticated_later"},
      {"NothingYetSealed", seen_but(verdict::none, none, later_but_a_sealer), usual, "",
       "arc_rescue"},
      {"NothingYetTaken", seen_but(verdict::none, none, without_answers), lax, "", "not_required"},
      {"NothingAndNoPolicyYet", seen_but(verdict::temperror, none, nothing_passes), usual,
       "550 5.7.26", "unauthenticated"},
      {"NothingAndRejected", seen_but(verdict::fail, reject, nothing_passes), usual, "550 5.7.1",
       "dmarc_reject"},
      {"NothingAndQuarantined", seen_but(verdict::fail, quarantine, nothing_passes), usual,
       "550 5.7.26", "unauthenticated"},
      {"QuarantinedAndNotRequired", seen_but(verdict::fail, quarantine, nothing_passes), lax, "",
       "dmarc_quarantine", true}};
}

std::string name_of(const testing::TestParamInfo<admission_case>& one) {
  return one.param.name;
}

INSTANTIATE_TEST_SUITE_P(Dmarc, Admission, testing::ValuesIn(dmarc_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Authentication, Admission, testing::ValuesIn(authentication_cases()),
                         name_of);

// Calls `look` for everything that a check can come to, whether or not it can be in truth.
template <typename Look>
void for_all_results(Look look) {
  using enum verdict;
  for (const auto dmarc : {none, pass, fail, temperror, permerror}) {
    for (const auto asked :
         {dmarc_disposition::none, dmarc_disposition::quarantine, dmarc_disposition::reject}) {
      for (const auto spf : {none, pass, fail, temperror}) {
        for (const auto dkim : {none, pass, fail, temperror}) {
          for (int bits = 0; bits < 16; ++bits) {
            auto r = seen(dmarc, asked);
            r.checked = (bits & 1) != 0;
            r.temporary = (bits & 2) != 0;
            if ((bits & 4) != 0) r.vouched_by = "list.example";
            if ((bits & 8) != 0) r.author_domain.clear();
            r.spf = spf;
            r.dkim = dkim;
            look(r);
          }
        }
      }
    }
  }
}

// The three settings as bits, so that a stricter policy has the bits of the laxer one and more.
admission_policy policy_of(unsigned bits) {
  return {.enforce_dmarc = (bits & 1U) != 0,
          .quarantine = (bits & 2U) != 0 ? quarantine_action::reject : quarantine_action::mark,
          .require_authentication = (bits & 4U) != 0};
}

TEST(AdmissionPolicy, AStricterOneNeverTakesWhatALaxerOneRefuses) {
  std::size_t refused = 0;
  for_all_results([&](const authentication_results& r) {
    for (unsigned lax = 0; lax < 8; ++lax) {
      const auto before = admit(r, policy_of(lax));
      for (unsigned strict = 0; strict < 8; ++strict) {
        if ((lax & strict) != lax) continue;
        const auto after = admit(r, policy_of(strict));
        if (before.refusal) {
          ++refused;
          EXPECT_TRUE(after.refusal) << before.reason << " became " << after.reason;
        }
        if (before.marked) {
          EXPECT_TRUE(after.refusal || after.marked) << after.reason;
        }
      }
    }
  });
  EXPECT_GT(refused, 1000U);
}

constexpr admission_facts ours{.author_is_ours = true};
constexpr admission_facts unsendable{.can_be_sent = false};

admission_policy own(own_author_action a) { return {.own_author = a}; }

TEST(AdmissionOfOwnAuthors, IsAsTheZoneWants) {
  const auto found = seen(verdict::none);
  const auto marked = admit(found, {}, ours);
  EXPECT_FALSE(marked.refusal);
  EXPECT_TRUE(marked.marked);
  EXPECT_EQ(marked.reason, "own_author");
  EXPECT_EQ(admit(found, own(own_author_action::off), ours).reason, "pass");
  const auto refused = admit(found, own(own_author_action::reject), ours);
  ASSERT_TRUE(refused.refusal);
  EXPECT_TRUE(refused.refusal->to_string().starts_with("550 5.7.1"));
  EXPECT_EQ(admit(found, own(own_author_action::reject), {}).reason, "pass");
}

TEST(AdmissionOfOwnAuthors, LeavesThoseAloneWhoAreProvenOrVouchedFor) {
  auto found = seen(verdict::none);
  found.author = {.known = true, .proven = true};
  EXPECT_EQ(admit(found, own(own_author_action::reject), ours).reason, "pass");
  found.author.proven = false;
  found.vouched_by = "list.example";
  EXPECT_EQ(admit(found, own(own_author_action::reject), ours).reason, "arc_rescue");
  EXPECT_EQ(admit(found, {}, ours).reason, "arc_rescue");
  EXPECT_FALSE(admit(found, {}, ours).marked);
}

TEST(AdmissionOfOwnAuthors, WaitsForAnAnswerThatMayProveThem) {
  auto found = seen(verdict::none);
  found.temporary = true;
  const auto later = admit(found, own(own_author_action::reject), ours);
  ASSERT_TRUE(later.refusal);
  EXPECT_EQ(later.refusal->code, 451);
  EXPECT_TRUE(admit(found, {}, ours).marked);
}

TEST(AdmissionOfForgeries, NobodyCanAskForThem) {
  for_all_results([](const authentication_results& r) {
    for (const auto& policy : {admission_policy::open(), admission_policy()}) {
      const auto decision = admit(r, policy, unsendable);
      ASSERT_TRUE(decision.refusal) << decision.reason;
      if (decision.refusal->code == 451) {
        EXPECT_TRUE(r.temporary || r.dmarc == verdict::temperror);
      }
    }
  });
  authentication_results unchecked;
  const auto decision = admit(unchecked, admission_policy::open(), unsendable);
  ASSERT_TRUE(decision.refusal);
  EXPECT_EQ(decision.reason, "would_forge");
  EXPECT_TRUE(decision.refusal->to_string().starts_with("550 5.7.1"));
}

TEST(AdmissionPolicy, AStricterWordAboutOwnAuthorsNeverTakesMore) {
  using enum own_author_action;
  for_all_results([](const authentication_results& r) {
    for (unsigned bits = 0; bits < 8; ++bits) {
      auto policy = policy_of(bits);
      policy.own_author = off;
      const auto lax = admit(r, policy, ours);
      policy.own_author = mark;
      const auto middle = admit(r, policy, ours);
      policy.own_author = reject;
      const auto strict = admit(r, policy, ours);
      EXPECT_TRUE(!lax.refusal || middle.refusal);
      EXPECT_TRUE(!middle.refusal || strict.refusal);
      EXPECT_TRUE(!lax.marked || middle.marked);
      EXPECT_TRUE(!middle.marked || strict.refusal);
    }
  });
}

TEST(AdmissionPolicy, TheOpenOneTakesEverythingUnmarked) {
  for_all_results([](const authentication_results& r) {
    const auto decision = admit(r, admission_policy::open());
    EXPECT_FALSE(decision.refusal) << decision.reason;
    EXPECT_FALSE(decision.marked) << decision.reason;
  });
}

TEST(AdmissionPolicy, ATrustedSealerNeverMakesItWorse) {
  for_all_results([](const authentication_results& r) {
    if (r.vouched_by.empty()) return;
    auto without = r;
    without.vouched_by.clear();
    for (unsigned bits = 0; bits < 8; ++bits) {
      if (!admit(without, policy_of(bits)).refusal) {
        EXPECT_FALSE(admit(r, policy_of(bits)).refusal);
      }
    }
  });
}

TEST(AdmissionReply, NamesTheAuthorsDomain) {
  const auto said = admit(seen(verdict::fail, dmarc_disposition::reject), {}).refusal->to_string();
  EXPECT_NE(said.find("author.example"), std::string::npos) << said;
}

TEST(AdmissionReply, SaysWhatTheChecksCameTo) {
  const auto found = seen_but(verdict::none, dmarc_disposition::none, nothing_passes);
  const auto said = admit(found, {}).refusal->to_string();
  EXPECT_NE(said.find("SPF (fail for sender.example)"), std::string::npos) << said;
  EXPECT_NE(said.find("DKIM (none)"), std::string::npos) << said;
}

TEST(AdmissionReply, IsPrintableWhateverTheDomainIs) {
  auto found = seen(verdict::fail, dmarc_disposition::reject);
  found.author_domain = "a\r\n250 ok" + std::string(5000, 'x');
  const auto line = admit(found, {}).refusal->lines.at(0);
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  EXPECT_LT(line.size(), 400U);
}

TEST(AdmissionEvent, CarriesTheVerdictsAndWhatCameOfThem) {
  const auto found = seen_but(verdict::fail, dmarc_disposition::reject, vouched);
  const std::vector<std::pair<std::string, std::string>> want{{"spf", "pass"},
                                                              {"dkim", "none"},
                                                              {"dmarc", "fail"},
                                                              {"arc", "pass"},
                                                              {"author_domain", "author.example"},
                                                              {"dmarc_policy", "reject"},
                                                              {"admission", "arc_rescue"},
                                                              {"vouched_by", "list.example"}};
  EXPECT_EQ(event_details(found, admit(found, {})), want);
  EXPECT_EQ(event_details({}, {}).size(), 4U);
}

TEST(AdmissionEvent, SaysWhatWasMarked) {
  const auto found = seen(verdict::fail, dmarc_disposition::quarantine);
  const auto details = event_details(found, admit(found, {}));
  const std::pair<std::string, std::string> want{"marked", "quarantine"};
  EXPECT_EQ(details.back(), want);
}

TEST(Verdict, HasTheWordsOfTheStandard) {
  EXPECT_EQ(to_string(verdict::none), "none");
  EXPECT_EQ(to_string(verdict::softfail), "softfail");
  EXPECT_EQ(to_string(verdict::permerror), "permerror");
  EXPECT_EQ(to_string(dmarc_disposition::quarantine), "quarantine");
}

}  // namespace
}  // namespace signpost::model
