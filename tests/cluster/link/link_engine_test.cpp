// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an engine does with octets that no engine would send, and with connections that break.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "tests/cluster/link/link_world.hpp"
#include "tests/support/fake_link_network.hpp"

namespace signpost::cluster::link {
namespace {

using test::fake_link_network;

constexpr kind_number echo = 1;

class LinkEngine : public testing::Test {
 protected:
  LinkEngine() {
    network.add({.number = 2});
    network.link(2).on_request(echo, {}, [this](incoming_request q) {
      ++asked;
      q.answer(q.octets);
    });
    network.link(2).set_members({{.number = 1, .name = "node-1"},
                                 {.number = 3, .name = "node-3"}});
    network.advance(milliseconds(0));
  }

  // What node 1, which does not exist, would say.
  hello greeting(lane use = lane::control) {
    auto facts = network.engine(2).us();
    facts.name = "node-1";
    facts.number = 1;
    facts.node_id[31] = 'a';
    facts.boot = std::string(32, '5');
    return {.node = facts, .to = 2, .use = use, .requests_max = 10, .body_window = 1'000'000};
  }
  std::string frame(frame_type type, std::string_view payload, kind_number kind = 0,
                    std::uint64_t number = 0) {
    std::string out;
    append_frame(out, {.type = type, .kind = kind, .number = number, .within_ms = 1000}, payload);
    return out;
  }
  std::string hello_frame(lane use = lane::control) {
    return frame(frame_type::hello, encode(greeting(use)));
  }
  identity certificate(std::string name = "node-1") {
    auto who = network.identity_of(2);
    who.name = std::move(name);
    return who;
  }
  std::shared_ptr<fake_link_network::stranger> connect(std::string_view octets) {
    auto made = network.connect(2, certificate());
    made->send(octets);
    network.advance(milliseconds(20));
    return made;
  }

