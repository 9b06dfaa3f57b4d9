// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Links of several nodes in one process, with a time that a test moves: no sockets, no threads.
//
//     fake_link_network network;
//     network.add({.name = "a", .number = 1});
//     network.add({.name = "b", .number = 2});
//     network.introduce();
//     network.advance(milliseconds(100));
//     network.link(1).request(2, …);
//     network.stop(2);                     // as SIGSTOP does
//
// Everything between the nodes is that of the program (cluster::link::link_engine); only the
// sockets are not: connections hold `socket_octets` each way, as those of a kernel do.
//
// Threads: one, except what posters are given.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "cluster/link/engine_link.hpp"

namespace signpost::test {

class fake_link_network {
 public:
  static constexpr std::size_t socket_octets = 256 * 1024;
  static constexpr milliseconds step{5};
  static constexpr milliseconds connect_within{1'000};

  explicit fake_link_network(cluster::link::link_limits limits = {}, std::uint64_t seed = 1);
  ~fake_link_network();

  /// What is empty in `facts` is filled in.
  void add(cluster::link::node_facts facts);
  /// Tells all nodes of all.
  void introduce();
  void advance(milliseconds by);
  /// True as soon as `done` is; false if it is not within `at_most`.
  bool wait(const std::function<bool()>& done, milliseconds at_most);

  /// The node neither reads, writes nor counts time.
  void stop(cluster::link::node_number n);
  void resume(cluster::link::node_number n);
  /// The process is gone, its connections are reset.
  void kill(cluster::link::node_number n);
  /// After kill: another process of the same node, without handlers and members.
  void restart(cluster::link::node_number n);
  /// Nothing arrives any more between two nodes, and nobody is told.
  void cut(cluster::link::node_number a, cluster::link::node_number b);
  void heal(cluster::link::node_number a, cluster::link::node_number b);

  [[nodiscard]] cluster::link::node_link& link(cluster::link::node_number n);
  [[nodiscard]] cluster::link::link_engine& engine(cluster::link::node_number n);
  /// Connects to the node as one that has `who`'s certificate; what it writes is collected.
  struct stranger {
    std::string received;
    bool closed = false;
    bool reads = true;
    std::function<void(std::string_view octets)> send;
  };
  std::shared_ptr<stranger> connect(cluster::link::node_number n,
                                    const cluster::link::identity& who);
  [[nodiscard]] cluster::link::identity identity_of(cluster::link::node_number n) const;
  [[nodiscard]] std::size_t connections() const { return pipes_.size(); }
  /// Connects that were begun, by anyone.
  [[nodiscard]] std::size_t dials() const { return dials_; }

 private:
  struct node;
  struct pipe;
  class port;

  void pump();
  bool pump_once();
  bool move_octets(pipe& p);
  void dial(node& from, cluster::link::connection_id id, const cluster::link::member& to);
  void connected(node& from, cluster::link::connection_id id, std::string name,
                 cluster::link::node_number to);
  void later(milliseconds delay, std::function<void()> task);
  node* at_address(const std::string& address);
  [[nodiscard]] bool is_cut(cluster::link::node_number a, cluster::link::node_number b) const;

  const cluster::link::link_limits limits_;
  seeded_random random_;
  steady_time now_{seconds{1'000'000}};
  std::map<cluster::link::node_number, std::unique_ptr<node>> nodes_;
  std::vector<std::shared_ptr<pipe>> pipes_;
  std::multimap<steady_time, std::function<void()>> timers_;
  std::set<std::pair<cluster::link::node_number, cluster::link::node_number>> cuts_;
  std::size_t dials_ = 0;
  std::uint64_t boots_ = 0;
};

}  // namespace signpost::test
