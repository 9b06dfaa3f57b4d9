// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Each rule of the copies alone; all of them together, under faults, are in tests/sim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cluster/replication/recorder.hpp"

namespace signpost::cluster::replication {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto end_delivered = recipient_end::delivered;

template <typename T>
std::vector<T> sent_of(const recorder& out) {
  std::vector<T> all;
  for (const auto& m : out.mail) {
    if (const auto* what = std::get_if<T>(&m.what)) all.push_back(*what);
  }
  return all;
}

// ---- acceptance --------------------------------------------------------------------------------

TEST(CopiesAccept, NothingIsPromisedBeforeTheOtherDiskAndOurs) {
  side_by_side c(3);
  c.synced = false;
  c.accept(1, 7);
  ASSERT_THAT(sent_of<wire::put>(c.out(1)), SizeIs(1));
  EXPECT_EQ(c.out(1).mail.front().after, 0U) << "it is sent before the local write";
  c.sync(1);
  EXPECT_FALSE(c.out(1).has_said("accepted 7")) << "only our own disk has it";
  const auto other = c.out(1).mail.front().to;
  c.at(other).received(1, c.out(1).mail.front().what, c.now);
  ASSERT_THAT(sent_of<wire::put_ack>(c.out(other)), SizeIs(1));
  EXPECT_EQ(c.out(other).mail.front().after, c.at(other).written()) << "after its sync, not before";
  c.at(1).received(other, c.out(other).mail.front().what, c.now);
  EXPECT_TRUE(c.out(1).has_said("accepted 7"));
}

TEST(CopiesAccept, ConfirmationsBeforeTheLocalWriteAreNotEnough) {
  side_by_side c(3);
  c.synced = false;
  c.accept(1, 7);
  c.deliver();
  EXPECT_FALSE(c.out(1).has_said("accepted 7"));
  c.sync(1);
  EXPECT_TRUE(c.out(1).has_said("accepted 7"));
}

TEST(CopiesAccept, WithTooFewNodesItIsRefusedAtOnce) {
  side_by_side c(2);
  c.of(2).up = false;
  c.tell();
  c.accept(1, 7);
  EXPECT_TRUE(c.out(1).has_said("refused 7"));
  EXPECT_TRUE(c.holders_of(7).empty());
}

TEST(CopiesAccept, AnOperatorMayAllowOneDisk) {
  side_by_side c(2, {.copies = 2, .copies_min = 1});
  c.of(2).up = false;
  c.tell();
  c.accept(1, 7);
  c.deliver();
  EXPECT_TRUE(c.out(1).has_said("accepted 7"));
  EXPECT_EQ(c.at(1).counts().under_replicated, 1U) << "and it is made up later";
  c.of(2).up = true;
  c.tell();
  c.pass(2s);
  EXPECT_THAT(c.holders_of(7), ElementsAre(1, 2));
  EXPECT_EQ(c.at(1).counts().under_replicated, 0U);
}

TEST(CopiesAccept, ASlowHolderIsReplaced) {
  side_by_side c(3);
  c.accept(1, 7);
  const auto slow = c.out(1).mail.front().to;
  const auto keep = [slow](node_number, node_number to) { return to != slow; };
  c.deliver(keep);
  c.pass(9500ms, keep);
  EXPECT_TRUE(c.out(1).has_said("accepted 7"));
}

TEST(CopiesAccept, WithoutCopiesInTimeItIsWithdrawnEverywhere) {
  side_by_side c(3);
  c.accept(1, 7);
  const auto no_answers = [](node_number from, node_number) { return from == 1; };
  c.deliver(no_answers);
  c.pass(11s, no_answers);
  EXPECT_TRUE(c.out(1).has_said("refused 7"));
  EXPECT_FALSE(c.out(1).has_said("accepted 7"));
  c.pass(10s);
  EXPECT_TRUE(c.holders_of(7).empty());
}

TEST(CopiesAccept, OurReportsAreNeverWithdrawn) {
  side_by_side c(3);
  c.accept(1, 7, true);
  const auto nobody = [](node_number, node_number) { return false; };
  c.deliver(nobody);
  c.pass(60s, nobody);
  EXPECT_FALSE(c.out(1).has_said("refused 7"));
  c.pass(10s);
  EXPECT_TRUE(c.out(1).has_said("accepted 7"));
}

TEST(CopiesAccept, AnIdThatNamesAnotherMessageIsDrawnAgain) {
  side_by_side c(2);
  c.accept(1, 7);
  c.deliver();
  // Node 2 believes that it drew the same id.
  c.out(2).said.clear();
  side_by_side other(2);
  other.at(2).accept({.id = side_by_side::id(7), .digest = 99}, other.now);
  const auto put = other.out(2).mail.front().what;
  c.at(1).received(2, put, c.now);
  const auto nacks = sent_of<wire::put_nack>(c.out(1));
  ASSERT_THAT(nacks, SizeIs(1));
  EXPECT_EQ(nacks.front().why, wire::put_refusal::conflict);
  other.at(2).received(1, wire::put_nack{side_by_side::id(7), 1, wire::put_refusal::conflict},
                       other.now);
  EXPECT_TRUE(other.out(2).has_said("conflict 7"));
  EXPECT_TRUE(c.at(1).owns(side_by_side::id(7))) << "the first one stays";
}

TEST(CopiesAccept, SetsTakeTurnsInDistinctDomains) {
  side_by_side c(5);
  for (node_number n = 1; n <= 5; ++n) c.of(n).domain = n == 3 ? 1 : n;
  members known;
  known.replace(c.known);
  const auto even = holder_set(known, 1, 2, 0);
  EXPECT_EQ(even, holder_set(known, 1, 2, 2));
  EXPECT_NE(even, holder_set(known, 1, 2, 1));
  for (std::uint64_t group = 0; group < 4; ++group) {
    EXPECT_THAT(holder_set(known, 1, 2, group), testing::Not(Contains(3))) << "it fails with us";
  }
  for (node_number n = 2; n <= 5; ++n) c.of(n).domain = 1;
  known.replace(c.known);
  EXPECT_THAT(holder_set(known, 1, 2, 0), SizeIs(2)) << "better the same domain than no copy";
}

// ---- the end -----------------------------------------------------------------------------------

TEST(CopiesEnd, ADeliveredMessageIsForgottenEverywhere) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  ASSERT_THAT(c.holders_of(7), SizeIs(2));
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.deliver();
  EXPECT_TRUE(c.holders_of(7).empty());
  c.pass(11min);
  for (node_number n = 1; n <= 3; ++n) EXPECT_EQ(c.at(n).counts().tombstones, 0U);
}

