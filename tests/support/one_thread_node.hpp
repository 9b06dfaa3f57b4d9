// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real node (actors/node.hpp) on one thread: what it needs, from an actor_fixture.
//
//     actor_fixture world;
//     auto outside = one_thread_world(world, config, keys, signer);
//     auto made = actors::node::make(std::move(outside), one_thread_settings());
//     world.settle();
//     …
//     (*made)->stop();
//     world.settle();     // before the node goes: its actors have to end
#pragma once

#include <memory>
#include <utility>

#include "actors/node.hpp"
#include "actors/node_actors.hpp"
#include "actors/routing/srs_keys.hpp"
#include "cluster/signing/signer.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::test {

/// A routing table that stays as it is.
class fixed_routing final : public model::routing_source {
 public:
  explicit fixed_routing(std::shared_ptr<const model::routing_table> table)
      : snapshot_(std::make_shared<const model::routing_snapshot>(
            model::routing_snapshot{.revision = 1, .table = std::move(table)})) {}
  /// Of a node without zones.
  fixed_routing()
      : fixed_routing(model::routing_table::build(
                          {}, {.host_name = *address::domain::parse("node.example"),
                               .postmaster = {*address::mailbox::parse("admin@dest.example")}})
                          .value()) {}
  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override {
    return snapshot_;
  }
  void set_doubtful(bool doubtful, bool incomplete = false) {
    snapshot_ = std::make_shared<const model::routing_snapshot>(
        model::routing_snapshot{.revision = 1,
                                .table = snapshot_->table,
                                .doubtful = doubtful,
                                .incomplete = incomplete});
  }

 private:
  std::shared_ptr<const model::routing_snapshot> snapshot_;
};

/// `node.example`, with one loop: the fake network.
inline actors::node_world one_thread_world(actor_fixture& on, const model::routing_source& routing,
                                           const actors::srs_keys& keys,
                                           cluster::signer& signer) {
  return {.time = on.time,
          .random = on.random,
          .spool = on.spool,
          .copies = on.copies,
          .resolver = on.dns,
          .routing = routing,
          .metrics = on.metrics,
          .keys = keys,
          .signing = signer,
          .return_addresses = {.fallback_local = "bounces"},
          .loops = {&on.network},
          .own_names = {"node.example"},
          .own_addresses = {},
          .host_name = "node.example",
          .tls_offered = true,
          .system = {std::shared_ptr<void>(), &on.system},
          .workers = 1,
          .detached = false};
}

/// Without chance, and without what a test has to ask for: nothing is verified, clients may say
/// what they like when they like, and their number is small.
inline actors::mail_settings one_thread_settings() {
  actors::mail_settings s;
  s.smtp.sessions_max = 100;
  s.smtp.memory_budget.value = 64U << 20;
  s.smtp.memory_client_percent = 50;
  s.smtp.client.banner_delay = milliseconds(0);
  s.smtp.client.check_hello = false;
  s.smtp.client.refuse_early_talkers = false;
  s.smtp.client.unmetered = {};
  s.auth.verify = false;
  s.queue.memory.value = 64U << 20;
  s.queue.retry.jitter_percent = 0;
  s.delivery.connections_max = 100;
  s.routing.desk_threads = 0;
  return s;
}

}  // namespace signpost::test