  fake_link_network network{test_limits()};
  int asked = 0;
};

TEST_F(LinkEngine, SpeaksWithWhoeverSaysHello) {
  const auto peer = connect(hello_frame() + frame(frame_type::request, "x", echo, 7));
  EXPECT_FALSE(peer->closed);
  EXPECT_EQ(asked, 1);
  std::string answer;
  append_frame(answer, {.type = frame_type::answer, .number = 7}, "x");
  EXPECT_NE(peer->received.find(answer), std::string::npos);
}

TEST_F(LinkEngine, NothingIsDoneBeforeTheHello) {
  for (const auto& first :
       {frame(frame_type::request, "x", echo, 7), frame(frame_type::note, "x", echo),
        frame(frame_type::ping, "x"), frame(frame_type{77}, "x"), frame(frame_type::part, "x"),
        std::string(100, '\0'), std::string(100, '\xFF'), std::string("GET / HTTP/1.1\r\n\r\n"),
        frame(frame_type::hello, std::string(hello_octets_max + 1, 'x')),
        frame(frame_type::hello, ""), frame(frame_type::hello, "x")}) {
    const auto peer = connect(first + hello_frame() + frame(frame_type::request, "x", echo, 7));
    EXPECT_TRUE(peer->closed) << printable(first);
    EXPECT_EQ(asked, 0);
  }
}

TEST_F(LinkEngine, AHelloMustComeInTime) {
  const auto peer = connect("");
  network.advance(test_limits().hello_within - milliseconds(100));
  EXPECT_FALSE(peer->closed);
  network.advance(milliseconds(200));
  EXPECT_TRUE(peer->closed);
  EXPECT_EQ(network.connections(), 1U) << "the stranger's end";
}

TEST_F(LinkEngine, CutAnywhereItIsWaitedFor) {
  const auto octets = hello_frame() + frame(frame_type::request, "x", echo, 7);
  for (std::size_t n = 0; n < octets.size(); ++n) {
    asked = 0;
    const auto peer = connect(octets.substr(0, n));
    EXPECT_FALSE(peer->closed) << n;
    EXPECT_EQ(asked, 0) << n;
    peer->send(octets.substr(n));
    network.advance(milliseconds(20));
    EXPECT_EQ(asked, 1) << n;
  }
}

TEST_F(LinkEngine, BreachesEndTheConnection) {
  const std::string too_much(control_octets_max + 1, 'x');
  for (const auto& breach :
       {hello_frame(), frame(frame_type::request, too_much, echo, 7),
        frame(frame_type::note, too_much, echo), frame(frame_type::answer, too_much, 0, 1),
        frame(frame_type::ping, std::string(65, 'x')), frame(frame_type::part, "x"),
        frame(frame_type::credit, "", 0, 5), frame(frame_type::credit, "x"),
        frame(frame_type::farewell, std::string(1001, 'x')), frame(frame_type::farewell, "bye"),
        frame(frame_type{77}, std::string(bulk_octets_max + 1, 'x'))}) {
    const auto peer = connect(hello_frame() + breach);
    EXPECT_TRUE(peer->closed) << breach.size();
  }
}

TEST_F(LinkEngine, FramesOfLaterVersionsAreSkipped) {
  const auto peer = connect(hello_frame() + frame(frame_type{77}, std::string(70'000, 'x'))
                            + frame(frame_type::request, "x", echo, 7));
  EXPECT_FALSE(peer->closed);
  EXPECT_EQ(asked, 1);
}

TEST_F(LinkEngine, AnswersThatNobodyWaitsForAreSkipped) {
  const auto peer = connect(hello_frame() + frame(frame_type::answer, "x", 0, 1)
                            + frame(frame_type::failure, "x", 0, 2));
  EXPECT_FALSE(peer->closed);
}

TEST_F(LinkEngine, TheNodeWithTheLowerNumberConnects) {
  auto greets = greeting();
  greets.node.number = 3;
  const auto peer = connect(frame(frame_type::hello, encode(greets)));
  EXPECT_TRUE(peer->closed);
}

TEST_F(LinkEngine, AnotherProcessTakesThePlaceOfTheFirst) {
  std::vector<bool> ups;
  network.link(2).monitor([&](const peer_event& e) { ups.push_back(e.up); });
  const auto first = connect(hello_frame());
  const auto old_bulk = connect(hello_frame(lane::bulk));
  auto greets = greeting();
  greets.node.boot = std::string(32, '6');
  const auto second = connect(frame(frame_type::hello, encode(greets)));
  EXPECT_TRUE(first->closed);
  EXPECT_TRUE(old_bulk->closed);
  EXPECT_FALSE(second->closed);
  EXPECT_EQ(ups, (std::vector<bool>{true, false, true}));
  EXPECT_TRUE(connect(hello_frame(lane::bulk))->closed) << "of the process before";
}

TEST_F(LinkEngine, AKnownNumberStaysWithItsNode) {
  connect(hello_frame());
  auto greets = greeting();
  greets.node.node_id[30] = 'f';
  EXPECT_TRUE(connect(frame(frame_type::hello, encode(greets)))->closed);
  greets = greeting();
  greets.node.name = "node-7";
  const auto other = network.connect(2, certificate("node-7"));
  other->send(frame(frame_type::hello, encode(greets)));
  network.advance(milliseconds(20));
  EXPECT_TRUE(other->closed);
}

TEST_F(LinkEngine, TheRemovedAreRefused) {
  network.link(2).set_removed({greeting().node.node_id}, {});
  EXPECT_TRUE(connect(hello_frame())->closed);
  network.link(2).set_removed({}, {"node-1"});
  network.advance(milliseconds(20));
  EXPECT_TRUE(network.connect(2, certificate())->closed || connect("")->closed);
}

TEST_F(LinkEngine, BodiesComeNoFasterThanTheirCredit) {
  const auto size = std::string(4, '\0') + std::string("\0\x10\0\0", 4);  // 1 MiB
  std::size_t got = 0;
  std::shared_ptr<incoming_body> body;
  network.link(2).on_request(2, {}, [&](incoming_request q) {
    body = q.body;
    body->read([&](std::string part) { got += part.size(); }, [q](result<void>) {});
  });
  const auto peer = connect(hello_frame());
  const auto sender = connect(hello_frame(lane::body) + frame(frame_type::request, size, 2, 1));
  const std::string part(64 * 1024, 'p');
  const auto window = test_limits().body_window;
  for (std::size_t sent = 0; sent < window; sent += part.size()) {
    sender->send(frame(frame_type::part, part));
  }
  network.advance(milliseconds(20));
  EXPECT_FALSE(sender->closed);
  EXPECT_EQ(got, window);
  body->taken(1);
  network.advance(milliseconds(20));
  sender->send(frame(frame_type::part, "1"));
  network.advance(milliseconds(20));
  EXPECT_FALSE(sender->closed);
  sender->send(frame(frame_type::part, "2"));
  network.advance(milliseconds(20));
  EXPECT_TRUE(sender->closed);
  EXPECT_FALSE(peer->closed) << "the other connections live on";
}

TEST_F(LinkEngine, NobodyIsLetInWhoIsNotAMember) {
  auto greets = greeting();
  greets.node.number = 7;
  for (const auto use : {lane::control, lane::bulk, lane::body}) {
    greets.use = use;
    EXPECT_TRUE(connect(frame(frame_type::hello, encode(greets)))->closed);
  }
  EXPECT_EQ(network.engine(2).states().size(), 2U) << "nothing is kept of it";
  greets = greeting();
  greets.node.number = 3;
  greets.use = lane::bulk;
  EXPECT_TRUE(connect(frame(frame_type::hello, encode(greets)))->closed) << "another's number";
}

TEST_F(LinkEngine, WhoseNumberBelongsToAnotherNodeIsCutOff) {
  const auto peer = connect(hello_frame());
  const auto bulk = connect(hello_frame(lane::bulk));
  network.link(2).set_members({{.number = 1, .name = "node-1"}});
  network.advance(milliseconds(20));
  EXPECT_FALSE(peer->closed) << "it is the same";
  network.link(2).set_members({{.number = 1, .name = "the-real-one"}});
  network.advance(milliseconds(20));
  EXPECT_TRUE(peer->closed);
  EXPECT_TRUE(bulk->closed);
  EXPECT_TRUE(connect(hello_frame())->closed);

  network.link(2).set_members({{.number = 1, .name = "node-1"}});
  const auto again = connect(hello_frame());
  EXPECT_FALSE(again->closed);
  network.link(2).set_members(
      {{.number = 1, .name = "node-1", .node_id = std::string(32, '7')}});
  network.advance(milliseconds(20));
  EXPECT_TRUE(again->closed);
}

// Octets behind the frame that ended the connection are in the reader's hands already.
TEST_F(LinkEngine, NothingFollowsTheEnd) {
  for (const auto use : {lane::control, lane::bulk}) {
    const auto control = connect(hello_frame());
    const auto flood = use == lane::control ? control : connect(hello_frame(use));
    control->reads = false;
    std::string octets;
    for (std::uint64_t i = 1; i < 120'000; ++i) {
      octets += frame(frame_type::request, "", 99, i);
      octets += frame(frame_type::ping, "p");
    }
    octets += frame(frame_type::request, "x", echo, 1);
    flood->send(octets);
    network.advance(milliseconds(200));
    EXPECT_TRUE(flood->closed);
    EXPECT_EQ(asked, 0);
  }
}

TEST_F(LinkEngine, APeerDoesNotChooseItsRoundTrip) {
  const auto peer = connect(hello_frame());
  for (const auto& says : {std::string("\x10\x00", 2), std::string("\x10\x05", 2),
                           "\x10" + std::string(9, '\xFF') + "\x01", std::string("x")}) {
    peer->send(frame(frame_type::pong, says));
  }
  network.advance(milliseconds(20));
  EXPECT_FALSE(peer->closed);
  EXPECT_EQ(network.engine(2).states().at(0).rtt.count(), 0);
}

TEST_F(LinkEngine, OneNodeHasFewConnections) {
  std::vector<std::shared_ptr<fake_link_network::stranger>> open;
  const auto most = 2 * (test_limits().bodies_max + 2);
  for (std::size_t i = 0; i <= most; ++i) open.push_back(connect(""));
  EXPECT_FALSE(open[most - 1]->closed);
  EXPECT_TRUE(open[most]->closed);
  const auto other = network.connect(2, certificate("node-9"));
  network.advance(milliseconds(20));
  EXPECT_FALSE(other->closed);
}

// A peer that claims to take everything does not decide what is kept for it here.
TEST_F(LinkEngine, APeerDoesNotSetOurLimits) {
  auto greets = greeting();
  greets.requests_max = UINT32_MAX;
  const auto peer = connect(frame(frame_type::hello, encode(greets)));
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < 2 * test_limits().requests_max; ++i) {
    network.link(2).request(1, {.kind = echo}, [&](const auto& got) { refused += got ? 0 : 1; });
  }
  network.advance(milliseconds(20));
  EXPECT_EQ(refused, test_limits().requests_max);
}

TEST_F(LinkEngine, MemoryIsGivenBack) {
  std::vector<incoming_request> held;
  network.link(2).on_request(2, {}, [&](incoming_request q) { held.push_back(std::move(q)); });
  const auto peer = connect(hello_frame());
  for (int i = 0; i < 5; ++i) peer->send(frame(frame_type::request, std::string(9'000, 'x'), 2));
  // One that never becomes complete.
  peer->send(frame(frame_type::request, std::string(9'000, 'x'), 2).substr(0, 500));
  network.advance(milliseconds(20));
  EXPECT_GE(network.engine(2).incoming_octets(), 6 * 9'000U);
  held.clear();
  network.advance(milliseconds(20));
  EXPECT_LT(network.engine(2).incoming_octets(), 2 * 9'000U);
  peer->send(frame(frame_type::farewell, ""));
  network.advance(milliseconds(3'000));
  EXPECT_EQ(network.engine(2).incoming_octets(), 0U);
}

// ---- reconnecting ------------------------------------------------------------------------------

TEST(LinkReconnect, IsBoundedAndSpread) {
  std::vector<std::size_t> dials;
  for (std::uint64_t seed = 1; seed < 8; ++seed) {
    fake_link_network network(test_limits(), seed);
    network.add({.number = 1});
    network.add({.number = 2});
    network.kill(2);
    network.introduce();
    network.advance(milliseconds(60'000));
    dials.push_back(network.dials());
  }
  for (const auto n : dials) {
    EXPECT_GT(n, 60'000U / 500 / 2);
    EXPECT_LT(n, 60'000U / 250 * 2);
  }
  EXPECT_NE(dials.front(), dials.back()) << "each waits in its own way";
}

TEST(LinkReconnect, AfterACutThatNobodyReports) {
  fake_link_network network(test_limits());
  network.add({.number = 1});
  network.add({.number = 2});
  std::vector<bool> ups;
  network.link(1).monitor([&](const peer_event& e) { ups.push_back(e.up); });
  network.introduce();
  network.advance(milliseconds(100));
  network.cut(1, 2);
  network.advance(test_limits().silence - milliseconds(200));
  EXPECT_EQ(ups, (std::vector<bool>{true}));
  network.advance(milliseconds(500));
  EXPECT_EQ(ups, (std::vector<bool>{true, false}));
  network.heal(1, 2);
  network.advance(milliseconds(3'000));
  EXPECT_EQ(ups, (std::vector<bool>{true, false, true}));
}

TEST(LinkReconnect, BulkConnectionsThatTakeNothingAreGivenUp) {
  auto limits = test_limits();
  limits.silence = milliseconds(60'000);  // the control connection would end it otherwise
  fake_link_network network(limits);
  network.add({.number = 1});
  network.add({.number = 2});
  network.introduce();
  network.advance(milliseconds(100));
  network.stop(2);
  std::optional<result<std::string>> got;
  network.link(1).request(2, {.kind = echo, .octets = std::string(1'000'000, 'x'),
                              .within = milliseconds(60'000)},
                          [&](auto answer) { got = answer; });
  network.advance(milliseconds(3'000));
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->error().code, errc::unavailable);
}

}  // namespace
}  // namespace signpost::cluster::link
