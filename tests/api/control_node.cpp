// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/control_node.hpp"

#include "tests/storage/support.hpp"

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

std::shared_ptr<storage::spool> open_spool(const std::string& path, const clock& time) {
  return storage::must_open({.path = path, .time = &time});
}

control_node::control_node()
    : spool(open_spool(folder.path() + "/spool", time)) {
  node.outcome = std::size_t{2};
  node.state = {.host_name = "mx.test.example",
                .version = "1.2.3",
                .started = storage::start,
                .uptime = std::chrono::minutes(3),
                .ready = true,
                .totals = {.messages = 1, .envelopes = 2},
                .routing = api::routing_state{.revision = 7, .zones = 1, .rules = 2},
                .numbers = {{"scheduler.active", 5}}};
}

api::rest_world control_node::world() {
  api::rest_world w{
      .routing = config, .time = time, .random = random, .resolver = resolver};
  w.host_name = "mx.test.example";
  w.spool = spool.get();
  w.node = &node;
  return w;
}

}  // namespace signpost::test