TEST(CopiesEnd, TombstonesWaitForWhoeverIsAway) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(other);
  c.tell();
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.pass(30min);
  EXPECT_EQ(c.at(1).counts().tombstones, 1U);
  c.begin(other);
  c.pass(10s);
  EXPECT_TRUE(c.holders_of(7).empty());
}

TEST(CopiesEnd, NobodyWaitsForARemovedNode) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(other);
  c.of(other).removed = true;
  c.tell();
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.pass(11min);
  EXPECT_EQ(c.at(1).counts().tombstones, 0U);
}

TEST(CopiesEnd, AMessageStaysWhileItsReportIsNotSafe) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  c.accept(1, 8, true);
  c.at(1).settle(side_by_side::id(7),
                 {.end = recipient_end::bounced, .made = {side_by_side::id(8)}}, c.now);
  ASSERT_NE(c.at(1).row(side_by_side::id(7)), nullptr) << "closing";
  EXPECT_EQ(c.at(1).row(side_by_side::id(7))->progress[0].end, recipient_end::open)
      << "nobody is told that it bounced";
  c.at(1).received(3, wire::ask{.id = side_by_side::id(7), .disk = 103}, c.now);
  const auto answers = sent_of<wire::answer>(c.out(1));
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers.front().kind, wire::answer_kind::own);
  c.deliver();
  EXPECT_TRUE(c.out(1).has_said("accepted 8"));
  EXPECT_EQ(c.at(1).row(side_by_side::id(7)), nullptr);
}

TEST(CopiesEnd, AReportThatWasLostBeforeItWasSafeIsMadeAgain) {
  side_by_side c(2);
  c.accept(1, 7);
  c.deliver();
  c.of(2).up = false;
  c.tell();
  c.accept(1, 8, true);
  c.at(1).settle(side_by_side::id(7),
                 {.end = recipient_end::bounced, .made = {side_by_side::id(8)}}, c.now);
  c.at(1).found_unreadable(side_by_side::id(8), c.now);
  c.out(1).said.clear();
  c.pass(5s);
  EXPECT_TRUE(c.out(1).has_said("deliver 7"));
  EXPECT_EQ(c.at(1).row(side_by_side::id(8)), nullptr);
  EXPECT_TRUE(c.at(1).row(side_by_side::id(7))->closing.empty());
}

