// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The link of this node over sockets: a listener, connections to the others, TLS on all of them,
// and a thread of its own.
//
//     const socket_link_options options{.listen = where, .us = us, .tls = context};
//     SP_TRY(auto opened, socket_link::open(options, random, time));
//     opened->link().set_members(others);
//
// Before a connection is authenticated it has a place in a small table, a socket and a TLS session
// whose sizes are bounded; nothing of it reaches the engine. It has `authenticate_within` for that.
// One client network has `waiting_per_client` places, and keeps a place for a while when it fails:
// whoever tries again and again waits for it. If all `waiting_max` places are taken, the oldest is
// given up, strangers before networks where members are: an honest node needs milliseconds.
//
// Files of certificates are looked at every `reload_every`; what has changed is used for new
// connections. A connection ends when its peer's certificate expires.
//
// Threads: open and the destructor any, one at a time; link() as node_link.
#pragma once

#include <cstddef>
#include <memory>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "cluster/link/link_engine.hpp"
#include "cluster/link/node_link.hpp"

namespace signpost::net {
class mutual_tls_context;
}

namespace signpost::cluster {

struct socket_link_options {
  endpoint listen;
  link::node_facts us;
  link::link_limits limits = {};
  std::shared_ptr<net::mutual_tls_context> tls;
  milliseconds connect_within{3'000};
  milliseconds authenticate_within{5'000};
  std::size_t waiting_max = 128;
  std::size_t waiting_per_client = 16;
  milliseconds failure_costs{1'000};  ///< how long a client keeps the place of a failure
  milliseconds reload_every{10'000};
};

/// What became of connections before they were authenticated.
struct socket_link_counts {
  std::uint64_t accepted = 0;
  std::uint64_t authenticated = 0;
  std::uint64_t refused = 0;     ///< by their certificate, or without one
  std::uint64_t late = 0;        ///< not authenticated in time
  std::uint64_t turned_away = 0; ///< without a handshake: too many of one client
  std::uint64_t evicted = 0;     ///< not yet authenticated when all places were taken
  std::size_t waiting = 0;       ///< now
};

class socket_link {
 public:
  /// As net::listen fails. `random` and `time` outlive it.
  static result<std::unique_ptr<socket_link>> open(const socket_link_options& options,
                                                   random_source& random, const clock& time);
  /// Closes all connections. Requests that have no answer never get one.
  ~socket_link();
  socket_link(const socket_link&) = delete;
  socket_link& operator=(const socket_link&) = delete;

  [[nodiscard]] link::node_link& link();
  /// With the port that the kernel chose if 0 was given.
  [[nodiscard]] endpoint bound() const;
  [[nodiscard]] socket_link_counts counts() const;
  /// For tests: runs a task on the link's thread.
  [[nodiscard]] link::poster posts() const;

 private:
  class inside;
  explicit socket_link(std::unique_ptr<inside> made);
  std::unique_ptr<inside> inside_;
};

}  // namespace signpost::cluster
