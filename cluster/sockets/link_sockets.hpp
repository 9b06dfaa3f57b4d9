// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The sockets of a socket_link, and the engine that speaks over them. For socket_link.cpp only.
//
// Threads: the link's, except `posts`.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "cluster/link/link_engine.hpp"
#include "cluster/sockets/socket_link.hpp"
#include "net/loop/event_loop.hpp"
#include "net/loop/listener.hpp"

namespace signpost::cluster {

class link_sockets final : public link::wire_port {
 public:
  link_sockets(const socket_link_options& options, net::event_loop& loop, random_source& random,
               const clock& time);
  ~link_sockets() override;

  /// The first of all.
  result<void> listen();
  /// From now on `posts` drops what it is given. Any thread; the last of all.
  void shut();
  [[nodiscard]] link::link_engine& engine() { return engine_; }
  [[nodiscard]] endpoint bound() const { return listener_->bound(); }
  [[nodiscard]] socket_link_counts counts() const;

  void dial(link::connection_id id, const link::member& to) override;
  void write(link::connection_id id, std::string_view octets) override;
  [[nodiscard]] std::size_t unsent(link::connection_id id) const override;
  void close(link::connection_id id) override;
  [[nodiscard]] link::poster posts() override;
  [[nodiscard]] steady_time now() const override { return loop_.now(); }

 private:
  class socket;
  using waiting_list = std::list<std::unique_ptr<socket>>;
  /// Runs tasks on the loop until it is shut.
  struct door {
    std::mutex mutex;
    net::event_loop* loop = nullptr;  // guarded by mutex
  };

  void accept(std::unique_ptr<net::connection> made);
  void dialed(link::connection_id id, const link::member& to,
              result<std::unique_ptr<net::connection>> made);
  result<void> judge(socket& s, const std::string& expected, const std::vector<std::string>& uris,
                     wall_time until);
  void authenticated(socket& s);
  void ended(socket& s, std::string_view reason);
  void refuse(waiting_list::iterator which, std::string_view reason);
  void complain(const endpoint& who, std::string_view reason);
  void evict();
  void give_back_place(const ip_address& client);
  void look_at_members();
  bool has_place(const ip_address& client) const;
  void give_up_late();
  void check_expiry();
  void reload();
  void tick();

  const socket_link_options options_;
  net::event_loop& loop_;
  const clock& time_;
  std::shared_ptr<door> door_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  ///< for connects under way
  std::unordered_map<link::connection_id, std::unique_ptr<socket>> sockets_;
  waiting_list waiting_;  ///< not yet authenticated, the oldest first
  std::map<ip_address, std::size_t> places_;  ///< by client
  std::multimap<steady_time, ip_address> kept_places_;
  std::set<ip_address> member_clients_;  ///< networks where members are
  socket_link_counts counts_;
  steady_time complain_again_{};
  std::uint64_t not_told_ = 0;
  steady_time reload_at_{};
  steady_time expiry_at_{};
  link::link_engine engine_;
  std::unique_ptr<net::listener> listener_;
  std::unique_ptr<net::timer> ticking_;
};

}  // namespace signpost::cluster