TEST(CopiesEnd, AnOperatorIsAnsweredByAllLiveHolders) {
  side_by_side c(3, {.copies = 3, .copies_min = 3});
  c.accept(1, 7);
  c.deliver();
  c.end(3);
  c.tell();
  c.at(1).remove(side_by_side::id(7), 5, c.now);
  c.deliver();
  EXPECT_FALSE(c.out(1).has_said("removed 5")) << "node 3 may still deliver it";
  c.fence(3);
  c.pass(10s);
  EXPECT_TRUE(c.out(1).has_said("removed 5"));
}

TEST(CopiesEnd, WhomAnotherOwnerChoseIsToldToo) {
  side_by_side c(4);
  c.accept(1, 7);
  c.deliver();
  const auto second = c.holder_but(7, 1);
  // Cut off, node 1 is fenced; the second owner chooses a third holder.
  const auto apart = [](node_number from, node_number to) { return from != 1 && to != 1; };
  c.of(1).up = false;
  for (node_number n = 2; n <= 4; ++n) {
    auto view = c.known;
    view[0].ended = 1;
    c.at(n).set_members(view, c.now);
  }
  c.pass(5s, apart);
  ASSERT_EQ(c.at(second).owns(side_by_side::id(7)), true);
  // Node 1 had delivered it and says so.
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.of(1).up = true;
  c.of(1).ended = 1;
  c.tell();
  c.pass(20s);
  EXPECT_TRUE(c.holders_of(7).empty());
}

// ---- takeover ----------------------------------------------------------------------------------

TEST(CopiesTakeover, AHolderTakesOverAndThereAreAgainEnough) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(1);
  c.tell();
  c.pass(60s);
  EXPECT_EQ(c.owner_of(7), 0) << "away is not gone";
  c.fence(1);
  c.pass(5s);
  EXPECT_EQ(c.owner_of(7), other);
  EXPECT_TRUE(c.out(other).has_said("deliver first 7"));
  EXPECT_THAT(c.holders_of(7), SizeIs(2));
  EXPECT_EQ(c.at(other).counts().under_replicated, 0U);
}

TEST(CopiesTakeover, ARestartMovesNothing) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  c.end(1);
  c.tell();
  c.pass(5s);
  c.begin(1);
  c.pass(60s);
  EXPECT_EQ(c.owner_of(7), 1);
  EXPECT_EQ(c.at(1).counts().under_replicated, 0U) << "digests showed that the copy is there";
  for (node_number n = 1; n <= 3; ++n) {
    for (const auto& said : c.out(n).said) EXPECT_EQ(said.find("adopted"), std::string::npos);
  }
}

TEST(CopiesTakeover, OfSeveralHoldersOneTakesOver) {
  side_by_side c(5, {.copies = 4, .copies_min = 4});
  for (std::uint8_t i = 1; i <= 40; ++i) c.accept(1, i);
  c.deliver();
  c.end(1);
  c.fence(1);
  c.pass(10s);
  for (std::uint8_t i = 1; i <= 40; ++i) {
    int adopted = 0;
    for (node_number n = 2; n <= 5; ++n) {
      adopted += c.out(n).has_said("adopted " + std::to_string(i) + " from 1") ? 1 : 0;
    }
    EXPECT_EQ(adopted, 1) << int{i};
  }
}

TEST(CopiesTakeover, WhatIsDoneElsewhereIsDropped) {
  side_by_side c(4, {.copies = 3, .copies_min = 3});
  c.accept(1, 7);
  c.deliver();
  const auto holders = c.holders_of(7);
  const auto away = holders[1];
  const auto there = holders[2];
  c.end(away);
  c.tell();
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.deliver();
  c.end(1);
  c.fence(1);
  c.begin(away);
  c.pass(5s);
  EXPECT_TRUE(c.holders_of(7).empty()) << there << " said that it is done";
  EXPECT_FALSE(c.out(away).has_said("adopted 7 from 1"));
}

TEST(CopiesTakeover, WhatAFencedOwnerDidIsNotDoneAgain) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  const auto apart = [](node_number from, node_number to) { return from != 1 && to != 1; };
  for (node_number n = 2; n <= 3; ++n) {
    auto view = c.known;
    view[0].ended = 1;
    view[0].up = false;
    c.at(n).set_members(view, c.now);
  }
  c.pass(5s, apart);
  ASSERT_TRUE(c.at(other).owns(side_by_side::id(7)));
  c.at(1).set_serving(false, c.now);
  c.of(1).ended = 1;
  c.of(1).tenure = 2;
  c.tell();
  // An attempt was under way: final wins, also from an ended tenure.
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.pass(10s);
  EXPECT_TRUE(c.holders_of(7).empty());
}

