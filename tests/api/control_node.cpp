// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/control_node.hpp"

namespace signpost::test {
namespace {

address::mailbox mailbox(std::string_view text) {
  return address::mailbox::parse(text).value();
}

model::zone example_zone() {
  model::zone z{.id = "zone.example", .name = address::domain::parse("zone.example").value()};
  z.rules.push_back({.id = "info@zone.example",
                     .name = "",
                     .address = mailbox("info@zone.example"),
                     .action = {.destinations = {{.mailbox = mailbox("alice@dest.example")}}}});
  z.rules.push_back(
      {.id = "old@zone.example",
       .name = "",
       .address = mailbox("old@zone.example"),
       .action = {.kind = model::action_kind::reject, .reject_text = "This address is closed"}});
  return z;
}

}  // namespace

fixed_config::fixed_config() {
  auto table = model::routing_table::build(
      {example_zone()}, {.host_name = address::domain::parse("mx.test.example").value(),
                         .postmaster = {mailbox("ops@dest.example")}});
  EXPECT_TRUE(table.has_value()) << to_string(table.error());
  snapshot_ = std::make_shared<const model::routing_snapshot>(
      model::routing_snapshot{.revision = 7, .table = *table});
}

control_node::control_node()
    : spool(storage::must_open({.path = folder.path() + "/spool", .time = &time})) {
  health.set_ready("spool");
}

api::queue_action control_node::recorder(std::string verb) {
  return [this, verb = std::move(verb)](const std::optional<model::queue_id>& id,
                                        const std::string& next_hop, auto done) {
    commands.push_back({verb, id ? id->to_string() : "", next_hop});
    done(outcome);
  };
}

api::rest_world control_node::world() {
  const api::node_facts facts{.spool = *spool,
                              .routing = config,
                              .health = health,
                              .time = time,
                              .host_name = "mx.test.example",
                              .version = "1.2.3",
                              .started = storage::start,
                              .numbers = [] {
                                return std::vector<std::pair<std::string, std::int64_t>>{
                                    {"scheduler.active", 5}};
                              }};
  api::rest_world w{
      .routing = config, .time = time, .random = random, .resolver = resolver};
  w.host_name = facts.host_name;
  w.spool = spool.get();
  w.retry = recorder("retry");
  w.remove = recorder("remove");
  w.status = [facts] { return api::node_status(facts); };
  return w;
}

}  // namespace signpost::test
