// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The fake must behave as the real executor does, or the tests built on it prove nothing.
#include "tests/support/fake_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signpost::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const endpoint far{*ip_address::parse("192.0.2.1"), 25};
const endpoint here{*ip_address::parse("198.51.100.1"), 25};

class log_handler final : public net::connection_handler {
 public:
  void on_data(std::string_view bytes) override { events.push_back("data " + std::string(bytes)); }
  void on_drained() override { events.emplace_back("drained"); }
  void on_tls(const net::tls_state& state) override { events.push_back("tls " + state.version); }
  void on_closed(std::string_view reason) override {
    events.push_back("closed " + std::string(reason));
  }
  std::vector<std::string> events;
};

class FakeTransport : public testing::Test {
 protected:
  FakeTransport() {
    std::tie(mine, theirs) = network.incoming(far, here);
    mine->set_handler(&handler);
    network.run_until_idle();
  }

  fake_executor network;
  log_handler handler;
  std::unique_ptr<net::connection> mine;
  std::shared_ptr<fake_peer> theirs;
};

TEST_F(FakeTransport, CarriesBytesBothWaysButNeverInsideACall) {
  theirs->send("hello");
  mine->write("hi");
  EXPECT_TRUE(handler.events.empty());
  EXPECT_EQ(mine->unsent(), 2U);
  EXPECT_TRUE(network.run_until_idle());
  EXPECT_THAT(handler.events, ElementsAre("data hello", "drained"));
  EXPECT_EQ(theirs->take(), "hi");
  EXPECT_EQ(theirs->take(), "");
}

TEST_F(FakeTransport, HoldsBackBytesAndTheEndWhileReadingIsOff) {
  mine->set_reading(false);
  theirs->send("a");
  theirs->close("gone");
  network.run_until_idle();
  EXPECT_TRUE(handler.events.empty());
  mine->set_reading(true);
  network.run_until_idle();
  EXPECT_THAT(handler.events, ElementsAre("data a", "closed gone"));
}

TEST_F(FakeTransport, KeepsOutputUnsentWhileHeld) {
  theirs->hold_output(true);
  mine->write("x");
  network.run_until_idle();
  EXPECT_EQ(mine->unsent(), 1U);
  theirs->hold_output(false);
  network.run_until_idle();
  EXPECT_THAT(handler.events, ElementsAre("drained"));
}

TEST_F(FakeTransport, CloseSendsWhatIsUnsentAndSilencesTheHandler) {
  mine->write("bye");
  mine->close();
  theirs->send("too late");
  network.run_until_idle();
  EXPECT_TRUE(handler.events.empty());
  EXPECT_EQ(theirs->take(), "bye");
  EXPECT_TRUE(theirs->gone());
  EXPECT_TRUE(theirs->closed_properly());
}

TEST_F(FakeTransport, StartingTlsDropsWhatIsUnread) {
  theirs->send("injected");
  mine->start_tls_server();
  theirs->send("hello in tls");
  network.run_until_idle();
  EXPECT_THAT(handler.events, ElementsAre("tls TLSv1.3", "data hello in tls"));
}

TEST_F(FakeTransport, TlsFailsOrWaitsAsScripted) {
  theirs->tls = fake_tls::waits;
  mine->start_tls_client("mx.example.org");
  network.run_until_idle();
  EXPECT_TRUE(handler.events.empty());
  EXPECT_EQ(theirs->server_name(), "mx.example.org");
  theirs->fail_tls("bad record");
  network.run_until_idle();
  EXPECT_THAT(handler.events, ElementsAre("closed bad record"));
}

TEST_F(FakeTransport, RunsTimersInOrderAtTheirTimes) {
  std::vector<std::string> fired;
  const auto start = network.now();
  const auto note = [&](const std::string& name) {
    fired.push_back(name + "@" + std::to_string((network.now() - start).count() / 1000));
  };
  const auto late = network.call_after(milliseconds{200}, [&] { note("late"); });
  const auto early = network.call_after(milliseconds{100}, [&] { note("early"); });
  auto never = network.call_after(milliseconds{150}, [&] { note("never"); });
  never.reset();
  EXPECT_TRUE(network.advance(milliseconds{99}));
  EXPECT_TRUE(fired.empty());
  EXPECT_TRUE(network.advance(milliseconds{1000}));
  EXPECT_THAT(fired, ElementsAre("early@100", "late@200"));
  EXPECT_EQ(network.pending_timers(), 0U);
}

TEST_F(FakeTransport, TellsWhenThereIsNoEnd) {
  std::function<void()> again = [&] { network.post(again); };
  network.post(again);
  EXPECT_FALSE(network.run_until_idle(100));
}

class FakeConnect : public testing::Test {
 protected:
  void connect() {
    network.connect(far, {}, milliseconds{5000}, [&](result<std::unique_ptr<net::connection>> r) {
      outcome = r ? "connected" : r.error().context;
      if (r) mine = std::move(*r);
    });
  }
  fake_executor network;
  std::unique_ptr<net::connection> mine;
  std::string outcome;
};

TEST_F(FakeConnect, IsRefusedWithoutAScript) {
  connect();
  EXPECT_EQ(outcome, "");
  network.run_until_idle();
  EXPECT_EQ(outcome, "192.0.2.1:25: connection refused");
  ASSERT_EQ(network.connects().size(), 1U);
  EXPECT_EQ(network.connects()[0].target, far);
}

TEST_F(FakeConnect, TimesOutAfterItsTime) {
  network.on_connect(far, {.outcome = fake_destination::outcome::time_out});
  connect();
  network.advance(milliseconds{4999});
  EXPECT_EQ(outcome, "");
  network.advance(milliseconds{1});
  EXPECT_THAT(outcome, HasSubstr("timed out"));
}

TEST_F(FakeConnect, HandsTheOtherEndToTheScript) {
  std::shared_ptr<fake_peer> peer;
  network.on_connect(far, {.accepted = [&](std::shared_ptr<fake_peer> p) {
                       peer = std::move(p);
                       peer->send("220 hi\r\n");
                     }});
  connect();
  network.run_until_idle();
  ASSERT_EQ(outcome, "connected");
  log_handler handler;
  mine->set_handler(&handler);
  network.run_until_idle();
  EXPECT_THAT(handler.events, ElementsAre("data 220 hi\r\n"));
  EXPECT_EQ(network.open_connections(), 1U);
  mine.reset();
  EXPECT_EQ(network.open_connections(), 0U);
  EXPECT_TRUE(peer->gone());
  EXPECT_FALSE(peer->closed_properly());
}

}  // namespace
}  // namespace signpost::test