// The new owner's PUT comes before the old one has asked.
TEST(CopiesTakeover, WhatOnlyAFencedOwnerKnowsIsToldThoughItIsSentACopy) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  const auto apart = [](node_number from, node_number to) { return from != 1 && to != 1; };
  for (node_number n = 2; n <= 3; ++n) {
    auto view = c.known;
    view[0].ended = 1;
    view[0].up = false;
    c.at(n).set_members(view, c.now);
  }
  c.pass(5s, apart);
  ASSERT_TRUE(c.at(other).owns(side_by_side::id(7)));
  c.of(1).ended = 1;
  c.of(1).tenure = 2;
  c.at(1).set_members(c.known, c.now);
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  const auto* row = c.at(other).row(side_by_side::id(7));
  c.at(1).received(other,
                   wire::put{.id = side_by_side::id(7),
                             .owner = row->owner,
                             .revision = row->revision,
                             .required = 2,
                             .digest = 7,
                             .holders = {{other, static_cast<disk_id>(100 + other)}, {1, 101}},
                             .progress = row->progress},
                   c.now);
  c.tell();
  c.pass(10s);
  EXPECT_TRUE(c.holders_of(7).empty());
  EXPECT_EQ(c.at(1).grave(side_by_side::id(7)) != nullptr, true);
}

TEST(CopiesTakeover, NothingExpiresUntried) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(1);
  c.fence(1);
  c.pass(5s);
  ASSERT_TRUE(c.at(other).owns(side_by_side::id(7)));
  c.out(other).said.clear();
  c.at(other).settle(side_by_side::id(7), {.end = recipient_end::expired, .attempted = false},
                     c.now);
  EXPECT_TRUE(c.out(other).has_said("deliver first 7"));
  c.at(other).settle(side_by_side::id(7), {}, c.now);
  c.at(other).settle(side_by_side::id(7), {.end = recipient_end::expired, .attempted = false},
                     c.now);
  EXPECT_EQ(c.at(other).row(side_by_side::id(7)), nullptr);
}

TEST(CopiesTakeover, OldDisksAreAskedAboutAndNotBelieved) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto backup = c.out(1).rows;
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.pass(11min);
  c.end(1);
  c.out(1).rows = backup;
  c.out(1).graves.clear();
  c.of(1).disk = 900;
  c.of(1).ended = 1;
  c.of(1).tenure = 2;
  c.begin(1, true);
  c.pass(60s);
  EXPECT_TRUE(c.out(1).has_said("quarantined 7")) << "it was delivered long ago";
  EXPECT_EQ(c.owner_of(7), 0);
  c.at(1).release(side_by_side::id(7), c.now);
  EXPECT_EQ(c.owner_of(7), 1) << "unless an operator says so";
}

TEST(CopiesTakeover, WhatIsOldIsOldForTheNextProcessToo) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto backup = c.out(1).rows;
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.pass(11min);
  c.end(1);
  c.out(1).rows = backup;
  c.out(1).graves.clear();
  c.of(1).disk = 900;
  c.of(1).ended = 1;
  c.of(1).tenure = 2;
  c.begin(1, true);
  c.end(1);  // before it has asked anybody
  c.begin(1);
  c.pass(60s);
  EXPECT_TRUE(c.out(1).has_said("quarantined 7"));
  EXPECT_EQ(c.owner_of(7), 0);
}

TEST(CopiesTakeover, WaitIsBelievedForAMinute) {
  side_by_side c(4, {.copies = 3, .copies_min = 3});
  c.accept(1, 7);
  c.deliver();
  auto holders = c.holders_of(7);
  auto first = holders[1];
  auto second = holders[2];
  if (takeover_place(side_by_side::id(7), second) < takeover_place(side_by_side::id(7), first)) {
    std::swap(first, second);
  }
  c.end(1);
  c.at(first).set_serving(false, c.now);
  auto view = c.known;
  view[0].ended = 1;
  for (auto& m : c.machines) {
    if (m) m->set_members(view, c.now);
  }
  c.pass(55s);
  EXPECT_FALSE(c.at(second).owns(side_by_side::id(7)));
  c.pass(15s);
  EXPECT_TRUE(c.at(second).owns(side_by_side::id(7)));
}

