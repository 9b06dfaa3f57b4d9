// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Three nodes on the loopback interface, each with its thread and certificate.
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>

#include "cluster/sockets/socket_link.hpp"
#include "tests/cluster/link/link_world.hpp"
#include "tests/cluster/sockets/test_certificates.hpp"

namespace signpost::cluster::link {
namespace {

class socket_world final : public link_world {
 public:
  socket_world() {
    for (node_number n = 1; n <= 3; ++n) {
      tls_[n] = certificates_.of_node(name_of(n), roles_of(n));
      restart(n);
    }
  }
  ~socket_world() override {
    for (auto& [n, stopped] : stopped_) stopped.set_value();
  }

  [[nodiscard]] node_link& link(node_number n) override { return nodes_.at(n)->link(); }
  void introduce() override {
    std::vector<member> all;
    for (const auto& [n, node] : nodes_) {
      if (node) {
        all.push_back({.number = n, .name = name_of(n), .address = node->bound().to_string()});
      }
    }
    for (const auto& [n, node] : nodes_) {
      if (node) node->link().set_members(all);
    }
  }
  bool wait(const std::function<bool()>& done, milliseconds at_most) override {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::unique_lock lock(mutex_);
      never_.wait_for(lock, milliseconds(2));
    }
    return true;
  }
  void stop(node_number n) override {
    auto& stopped = stopped_[n];
    std::promise<void> reached;
    nodes_.at(n)->posts()([&reached, until = std::shared_future(stopped.get_future())] {
      reached.set_value();
      until.wait();
    });
    reached.get_future().get();
  }
  void resume(node_number n) override {
    stopped_.at(n).set_value();
    stopped_.erase(n);
  }
  void kill(node_number n) override { nodes_[n].reset(); }
  void restart(node_number n) override {
    ports_.try_emplace(n, std::uint16_t{0});
    socket_link_options options{.listen = {*ip_address::parse("127.0.0.1"), ports_[n]},
                                .us = {.cluster = test_cluster_id,
                                       .name = name_of(n),
                                       .node_id = id_of(n),
                                       .boot = next_boot(),
                                       .number = n,
                                       .roles = roles_of(n)},
                                .limits = test_limits(),
                                .tls = tls_[n]};
    nodes_[n] = socket_link::open(options, random_, time_).value();
    ports_[n] = nodes_[n]->bound().port;
  }
  [[nodiscard]] steady_time now() const override { return time_.steady_now(); }

 private:
  static std::string name_of(node_number n) { return "node-" + std::to_string(n); }
  static std::string id_of(node_number n) {
    return std::string(31, '0') + std::to_string(n);
  }
  std::string next_boot() {
    const auto digits = std::to_string(++boots_);
    return std::string(32 - digits.size(), 'b') + digits;
  }
  static role_set roles_of(node_number n) {
    return n == 3 ? role_set().with(role::ingress) : role_set::all();
  }

  test_certificates certificates_;
  system_clock time_;
  system_random random_;
  std::map<node_number, std::shared_ptr<net::mutual_tls_context>> tls_;
  std::map<node_number, std::uint16_t> ports_;
  std::map<node_number, std::promise<void>> stopped_;
  std::map<node_number, std::unique_ptr<socket_link>> nodes_;
  std::uint64_t boots_ = 0;
  std::mutex mutex_;
  std::condition_variable never_;
};

}  // namespace

std::unique_ptr<link_world> make_link_world() {
  return std::make_unique<socket_world>();
}

}  // namespace signpost::cluster::link
