// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real node on one thread, for tests of its queue half — SPOOLER, SPOOL READER, SCHEDULER,
// destination queues, SEALER, BOUNCER —, with a planner and a delivery agent that do what a test
// says.
#pragma once

#include <gtest/gtest.h>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/delivery/messages.hpp"
#include "actors/node.hpp"
#include "actors/node_actors.hpp"
#include "actors/queue/destination_queue.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/scheduler.hpp"
#include "actors/queue/spool_reader.hpp"
#include "actors/queue/spooler.hpp"
#include "actors/routing/srs_keys.hpp"
#include "cluster/signing/key_signer.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/one_thread_node.hpp"

namespace signpost::actors {

using test::actor_fixture;
using test::no_arguments;

/// A delivery agent: attempts wait until the test answers them, or are answered by `answer`.
struct delivery_script {
  struct attempt {
    std::uint64_t id = 0;
    deliver_request request;
  };
  delivery_actor actor;
  std::function<deliver_response(const deliver_request&)> answer;
  std::deque<attempt> waiting;
  std::vector<deliver_request> requests;
  std::size_t at_once_max = 0;

  /// Answers the oldest attempt; runs with the next settle().
  void finish_first(const deliver_response& response);
};

/// A reader that can hold its answers back.
struct reader_script {
  spool_reader_actor actor;
  spool_reader_actor real;  ///< the node's own, which reads
  bool hold_scans = false;
  std::deque<std::function<void()>> held;
  /// Lets the answers go with the next settle().
  void release() const { caf::anon_send(actor, get_status{}); }
};

class QueueTest : public testing::Test {
 protected:
  QueueTest();
  ~QueueTest() override;

  /// Makes the node; again after stop() it is a restart over the same spool.
  void start();
  void stop();

  model::envelope envelope_to(const std::string& next_hop, milliseconds due_in = milliseconds(0));
  /// Stores one message without telling anybody.
  model::queue_id put(const std::string& next_hop, std::size_t recipients = 1,
                      milliseconds due_in = milliseconds(0));
  /// Accepts a message through the SPOOLER, as the INGRESS does.
  model::queue_id accept(const std::string& next_hop, std::size_t recipients = 1);
  model::queue_id accept_body(const std::string& next_hop, body_ptr body,
                              std::size_t recipients = 1);
  result<std::size_t> command(queue_command::kind what, std::optional<model::queue_id> id,
                              const std::string& next_hop = {});
  /// Answers for all recipients of a request.
  static deliver_response all(const deliver_request& request, smtp::reply reply,
                              const std::string& command = ".");
  static deliver_response delivered(const deliver_request& request);
  static deliver_response host_dead(const deliver_request& request);
  /// For what is queued.
  memory_budget& memory() { return node_->inside().queue; }
  /// Attempts at once that a destination is given at first.
  [[nodiscard]] std::size_t window() const {
    return static_cast<std::size_t>(settings.delivery.concurrency_initial);
  }
  void set_window(std::int64_t size) {
    settings.delivery.concurrency_initial = settings.delivery.concurrency_max = size;
  }
  std::int64_t active() { return world.number(scheduler_, "active"); }

  actor_fixture world;
  delivery_script delivery;
  reader_script reader;
  /// By next hop; others get one address.
  std::map<std::string, smtp::reply> refusals;
  std::map<std::string, std::string> sites;
  std::size_t plans = 0;
  /// Of every envelope that is made.
  std::vector<std::string> fallbacks;
  scheduler_options options;
  mail_settings settings = test::one_thread_settings();
  model::retry_policy& retry = settings.queue.retry;
  test::fixed_routing config;
  srs_keys keys{{.secrets = {"a secret of enough octets"}}};
  cluster::signing_keys signing;
  cluster::key_signer signer{
      signing, world.time, {.domain = "node.example", .host = "node.example"}};

  std::unique_ptr<node> node_;
  spooler_actor spooler_;
  spool_reader_actor reader_;
  scheduler_actor scheduler_;

 private:
  spool_reader_actor make_reader();
  mx_planner_actor make_planner();
  delivery_actor make_delivery();
};

}  // namespace signpost::actors
