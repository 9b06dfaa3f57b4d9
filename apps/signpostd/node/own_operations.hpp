// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the API asks of a node, asked of the one in this process.
//
// Threads: any, until the node is stopped; what is under way then is answered.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/node.hpp"
#include "actors/routing/srs_keys.hpp"
#include "api/frame/node_operations.hpp"
#include "api/frame/node_state.hpp"
#include "apps/signpostd/descriptor_plan.hpp"
#include "apps/signpostd/node/node_signing.hpp"
#include "apps/signpostd/node/set_up.hpp"
#include "apps/signpostd/node/snapshot_desk.hpp"
#include "base/clock.hpp"
#include "monitoring/health.hpp"
#include "storage/spool/spool.hpp"

namespace signpost {

/// All references must outlive the operations.
struct own_node {
  actors::node& node;
  snapshot_desk& snapshots;
  node_signing& signing;
  const actors::srs_keys& keys;
  const storage::spool& spool;
  const set_up& config;
  const monitoring::health_state& health;
  const clock& time;
  descriptor_plan descriptors = {};
  std::string host_name;
  std::string version;
  wall_time started;
  std::string webhook_key;
};

class own_operations final : public api::node_operations {
 public:
  explicit own_operations(own_node here) : here_(std::move(here)) {}

  void retry(api::queue_target what, answer_to<std::size_t> done) override;
  void remove(api::queue_target what, answer_to<std::size_t> done) override;
  void send_mail(api::own_mail mail, answer_to<model::queue_id> done) override;
  void rewritten_sender(std::string sender, std::string zone,
                        answer_to<std::string> done) override;
  void dkim_changed(answer_to<void> done) override;
  void webhook_secret(std::string zone_name, std::string rule_id,
                      answer_to<std::string> done) override;
  void status(answer_to<api::node_state> done) override;
  void make_snapshot(answer_to<api::snapshot_report> done) override;
  void remove_snapshot(answer_to<void> done) override;

 private:
  using named_numbers = std::vector<std::pair<std::string, std::int64_t>>;

  [[nodiscard]] api::node_state state(named_numbers numbers) const;
  void add_own_numbers(named_numbers& numbers) const;

  own_node here_;
};

}  // namespace signpost