// ---- disks -------------------------------------------------------------------------------------

TEST(CopiesDisks, AnotherDiskOfAHolderDoesNotCount) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(other);
  c.out(other).rows.clear();
  c.of(other).disk = 900;
  c.of(other).ended = 1;
  c.of(other).tenure = 2;
  c.begin(other);
  EXPECT_EQ(c.at(1).counts().under_replicated, 1U);
  c.pass(5s);
  EXPECT_EQ(c.at(1).counts().under_replicated, 0U);
  EXPECT_THAT(c.holders_of(7), SizeIs(2));
}

TEST(CopiesDisks, ALateConfirmationOfTheDiskBeforeDoesNotCount) {
  side_by_side c(2);
  c.accept(1, 7);
  c.sync(1);
  c.of(2).disk = 900;
  c.tell();
  c.at(1).received(2, wire::put_ack{.id = side_by_side::id(7), .version = 1, .disk = 102}, c.now);
  EXPECT_FALSE(c.out(1).has_said("accepted 7"));
}

TEST(CopiesDisks, ComparingFindsACopyThatIsNotThere) {
  side_by_side c(2);
  for (std::uint8_t i = 1; i <= 20; ++i) c.accept(1, i);
  c.deliver();
  c.end(2);
  c.out(2).rows.erase(side_by_side::id(5));
  c.begin(2);
  c.pass(2s);
  EXPECT_THAT(c.holders_of(5), SizeIs(2)) << "it was sent again";
  c.end(2);
  c.out(2).rows.erase(side_by_side::id(6));
  c.begin(2);
  c.pass(2s);
  EXPECT_THAT(c.holders_of(6), SizeIs(2));
}

TEST(CopiesDisks, WhatTheOwnerDoesNotKnowIsTakenOver) {
  side_by_side c(2);
  c.accept(1, 7);
  c.deliver();
  c.end(1);
  c.out(1).rows.clear();  // and the disk says nothing of it
  c.begin(1);
  c.pass(10s);
  EXPECT_EQ(c.owner_of(7), 2);
}

TEST(CopiesDisks, AnUnreadableCopyIsFetchedOrReplaced) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  c.at(1).found_unreadable(side_by_side::id(7), c.now);
  EXPECT_EQ(c.at(1).counts().under_replicated, 1U);
  c.pass(2s);
  EXPECT_TRUE(c.out(1).has_said("restored 7"));
  EXPECT_EQ(c.at(1).counts().under_replicated, 0U);
  const auto other = c.holder_but(7, 1);
  c.at(other).found_unreadable(side_by_side::id(7), c.now);
  c.deliver();
  c.pass(2s);
  EXPECT_TRUE(c.out(other).has_said("restored 7"));
}

TEST(CopiesDisks, ACopyWithoutRecipientsIsRefused) {
  side_by_side c(2);
  wire::put empty{
      .id = side_by_side::id(7), .owner = {1, 1, 1}, .whole = true, .holders = {{2, 102}}};
  c.at(2).received(1, empty, c.now);
  EXPECT_EQ(c.at(2).row(side_by_side::id(7)), nullptr);
}

// Its owner would never tell this disk that the message is done.
TEST(CopiesDisks, ACopyForTheDiskBeforeIsRefused) {
  side_by_side c(2);
  wire::put late{.id = side_by_side::id(7),
                 .owner = {1, 1, 1},
                 .whole = true,
                 .holders = {{1, 101}, {2, 55}},
                 .progress = {{}}};
  c.at(2).received(1, late, c.now);
  EXPECT_EQ(c.at(2).row(side_by_side::id(7)), nullptr);
  late.holders.back().disk = 102;
  c.at(2).received(1, late, c.now);
  EXPECT_NE(c.at(2).row(side_by_side::id(7)), nullptr);
}

TEST(CopiesDisks, AFullDiskTakesNoCopies) {
  side_by_side c(3);
  c.of(2).full = true;
  c.tell();
  for (std::uint8_t i = 1; i <= 10; ++i) c.accept(1, i);
  c.deliver();
  for (std::uint8_t i = 1; i <= 10; ++i) EXPECT_THAT(c.holders_of(i), ElementsAre(1, 3));
}

// ---- leaving -----------------------------------------------------------------------------------

