// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A node's actors and what lives beside them on the event loops, put together and taken apart in
// order. Sockets, disks, clocks and the actor system come in through `node_world`, so that a test
// builds this very node.
//
//     SP_TRY(const auto n, node::make(world, settings));  // actors run, the queue is read
//     n->server(0).accept(std::move(connection));  // on the first loop, for each that comes
//     n->stop_accepting();
//     n->drain(30s);
//     n->stop();
//
// Threads: one thread calls these; `server(i)` is touched on its loop only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/ingress/disk_shares.hpp"
#include "actors/queue/scheduler_options.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "actors/settings.hpp"
#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/copies.hpp"
#include "model/queue/queue_id.hpp"
#include "model/routing/routing_source.hpp"
#include "monitoring/families.hpp"
#include "net/loop/transport.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::cluster {
class signer;
}

namespace signpost::storage {
class spool;
}

namespace caf {
class actor_system;
}

namespace signpost::actors {

struct node_actors;
class smtp_server;
struct ingress_context;
class srs_keys;
struct own_letter;
class webhook_poster;

/// Everything outside. All must outlive the node.
struct node_world {
  const clock& time;
  random_source& random;
  storage::spool& spool;
  cluster::copies& copies;
  dns::resolver& resolver;
  const model::routing_source& routing;
  monitoring::metrics& metrics;
  const srs_keys& keys;
  cluster::signer& signing;
  /// Of return addresses; the node fills in the secret.
  recipient_policy_options return_addresses;
  /// At least one; sessions and deliveries are spread over them.
  std::vector<net::executor*> loops;
  /// Names and addresses under which this node takes mail (MX loops).
  std::vector<std::string> own_names;
  std::vector<ip_address> own_addresses;
  std::string host_name;
  bool tls_offered = false;
  /// Posts to webhooks; nullptr: mail for them waits. Requests under way when the node has stopped
  /// must end before it is destroyed.
  webhook_poster* webhooks = nullptr;
  /// From which the secrets of webhooks are made (actors/signing/webhook_signing.hpp).
  std::string webhook_key;
  /// How long a client waits for its message to become durable; then it is told to try again.
  milliseconds commit_deadline = std::chrono::seconds(30);
  /// How much room there is for the queue; not set: unknown, and not divided into shares.
  std::function<std::optional<disk_room>()> disk = {};
  /// Where the actors run (actor_threads.hpp). The node lets go of it before anything that its
  /// actors use: as the last owner it waits for them there. Whoever keeps it sees to it that they
  /// have ended, after `stop`, before he destroys the node.
  std::shared_ptr<caf::actor_system> system;
  /// Helpers of those actors that have some.
  std::size_t workers = 2;
  /// Actors in place of the node's own: those that are set here are not made, nor ended by `stop`.
  /// Proxies of what other nodes do, and what a test scripts. Null: the node makes all.
  std::shared_ptr<const node_actors> stand_ins = {};
  /// Whether actors that wait for the disk have threads of their own; not where all run on one.
  bool detached = true;
  /// But for what `queue.*` sets.
  scheduler_options scheduling = {};
};

struct node_status {
  std::vector<std::pair<std::string, std::int64_t>> numbers;
};

/// What a node is made of, for tests.
struct node_inside {
  const node_actors& actors;
  memory_budget& incoming;
  memory_budget& queue;
  ingress_context& sessions;
  std::vector<std::unique_ptr<smtp_server>>& servers;  ///< one for each loop
};

class node {
 public:
  static constexpr milliseconds status_patience{2'000};

  /// errc::malformed names a setting that cannot be used (routes, addresses, schedule).
  static result<std::unique_ptr<node>> make(node_world world, const mail_settings& settings);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  [[nodiscard]] smtp_server& server(std::size_t loop);

  /// An attempt now, or removal, of a message (`id`) or of all for a next hop. `done` gets how many
  /// recipients it was; errc::not_found, errc::conflict (being delivered). Any thread.
  void retry(const std::optional<model::queue_id>& id, const std::string& next_hop,
             std::function<void(result<std::size_t>)> done);
  void remove(const std::optional<model::queue_id>& id, const std::string& next_hop,
              std::function<void(result<std::size_t>)> done);
  /// Sends one of the node's own letters (actors/queue/own_letter.hpp), signed like all mail.
  /// `done` gets its id once it is on the disk, however long a sick disk takes; errc::malformed;
  /// errc::denied: the address is ours and accepts no mail. Any thread, until `stop`.
  void submit_own(const own_letter& letter, std::function<void(result<model::queue_id>)> done);
  /// `done` gets the numbers of all actors, of which those that do not answer within
  /// `status_patience` are missing. Any thread, until `stop`.
  void status(std::function<void(node_status)> done) const;
  /// Calls `turned` on the SPOOLER's, or the SCHEDULER's, thread when its turn comes; not at all if
  /// it hangs. Any thread, until `stop`.
  void ask_spooler(std::function<void()> turned);
  void ask_scheduler(std::function<void()> turned);
  /// Why nobody's mail is taken just now though the store is well; empty if some is. Any thread.
  [[nodiscard]] std::string refusing_all() const;
  /// Writes the gauges that are read when somebody asks (memory, queue).
  void publish_gauges() const;

  /// To be called about twice a second: reports, in the log, in events and in metrics, which
  /// clients were paused and how many lines were left out because they caused too many.
  void tell_of_clients();

  /// Tells sessions to end (421) and refuses new ones.
  void stop_accepting();
  /// True when no session is left.
  [[nodiscard]] bool sessions_ended() const;
  /// Lets running attempts end, for at most `patience`; starts none. Then what was said to the
  /// spool is durable. False if attempts were still running.
  bool drain(milliseconds patience);
  /// Ends the actors. The loops must still run; afterwards they may be stopped.
  void stop();

  [[nodiscard]] node_inside inside();

 private:
  struct impl;
  explicit node(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::actors
