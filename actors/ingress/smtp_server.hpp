// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SMTP sessions of one event loop: joins server sessions to connections, answers MAIL and RCPT
// from the routing table, and hands complete messages to the INGRESS.
//
// Threads: its executor's; `ingress_context` is shared by all loops and const or atomic.
// Limits: `ingress_context`.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/ingress/client_ledger.hpp"
#include "actors/ingress/memory_shares.hpp"
#include "actors/ingress/stranger_record.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "actors/routing/rule_desk.hpp"
#include "base/clock.hpp"
#include "monitoring/families.hpp"
#include "net/loop/transport.hpp"
#include "proto/smtp/replies.hpp"
#include "proto/smtp/server_session.hpp"

namespace signpost::actors {

/// What the sessions of all loops share.
struct ingress_context {
  smtp::server_options server;
  const recipient_policy& recipients;
  rule_desk& desk;
  const clock& time;
  memory_shares& memory;
  monitoring::metrics& metrics;
  client_ledger& clients;
  stranger_record& record;
  ingress_actor ingress;
  spooler_actor spooler;
  /// A refusal while the node cannot accept mail (store sick, disk full), checked at MAIL.
  std::function<std::optional<smtp::refusal>()> overload;
  /// Whether mail for the zone has to wait because it takes too much of the disk; null: never.
  std::function<bool(std::string_view zone)> is_over_share = {};
  /// For all loops together; above that: 421. The last tenth is for clients that have delivered
  /// mail lately; while it is in use, sessions idle for `crowded_idle` are ended.
  std::size_t sessions_max = 20'000;
  /// How long a client that has not delivered anything lately waits for the banner; a client that
  /// sends anything before it is refused.
  milliseconds banner_delay{0};
  /// Destinations of all recipients of a transaction; above that: 452, as for too many recipients.
  /// A single recipient has at most model::routing_table::destinations_max.
  std::size_t copies_max = 1000;
  mutable std::atomic<std::size_t> sessions{0};
};

class smtp_session;

class smtp_server {
 public:
  static constexpr milliseconds crowded_idle = std::chrono::seconds(10);

  smtp_server(net::executor& network, const ingress_context& context);
  ~smtp_server();

  /// A new connection from a listener.
  void accept(std::unique_ptr<net::connection> connection);
  /// Sends 421 to everyone as soon as no transaction is interrupted by that; new connections are
  /// refused.
  void shut_down();
  [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }

 private:
  friend class smtp_session;

  void refuse(net::connection& connection, const ip_address& client, smtp::say why);
  void ended(std::uint64_t id);
  void message_answered(std::uint64_t id, const smtp::final_reply& reply);
  void recipient_decided(std::uint64_t id, model::route_decision route);
  /// True when only the sessions reserved for known clients are left.
  [[nodiscard]] bool is_crowded() const;
  void arm_sweep();
  void sweep();

  net::executor& network_;
  const ingress_context& context_;
  std::unordered_map<std::uint64_t, std::unique_ptr<smtp_session>> sessions_;
  /// Ended sessions that may still be on the stack; freed by the next turn of the loop.
  std::vector<std::unique_ptr<smtp_session>> ended_;
  std::uint64_t next_id_ = 0;
  bool shutting_down_ = false;
  std::unique_ptr<net::timer> timer_;
};

}  // namespace signpost::actors
