// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// An actor system on one thread with a clock that a test moves. The same clock moves the actors'
// timers, the fake network's and the `clock` that code is given; it moves in small steps, because
// a timer that arms itself anew fires once per step only.
//
//     actor_fixture world;
//     auto queue = world.spawn(scheduler, …);   // ended with the fixture
//     world.settle();                            // runs all that can run now
//     world.advance(minutes{5});
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/status_messages.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "monitoring/families.hpp"
#include "tests/support/fake_copies.hpp"
#include "tests/support/fake_spool.hpp"
#include "tests/support/fake_transport.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost::test {

/// For actors that are made of a function alone: without any argument CAF 0.17 dereferences a null
/// pointer to none.
struct no_arguments {};

class actor_fixture {
 private:
  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };

 public:
  actor_fixture()
      : system(config_),
        actors_(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())) {}
  /// Ends all actors: a test that leaves one running would wait for it for ever.
  ~actor_fixture() { end_actors(); }

  template <typename... Args>
  auto spawn(Args&&... args) {
    auto handle = system.spawn(std::forward<Args>(args)...);
    living_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  void end_actors() {
    for (const auto& a : living_) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    living_.clear();
    settle();
  }

  /// Runs actors and network until nobody has anything to do at this time.
  void settle() {
    do {
      actors_.run();
      network.run_until_idle();
    } while (actors_.has_job());
  }

  void advance(milliseconds by, milliseconds step = milliseconds(500)) {
    settle();
    while (by.count() > 0) {
      const auto now = std::min(by, step);
      by -= now;
      time.advance(now);
      network.advance(now);
      actors_.advance_time(now);
      settle();
    }
  }

  /// As advance() in steps of a millisecond; how many messages were handled.
  std::size_t advance_counting(milliseconds by) {
    settle();
    std::size_t handled = 0;
    for (; by.count() > 0; --by) {
      time.advance(milliseconds(1));
      actors_.advance_time(milliseconds(1));
      handled += actors_.run();
    }
    return handled;
  }

  /// Sends and runs; the answer, or nothing if there was none yet.
  template <typename Answer, typename Actor, typename Message>
  std::shared_ptr<std::optional<Answer>> ask(const Actor& actor, Message message) {
    auto answer = std::make_shared<std::optional<Answer>>();
    const auto asking = [answer, actor](caf::event_based_actor* self, const Message& m) {
      self->request(actor, caf::infinite, m)
          .then([answer](Answer& a) { answer->emplace(std::move(a)); }, [](const caf::error&) {});
    };
    system.spawn(asking, std::move(message));
    settle();
    return answer;
  }

  /// A number of an actor's status.
  template <typename Actor>
  std::int64_t number(const Actor& actor, std::string_view key) {
    const auto answer = ask<actors::status_report>(actor, actors::get_status{});
    if (!*answer) return -1;
    for (const auto& [name, value] : (*answer)->numbers) {
      if (name == key) return value;
    }
    return -1;
  }

  test::manual_clock time;
  seeded_random random{7};
  monitoring::metrics metrics{{.version = "test"}};
  fake_executor network;
  test::table_resolver dns{[this](std::function<void()> task) { network.post(std::move(task)); }};
  fake_spool spool;
  fake_copies copies;
  memory_budget budget{64U << 20};

 private:
  test_config config_;

 public:
  caf::actor_system system;

 private:
  caf::scheduler::test_coordinator& actors_;
  std::vector<caf::actor> living_;
};

}  // namespace signpost::test