TEST(CopiesDrain, ADrainedNodeHasNothing) {
  side_by_side c(4);
  for (std::uint8_t i = 1; i <= 20; ++i) c.accept(static_cast<node_number>(1 + i % 4), i);
  c.deliver();
  c.of(2).draining = true;
  c.tell();
  c.pass(1s);
  for (std::uint8_t i = 1; i <= 20; ++i) c.at(2).stopped(side_by_side::id(i), c.now);
  c.pass(20s);
  EXPECT_TRUE(c.at(2).drained());
  for (std::uint8_t i = 1; i <= 20; ++i) {
    EXPECT_THAT(c.holders_of(i), SizeIs(2)) << int{i};
    EXPECT_NE(c.owner_of(i), 0) << int{i};
  }
}

// An equal digest says nothing of what is not in it.
TEST(CopiesDrain, WhatWasGivenBackIsNotShownByADigest) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto left = c.holder_but(7, 1);
  c.of(left).draining = true;
  c.tell();
  c.pass(10s);
  ASSERT_EQ(c.at(left).row(side_by_side::id(7)), nullptr);
  c.end(left);
  c.tell();
  c.begin(left);
  c.pass(2s);
  c.of(left).draining = false;
  for (auto& m : c.machines) m->set_members(c.known, c.now);
  const auto other = static_cast<node_number>(5 - left);
  c.of(other).draining = true;
  for (auto& m : c.machines) m->set_members(c.known, c.now);
  EXPECT_EQ(c.at(1).counts().under_replicated, 1U);
  c.pass(10s);
  EXPECT_THAT(c.holders_of(7), ElementsAre(1, left));
}

TEST(CopiesDrain, ItsCopiesDoNotCount) {
  side_by_side c(3);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.of(other).draining = true;
  for (auto& m : c.machines) m->set_members(c.known, c.now);
  EXPECT_EQ(c.at(1).counts().under_replicated, 1U);
}

TEST(CopiesDrain, SomebodyWhoStaysKnowsWhomToTell) {
  side_by_side c(4);
  c.accept(1, 7);
  c.deliver();
  const auto other = c.holder_but(7, 1);
  c.end(other);
  c.tell();
  c.at(1).settle(side_by_side::id(7), {.end = end_delivered}, c.now);
  c.of(1).draining = true;
  c.tell();
  EXPECT_FALSE(c.at(1).drained());
  c.pass(10s);
  EXPECT_TRUE(c.at(1).drained());
  c.end(1);
  c.of(1).removed = true;
  c.begin(other);
  c.pass(3min);
  EXPECT_TRUE(c.holders_of(7).empty()) << "and tells it";
}

TEST(CopiesDrain, IsRefusedIfTooFewAreLeft) {
  side_by_side c(3);
  members known;
  known.replace(c.known);
  EXPECT_TRUE(may_drain(known, 1, 2));
  EXPECT_FALSE(may_drain(known, 1, 3));
  c.of(2).draining = true;
  known.replace(c.known);
  EXPECT_FALSE(may_drain(known, 1, 2));
}

// ---- values ------------------------------------------------------------------------------------

TEST(CopiesProgress, MergesTheSameInAnyOrder) {
  std::vector<recipient_progress> all;
  for (const auto end : {recipient_end::open, recipient_end::expired, recipient_end::bounced,
                         recipient_end::removed, recipient_end::delivered}) {
    for (std::uint32_t attempts = 0; attempts < 3; ++attempts) all.push_back({attempts, end});
  }
  for (const auto& a : all) {
    EXPECT_EQ(merged(a, a), a);
    for (const auto& b : all) {
      EXPECT_EQ(merged(a, b), merged(b, a));
      EXPECT_GE(merged(a, b).end, a.end) << "what is final stays so";
      for (const auto& x : all) EXPECT_EQ(merged(merged(a, b), x), merged(a, merged(b, x)));
    }
  }
}

TEST(CopiesMembers, WhatHasEndedStaysSo) {
  members known;
  known.replace({{.node = 1, .disk = 5, .tenure = 3, .ended = 2}});
  EXPECT_TRUE(known.live(claim{1, 1, 3}));
  EXPECT_FALSE(known.live(claim{1, 1, 2}));
  known.replace({{.node = 1, .disk = 5, .tenure = 3, .ended = 3}});
  known.replace({{.node = 1, .disk = 5, .tenure = 3, .ended = 0}});
  EXPECT_FALSE(known.live(claim{1, 1, 3})) << "a coordinator that forgot it changes nothing";
  known.replace({});
  EXPECT_NE(known.find(1), nullptr);
}

}  // namespace
}  // namespace signpost::cluster::replication
