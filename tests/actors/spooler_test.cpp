// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/spooler.hpp"

#include <gtest/gtest.h>

#include "actors/messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/status_messages.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

class SpoolerTest : public testing::Test {
 protected:
  SpoolerTest() { start({}); }
  ~SpoolerTest() override { spooler_ = nullptr; }

  void start(spooler_options options) {
    spooler_ = world.spawn(
        spooler, spooler_dependencies{.spool = world.spool,
                                      .copies = world.copies,
                                      .time = world.time,
                                      .metrics = world.metrics,
                                      .options = options,
                                      .committed = [this](new_work w) { announced.push_back(w); }});
    world.settle();
  }
  storage::new_message message(const std::string& client = "192.0.2.9") {
    storage::new_message m;
    m.message.id = world.spool.next_id(world.time.now());
    m.message.client_address = client;
    m.message.own = m.message.client_address.empty();
    m.body = std::make_shared<const message_body>("x\r\n");
    model::envelope e;
    e.id = m.message.id;
    e.next_hop = model::next_hop("dest.example");
    e.next_attempt = world.time.now();
    m.envelopes.push_back(e);
    return m;
  }
  // Sent, not yet run.
  template <typename Request, typename Response>
  std::shared_ptr<std::optional<Response>> send(Request request) {
    auto answer = std::make_shared<std::optional<Response>>();
    const auto asking = [answer, actor = spooler_](caf::event_based_actor* self, const Request& m) {
      self->request(actor, caf::infinite, m)
          .then([answer](Response& r) { answer->emplace(std::move(r)); }, [](const caf::error&) {});
    };
    world.system.spawn(asking, std::move(request));
    return answer;
  }
  auto send_accept() { return send<accept_request, accept_response>({message()}); }
  auto send_settle(std::vector<storage::new_message> messages = {}) {
    const auto id = world.spool.put({[&] {
      model::envelope e;
      e.next_attempt = world.time.now();
      e.next_hop = model::next_hop("dest.example");
      return e;
    }()});
    auto before = world.spool.last(id).value();
    auto after = before;
    after.state = model::outcome::delivered;
    return send<settle_request, settle_response>(
        {.updates = {{.before = before, .after = after, .events = {}}},
         .messages = std::move(messages)});
  }

  test::actor_fixture world;
  std::vector<new_work> announced;
  spooler_actor spooler_;
};

TEST_F(SpoolerTest, NobodyWaitsForWhatAFailedStoreCannotTake) {
  world.spool.fail_all = errc::unavailable;
  const auto settle = send_settle();
  world.settle();
  const auto ended = send<drain_request, settle_response>({});
  world.settle();
  EXPECT_FALSE(*ended) << "the disk may come back";
  world.spool.state = storage::spool_health::failed;
  world.advance(seconds(2));
  EXPECT_TRUE(*ended);
  EXPECT_FALSE(*settle) << "it is not durable";
}

TEST_F(SpoolerTest, ShowsThatItTurnsWhenItsTurnComes) {
  int turns = 0;
  const auto accept = send_accept();
  caf::anon_send(spooler_, sign_of_life{[&] { ++turns; }});
  EXPECT_EQ(turns, 0) << "not by whoever asks";
  world.settle();
  EXPECT_EQ(turns, 1);
  EXPECT_TRUE(*accept);
}

TEST_F(SpoolerTest, WhatWaitsInTheMailboxBecomesOneCommit) {
  std::vector<std::shared_ptr<std::optional<accept_response>>> accepts;
  for (int i = 0; i < 10; ++i) accepts.push_back(send_accept());
  const auto settle = send_settle();
  const auto before = world.spool.commits;
  world.settle();
  EXPECT_EQ(world.spool.commits, before + 1);
  for (const auto& a : accepts) EXPECT_TRUE(*a && (*a)->receipt);
  EXPECT_TRUE(*settle);
  EXPECT_EQ(announced.size(), 10U);
}

