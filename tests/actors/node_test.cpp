// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node is given from outside: its actor system, and actors in place of its own.
#include <gtest/gtest.h>

#include "actors/actor_threads.hpp"
#include "actors/routing/messages.hpp"
#include "actors/status_messages.hpp"
#include "cluster/signing/key_signer.hpp"
#include "tests/support/one_thread_node.hpp"

namespace signpost::actors {
namespace {

class NodeOutside : public testing::Test {
 protected:
  void start() {
    auto made = node::make(test::one_thread_world(world, config, keys, signer),
                           test::one_thread_settings());
    ASSERT_TRUE(made.has_value()) << to_string(made.error());
    node_ = std::move(*made);
    world.settle();
  }
  void end() {
    node_->stop();
    world.settle();
    node_.reset();
  }
  /// Named numbers of the status; -1 for one that is missing.
  std::int64_t number(std::string_view name) {
    std::int64_t found = -1;
    node_->status([&](const node_status& told) {
      for (const auto& [key, value] : told.numbers) {
        if (key == name) found = value;
      }
    });
    world.settle();
    return found;
  }

  test::actor_fixture world;
  test::fixed_routing config;
  srs_keys keys{{.secrets = {"a secret of enough octets"}}};
  cluster::signing_keys signing;
  cluster::key_signer signer{
      signing, world.time, {.domain = "node.example", .host = "node.example"}};
  std::unique_ptr<node> node_;
};

router_actor::behavior_type scripted_router(router_actor::pointer, int asked) {
  return {[](const route_request&) { return route_response{}; },
          [asked](get_status) {
            return status_report{.actor = "scripted", .numbers = {{"asked", asked}}};
          }};
}

TEST_F(NodeOutside, ActorsThatStandInAreUsedAndOutliveIt) {
  auto stand_ins = std::make_shared<node_actors>();
  const auto router = stand_ins->router = world.spawn(scripted_router, 5);
  auto outside = test::one_thread_world(world, config, keys, signer);
  outside.stand_ins = stand_ins;
  auto made = node::make(std::move(outside), test::one_thread_settings());
  ASSERT_TRUE(made.has_value());
  node_ = std::move(*made);
  world.settle();
  EXPECT_EQ(node_->inside().actors.router, router);
  EXPECT_TRUE(node_->inside().actors.ingress) << "the others are its own";
  const auto own = node_->inside().actors.ingress;
  end();
  EXPECT_EQ(world.number(router, "asked"), 5);
  EXPECT_EQ(world.number(own, "messages"), -1) << "ended with the node";
}

TEST_F(NodeOutside, TellsTheNumbersOfItsActors) {
  start();
  EXPECT_EQ(number("scheduler.active"), 0);
  EXPECT_EQ(number("smtp.sessions"), 0);
  end();
}

TEST_F(NodeOutside, StatusLeavesOutWhoDoesNotAnswer) {
  start();
  std::optional<std::size_t> told;
  node_->status([&](const node_status& s) { told = s.numbers.size(); });
  // Gone, as one that hangs is for whoever asks.
  caf::anon_send_exit(node_->inside().actors.scheduler, caf::exit_reason::kill);
  world.settle();
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(number("scheduler.active"), -1);
  EXPECT_EQ(number("smtp.sessions"), 0);
  end();
}

// A system of its own, with threads: whoever lets go of the node waits for its actors.
TEST_F(NodeOutside, WaitsForItsActorsWhereItAloneHasTheSystem) {
  auto system = make_actor_system(2);
  const std::weak_ptr<caf::actor_system> watched = system;
  auto outside = test::one_thread_world(world, config, keys, signer);
  outside.system = std::move(system);
  outside.detached = true;
  {
    const auto made = node::make(std::move(outside), test::one_thread_settings());
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE((*made)->drain(seconds(10)));
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace signpost::actors
