// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node that the program runs, with parts and roles that a test gives it.
#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <fstream>
#include <memory>
#include <string>

#include "actors/actor_threads.hpp"
#include "actors/auth/messages.hpp"
#include "actors/node_actors.hpp"
#include "actors/status_messages.hpp"
#include "apps/signpostd/node/running_node.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/fake_spool.hpp"
#include "tests/support/http_call.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost {
namespace {

using cluster::role;
using cluster::role_set;

class BuildNode : public testing::Test {
 protected:
  BuildNode() {
    settings.host_name = "mx.test.example";
    settings.data_dir = folder.path() + "/data";
    settings.zones_file = folder.path() + "/zones.yaml";
    settings.postmaster = {"ops@dest.example"};
    settings.loops = 1;
    settings.threads = 2;
    settings.monitoring_listen.clear();
    settings.mail.smtp.listen = {"127.0.0.1:0"};
    std::ofstream(settings.zones_file) << "zones: []\nallow_empty: true\n";
  }

  /// What every one of these tests gives: a DNS without a network.
  node_parts parts() {
    node_parts p{.settings = std::make_unique<daemon_settings>(settings)};
    auto answers = std::make_unique<test::table_resolver>([](auto task) { task(); });
    dns = answers.get();
    p.resolver = std::move(answers);
    return p;
  }
  static result<std::unique_ptr<running_node>> started(node_parts p,
                                                       role_set roles = role_set::all()) {
    SP_CHECK(complete(p));
    return build_node(std::move(p), roles);
  }
  result<net::web_response> status() {
    return test::http_call(
        {.server = control_socket_path(settings), .target = "/signpost/v1/status"});
  }

  storage::temporary_folder folder;
  daemon_settings settings;
  test::table_resolver* dns = nullptr;
};

bool at_once(milliseconds) {
  return true;
}

TEST_F(BuildNode, RunsOnThePartsItIsGiven) {
  auto p = parts();
  auto spool = std::make_unique<test::fake_spool>();
  spool->state = storage::spool_health::full;
  p.spool = std::move(spool);
  ASSERT_TRUE(complete(p));
  const auto& health = *p.health;
  const auto made = build_node(std::move(p), role_set::all());
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  ASSERT_FALSE(dns->asked().empty()) << "the probe asks the resolver that was given";
  EXPECT_NE(dns->asked().front().name.find("mx.test.example"), std::string::npos);
  EXPECT_EQ(health.reasons(), std::vector<std::string>{"spool: trouble of the disk"});
  const auto told = status();
  ASSERT_TRUE(told.has_value()) << to_string(told.error());
  EXPECT_EQ(told->status, 200);
  EXPECT_NE(told->body.find(R"("host_name":"mx.test.example")"), std::string::npos) << told->body;
  (*made)->shut_down(at_once);
  EXPECT_FALSE(status().has_value()) << "nobody answers any more";
}

TEST_F(BuildNode, IdsCarryTheNumberThatTheNodeHasAmongOthers) {
  class seventh final : public cluster::membership {
    [[nodiscard]] cluster::node_identity self() const override { return {.number = 7}; }
  };
  auto p = parts();
  p.membership = std::make_unique<seventh>();
  ASSERT_TRUE(complete(p));
  const auto id = p.spool->next_id(wall_time(seconds(1'790'000'000)));
  EXPECT_EQ(id.octets().substr(6, 2), std::string_view("\0\7", 2));
}

// Whatever fails, what was begun before ends: the same directory can be used at once.
TEST_F(BuildNode, AFailedStartLeavesNothingBehind) {
  for (const auto& [setting, value] : {std::pair{"monitoring.listen", "192.0.2.1:1"},
                                       std::pair{"smtp.listen", "192.0.2.1:25"}}) {
    auto p = parts();
    if (std::string_view(setting) == "smtp.listen") {
      p.settings->mail.smtp.listen.push_back(value);
    } else {
      p.settings->monitoring_listen = value;
    }
    const auto failed = started(std::move(p));
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().context.find(setting), std::string::npos) << failed.error().context;
  }
  const auto made = started(parts());
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
}

TEST_F(BuildNode, ARoleThatNobodyHasIsRefused) {
  for (const auto one : {role::auth, role::routing, role::signing, role::delivery}) {
    const auto refused = build_node(parts(), role_set::all().without(one));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_NE(refused.error().context.find(cluster::to_string(one)), std::string::npos);
  }
}

TEST_F(BuildNode, WithoutIngressItHasNoListener) {
  auto p = parts();
  p.settings->mail.smtp.listen = {"192.0.2.1:25"};  // which could not be opened
  const auto made = started(std::move(p), role_set::all().without(role::ingress));
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  EXPECT_TRUE(status().has_value());
}

TEST_F(BuildNode, AStandInHasTheRole) {
  auto p = parts();
  p.system = actors::make_actor_system(1);
  const auto proxy = [](actors::authenticator_actor::pointer,
                        int asked) -> actors::authenticator_actor::behavior_type {
    return {[](const actors::authenticate_request&) { return actors::authenticate_response{}; },
            [asked](actors::get_status) {
              return actors::status_report{.actor = "proxy", .numbers = {{"asked", asked}}};
            }};
  };
  auto stand_ins = std::make_shared<actors::node_actors>();
  auto handle = stand_ins->authenticator = p.system->spawn(proxy, 1);
  p.stand_ins = std::move(stand_ins);
  const auto made = started(std::move(p), role_set::all().without(role::auth));
  // The node waits for all actors, and it is not its own to end.
  const auto end_it = [&] { caf::anon_send_exit(handle, caf::exit_reason::user_shutdown); };
  if (!made) {
    end_it();
    FAIL() << to_string(made.error());
  }
  const auto told = status();
  end_it();
  handle = nullptr;
  (*made)->shut_down(at_once);
  ASSERT_TRUE(told.has_value());
  EXPECT_NE(told->body.find(R"("proxy.asked":1)"), std::string::npos) << told->body;
}

}  // namespace
}  // namespace signpost