TEST_F(SpoolerTest, ReceiptsGoToTheirOwnMessages) {
  std::vector<std::string> ids;
  std::vector<std::shared_ptr<std::optional<accept_response>>> answers;
  for (int i = 0; i < 3; ++i) {
    auto m = message();
    ids.push_back(m.message.id.to_string());
    answers.push_back(send<accept_request, accept_response>({std::move(m)}));
  }
  world.settle();
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(*answers[i] && (*answers[i])->receipt);
    EXPECT_EQ((*answers[i])->receipt->queue_id(), ids[i]);
  }
}

TEST_F(SpoolerTest, ABatchThatIsFullIsCommittedAtOnce) {
  world.end_actors();
  start({.batch_octets_max = 1U << 20, .batch_messages_max = 3});
  for (int i = 0; i < 9; ++i) (void)send_accept();
  world.settle();
  EXPECT_EQ(world.spool.commits, 3U);
  EXPECT_EQ(announced.size(), 9U);
}

TEST_F(SpoolerTest, ARefusedMessageIsAnsweredAndNeverAnnounced) {
  world.spool.fail_next = {errc::no_space};
  const auto answer = send_accept();
  world.settle();
  ASSERT_TRUE(*answer);
  ASSERT_FALSE((*answer)->receipt);
  EXPECT_EQ((*answer)->receipt.error().code, errc::no_space);
  EXPECT_TRUE(announced.empty());
  world.advance(seconds(5));
  EXPECT_TRUE(announced.empty());
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SpoolerTest, ASettlementIsTriedAgainUntilItIsDurable) {
  world.spool.fail_all = errc::unavailable;
  const auto settle = send_settle();
  world.advance(seconds(10));
  EXPECT_FALSE(*settle);
  EXPECT_GE(world.spool.refused, 5U);
  world.spool.fail_all.reset();
  world.advance(seconds(2));
  EXPECT_TRUE(*settle);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SpoolerTest, AFullDiskRefusesMessagesAndTakesSettlements) {
  world.spool.fail_accepts = errc::no_space;
  world.spool.state = storage::spool_health::full;
  const auto accept = send_accept();
  const auto settle = send_settle();
  world.settle();
  ASSERT_TRUE(*accept);
  EXPECT_FALSE((*accept)->receipt);
  EXPECT_TRUE(*settle);
}

TEST_F(SpoolerTest, ADiskThatHasJustBecomeFullTakesSettlementsAtOnce) {
  world.spool.fail_accepts = errc::no_space;
  const auto accept = send_accept();
  const auto settle = send_settle();
  world.settle();
  ASSERT_TRUE(*accept);
  EXPECT_FALSE((*accept)->receipt);
  EXPECT_TRUE(*settle);
}

TEST_F(SpoolerTest, OneBrokenSettlementHoldsUpNeitherMailNorOtherSettlements) {
  // Together; settlements; then each one alone: the first of them is broken for ever.
  world.spool.fail_next = {errc::conflict, errc::conflict, errc::conflict};
  const auto broken = send_settle();
  const auto good = send_settle();
  const auto accept = send_accept();
  world.settle();
  EXPECT_FALSE(*broken);
  EXPECT_TRUE(*good);
  ASSERT_TRUE(*accept);
  EXPECT_TRUE((*accept)->receipt);
}

