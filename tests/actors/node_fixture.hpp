// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real node on one thread, with an SMTP server on the fake network, DNS from a table, a spool
// in memory that outlives a restart, and one scripted mail host for dest.example.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "actors/ingress/smtp_server.hpp"
#include "actors/node.hpp"
#include "actors/node_actors.hpp"
#include "actors/routing/srs_keys.hpp"
#include "cluster/signing/key_signer.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/one_thread_node.hpp"
#include "tests/support/scripted_mail_host.hpp"

namespace signpost::actors {

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

  /// Again after stop() it is a restart over the same spool.
  void start();
  void stop();
  /// For what comes in.
  [[nodiscard]] memory_budget& memory() { return node_->inside().incoming; }

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
  test::fixed_routing config;
  mail_settings settings = test::one_thread_settings();
  std::vector<ip_address> own_addresses;
  std::size_t workers = 1;
  milliseconds accept_deadline{seconds(30)};
  node_actors stand_ins;

  std::unique_ptr<node> node_;
  ingress_context* context = nullptr;
  smtp_server* server = nullptr;
  spooler_actor spooler_;
};

inline constexpr const char* plain_message =
    "From: alice@sender.example\r\nSubject: hi\r\n\r\nx\r\n";

}  // namespace signpost::actors
