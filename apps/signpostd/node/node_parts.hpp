// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node is made of and does not make itself: clock and random, disks, keys, network, threads.
//
//     node_parts parts{.settings = std::move(settings)};
//     parts.resolver = std::move(resolver);   // what is there already stays
//     SP_CHECK(complete(parts));               // the rest is opened
//     SP_TRY(auto node, build_node(std::move(parts), cluster::role_set::all()));
//
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/delivery/webhook_poster.hpp"
#include "actors/routing/srs_keys.hpp"
#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/node/descriptor_budgets.hpp"
#include "apps/signpostd/node/node_signing.hpp"
#include "apps/signpostd/node/set_up.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "cluster/copies.hpp"
#include "cluster/membership.hpp"
#include "monitoring/families.hpp"
#include "monitoring/health.hpp"
#include "net/http/web_client.hpp"
#include "net/loop/event_loop.hpp"
#include "net/tls/tls_context.hpp"
#include "proto/dns/resolver.hpp"
#include "storage/spool/spool.hpp"

namespace caf {
class actor_system;
}

namespace signpost {

namespace actors {
struct node_actors;
}

/// Later ones use earlier ones, and go before them.
struct node_parts {
  std::unique_ptr<daemon_settings> settings;  ///< checked and completed
  std::unique_ptr<const clock> time = {};
  std::unique_ptr<random_source> random = {};
  std::unique_ptr<monitoring::metrics> metrics = {};
  std::unique_ptr<monitoring::health_state> health = {};
  std::unique_ptr<descriptor_budgets> descriptors = {};
  // Among other nodes.
  std::unique_ptr<cluster::membership> membership = {};
  std::unique_ptr<cluster::copies> copies = {};
  // On the disk (node_stores.cpp).
  std::unique_ptr<set_up> config = {};
  std::unique_ptr<actors::srs_keys> srs = {};
  std::unique_ptr<node_signing> signing = {};
  std::string webhook_key = {};
  std::unique_ptr<storage::spool> spool = {};
  // The network (node_network.cpp).
  std::shared_ptr<net::tls_server_context> certificate = {};
  std::unique_ptr<dns::resolver> resolver = {};
  std::unique_ptr<net::web_client> web_client = {};
  std::unique_ptr<actors::webhook_poster> webhooks = {};
  std::vector<std::unique_ptr<net::event_loop_thread>> loops = {};
  std::unique_ptr<net::event_loop_thread> http_loop = {};
  std::unique_ptr<net::event_loop_thread> health_loop = {};
  // The actors.
  std::shared_ptr<caf::actor_system> system = {};
  /// Of roles that this node does not have; null: it has all.
  std::shared_ptr<const actors::node_actors> stand_ins = {};
};

/// Makes and opens everything that is not there yet. The error says what to change;
/// errc::no_space: there is no room to open a store.
result<void> complete(node_parts& parts);

/// Steps of it.
result<void> open_stores(node_parts& parts);
result<void> open_network(node_parts& parts);

/// Of the actors, too.
[[nodiscard]] std::size_t actor_threads_of(const daemon_settings& settings);

}  // namespace signpost