TEST_F(SpoolerTest, OneBrokenMessageIsRefusedAlone) {
  world.spool.fail_next = {errc::malformed, errc::malformed};
  const auto broken = send_accept();
  const auto good = send_accept();
  world.settle();
  ASSERT_TRUE(*broken && *good);
  EXPECT_FALSE((*broken)->receipt);
  EXPECT_TRUE((*good)->receipt);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(SpoolerTest, MessagesOfASettlementAreAnnouncedWhenItIsDurable) {
  world.spool.fail_next = {errc::unavailable};
  const auto settle = send_settle({message("")});
  world.settle();
  EXPECT_TRUE(announced.empty());
  world.advance(seconds(2));
  EXPECT_TRUE(*settle);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(SpoolerTest, DrainIsAnsweredWhenEverythingIsDurable) {
  world.spool.fail_all = errc::unavailable;
  const auto settle = send_settle();
  const auto drained = send<drain_request, settle_response>({});
  world.advance(seconds(3));
  EXPECT_FALSE(*drained);
  world.spool.fail_all.reset();
  world.advance(seconds(2));
  EXPECT_TRUE(*settle);
  EXPECT_TRUE(*drained);
}

TEST_F(SpoolerTest, RefusalsAreRecordedButNeverMoreThanABatchOfThem) {
  for (int i = 0; i < 5000; ++i) {
    model::activity_event event;
    event.kind = model::event_kind::rejected;
    caf::anon_send(spooler_, record_event{event});
  }
  world.advance(seconds(2));
  EXPECT_GT(world.spool.events.size(), 0U);
  EXPECT_LE(world.spool.events.size(), spooler_options{}.batch_messages_max);
}

TEST_F(SpoolerTest, PollsTheStoreOnceASecond) {
  const auto before = world.spool.polls;
  for (int i = 0; i < 10; ++i) {
    (void)send_accept();
    world.advance(seconds(1));
  }
  EXPECT_GE(world.spool.polls - before, 9U);
  EXPECT_LE(world.spool.polls - before, 11U);
}

TEST_F(SpoolerTest, WhatNobodyWaitsForIsNotWritten) {
  const auto gate = std::make_shared<acceptance_gate>();
  const auto given_up = send<accept_request, accept_response>({message(), gate});
  const auto wanted = send<accept_request, accept_response>(
      {message(), std::make_shared<acceptance_gate>()});
  EXPECT_TRUE(gate->give_up());
  world.settle();
  ASSERT_TRUE(*given_up && *wanted);
  EXPECT_FALSE((*given_up)->receipt);
  EXPECT_TRUE((*wanted)->receipt);
  EXPECT_EQ(world.spool.records().size(), 1U);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(SpoolerTest, WhatIsBeingWrittenCanNoLongerBeGivenUp) {
  const auto gate = std::make_shared<acceptance_gate>();
  const auto answer = send<accept_request, accept_response>({message(), gate});
  world.settle();
  EXPECT_FALSE(gate->give_up());
  EXPECT_TRUE((*answer)->receipt);
}

// ---- copies on other nodes ----

TEST_F(SpoolerTest, NobodyHearsOfAMessageBeforeItsCopiesAreConfirmed) {
  world.copies.wait = true;
  const auto accept = send_accept();
  world.settle();
  EXPECT_EQ(world.spool.records().size(), 1U) << "written here meanwhile";
  EXPECT_EQ(world.copies.sent.size(), 1U);
  EXPECT_FALSE(*accept);
  EXPECT_TRUE(announced.empty());
  world.copies.confirm_all();
  world.settle();
  ASSERT_TRUE(*accept);
  EXPECT_TRUE((*accept)->receipt);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(SpoolerTest, AMessageThatIsNotCopiedIsRefusedTakenBackAndNeverAnnounced) {
  world.copies.wait = true;
  const auto accept = send_accept();
  world.settle();
  world.copies.refuse_all();
  world.settle();
  ASSERT_TRUE(*accept);
  ASSERT_FALSE((*accept)->receipt);
  EXPECT_EQ((*accept)->receipt.error().code, errc::unavailable);
  world.advance(seconds(2));
  EXPECT_TRUE(announced.empty());
  EXPECT_TRUE(world.spool.open_envelopes().empty()) << "its client sends it again";
  EXPECT_TRUE(world.copies.sent.empty());
  EXPECT_EQ(world.spool.count(model::event_kind::removed), 1U);
}

TEST_F(SpoolerTest, WhatCannotBeTakenBackIsTriedAgain) {
  world.copies.wait = true;
  const auto accept = send_accept();
  world.settle();
  world.spool.fail_all = errc::unavailable;
  world.copies.refuse_all();
  world.advance(seconds(5));
  EXPECT_TRUE(*accept) << "the client does not wait for that";
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
  world.spool.fail_all.reset();
  world.advance(seconds(2));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SpoolerTest, ASettlementWithMessagesOfOurOwnWaitsForTheirCopiesWithoutEnd) {
  world.copies.wait = true;
  const auto settle = send_settle({message("")});
  const auto alone = send_settle();
  world.settle();
  EXPECT_FALSE(*settle);
  EXPECT_TRUE(announced.empty());
  world.copies.refuse_all();
  world.advance(seconds(10));
  EXPECT_FALSE(*settle) << "nobody else has the report";
  EXPECT_EQ(world.spool.count(model::event_kind::removed), 0U);
  world.copies.confirm_all();
  world.settle();
  EXPECT_TRUE(*settle);
  EXPECT_TRUE(*alone);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(SpoolerTest, ASettlementWithoutNewMessagesWaitsForNobody) {
  world.copies.wait = true;
  const auto settle = send_settle();
  world.settle();
  EXPECT_TRUE(*settle);
}

TEST_F(SpoolerTest, SeveralGroupsWaitForTheirCopiesButNotMoreThanTheLimit) {
  world.copies.wait = true;
  std::vector<std::shared_ptr<std::optional<accept_response>>> accepts;
  for (std::size_t i = 0; i < spooler_options{}.groups_unconfirmed_max + 3; ++i) {
    accepts.push_back(send_accept());
    world.settle();
  }
  EXPECT_EQ(world.copies.waiting(), spooler_options{}.groups_unconfirmed_max);
  EXPECT_TRUE(*[&] {
    const auto settle = send_settle();
    world.settle();
    return settle;
  }()) << "settlements go on";
  world.copies.confirm_all();
  world.settle();
  EXPECT_EQ(world.copies.waiting(), 1U) << "what had to wait is one group";
  world.copies.confirm_all();
  world.settle();
  for (const auto& a : accepts) EXPECT_TRUE(*a && (*a)->receipt);
}

TEST_F(SpoolerTest, WhatWaitsForTheLimitCanStillBeGivenUp) {
  world.copies.wait = true;
  for (std::size_t i = 0; i < spooler_options{}.groups_unconfirmed_max; ++i) {
    (void)send_accept();
    world.settle();
  }
  const auto gate = std::make_shared<acceptance_gate>();
  const auto answer = send<accept_request, accept_response>({message(), gate});
  world.settle();
  const auto written = world.spool.records().size();
  EXPECT_TRUE(gate->give_up()) << "it is not being written";
  world.copies.confirm_all();
  world.settle();
  ASSERT_TRUE(*answer);
  EXPECT_FALSE((*answer)->receipt);
  EXPECT_EQ(world.spool.records().size(), written);
}

TEST_F(SpoolerTest, PeersForgetWhatCouldNotBeWrittenHere) {
  world.spool.fail_next = {errc::no_space};
  const auto accept = send_accept();
  world.settle();
  ASSERT_TRUE(*accept);
  EXPECT_FALSE((*accept)->receipt);
  EXPECT_TRUE(world.copies.sent.empty());
  EXPECT_EQ(world.copies.withdrawn, 1U);
}

TEST_F(SpoolerTest, DrainWaitsForCopies) {
  world.copies.wait = true;
  (void)send_accept();
  world.settle();
  const auto drained = send<drain_request, settle_response>({});
  world.settle();
  EXPECT_FALSE(*drained);
  world.copies.confirm_all();
  world.settle();
  EXPECT_TRUE(*drained);
}

TEST_F(SpoolerTest, ShowsTheStateOfTheSpoolInTheMetrics) {
  (void)send_accept();
  world.advance(seconds(2));
  EXPECT_EQ(world.metrics.spool.state.with("well").value(), 1);
}

}  // namespace
}  // namespace signpost::actors
