// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole node on one thread: every actor, an SMTP server on the fake network, DNS from a table, a
// spool in memory that outlives a restart, and one scripted mail host for dest.example.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "actors/auth/authenticator.hpp"
#include "actors/delivery/delivery.hpp"
#include "actors/delivery/mx_planner.hpp"
#include "actors/ingress/ingress.hpp"
#include "actors/ingress/smtp_server.hpp"
#include "actors/queue/scheduler.hpp"
#include "actors/queue/spooler.hpp"
#include "actors/routing/recipient_policy.hpp"
#include "actors/routing/srs_keys.hpp"
#include "cluster/signing/key_signer.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/scripted_mail_host.hpp"

namespace signpost::actors {

/// A routing table that stays as it is.
class fixed_config final : public model::routing_source {
 public:
  explicit fixed_config(std::shared_ptr<const model::routing_table> table)
      : snapshot_(std::make_shared<const model::routing_snapshot>(
          model::routing_snapshot{.revision = 1, .table = std::move(table)})) {}
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

/// zone.example: user@ → user@dest.example, two@ → one@ and two@dest.example, gone@ is dropped,
/// no@ is refused. user@lax.example, whose zone takes everything, and user@strict.example, whose
/// zone refuses what is to be quarantined, go there, too. cond.example has rules with conditions.
/// heavy.example has patterns that are too much for a loop: …-ok@ goes to ok@dest.example, and
/// if@, if the message is small, to if@dest.example.
class NodeTest : public testing::Test {
 protected:
  NodeTest();
  /// Every test ends with sessions, connections and gauges at zero.
  ~NodeTest() override;

  void start();
  void stop();
  /// Parts of start().
  void start_queue();
  [[nodiscard]] ingress_actor start_ingress();
  [[nodiscard]] auto id_source() {
    return [this](wall_time t) { return world.spool.next_id(t); };
  }

  /// A client with its session.
  class client {
   public:
    client(NodeTest& test, std::shared_ptr<test::fake_peer> peer)
        : test_(test), peer_(std::move(peer)) {}
    /// Sends a line and returns what was answered.
    std::string say(const std::string& line) { return send(line + "\r\n"); }
    std::string send(const std::string& octets);
    /// EHLO, MAIL, RCPT, DATA and the message: the answer to the final dot.
    std::string hand_over(const std::string& sender, const std::vector<std::string>& recipients,
                          const std::string& octets);
    [[nodiscard]] test::fake_peer& peer() { return *peer_; }

   private:
    NodeTest& test_;
    std::shared_ptr<test::fake_peer> peer_;
  };
  /// Connects; `greeting` gets what is said first.
  client connect(std::string* greeting = nullptr, const std::string& from = "198.51.100.7");

  test::actor_fixture world;
  test::scripted_mail_host dest{world.network, "203.0.113.1"};
  test::scripted_mail_host origin{world.network, "203.0.113.2"};
  srs_keys keys{{.secrets = {"a secret of enough octets"}}};
  cluster::signing_keys signing;
  cluster::key_signer signer{
      signing, world.time, {.domain = "node.example", .host = "node.example"}};
  fixed_config config;
  rule_desk desk{{.threads = 0}, world.time, world.metrics};
  recipient_policy recipients{config, keys, {.fallback_local = "bounces"}, world.time};
  model::retry_policy retry;
  delivery_options delivery_settings;
  std::size_t sealers = 1;
  std::size_t sessions_max = 100;
  std::size_t sessions_per_client_max = 50;
  ledger_options client_settings;
  record_limits record_settings;
  milliseconds banner_delay{0};
  milliseconds accept_deadline{seconds(30)};
  /// Set: what the INGRESS has in the SPOOLER's place, made from that.
  std::function<spooler_actor(spooler_actor)> before_spooler;
  std::optional<smtp::refusal> overload;
  std::function<bool(std::string_view zone)> over_share;
  smtp::server_options server_settings;
  /// Nothing is checked unless a test wants it.
  authenticator_dependencies auth{.resolver = world.dns,
                                  .time = world.time,
                                  .metrics = world.metrics,
                                  .options = {.authserv_id = "node.example"},
                                  .verify = false};

  std::unique_ptr<delivery_pool> pool;
  memory_shares memory{world.budget, 50};
  connection_slots slots{100};
  connection_slots webhook_slots{100};
  std::unique_ptr<client_ledger> clients;
  std::unique_ptr<stranger_record> told;
  std::unique_ptr<ingress_context> context;
  std::unique_ptr<smtp_server> server;
  spooler_actor spooler_;
  scheduler_actor scheduler_;
};

inline constexpr const char* plain_message =
    "From: alice@sender.example\r\nSubject: hi\r\n\r\nx\r\n";

}  // namespace signpost::actors
