// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/node_fixture.hpp"

#include "base/assert.hpp"

namespace signpost::actors {
namespace {

address::mailbox mailbox(std::string_view text) {
  return *address::mailbox::parse(text);
}

model::routing_rule rule(const std::string& local, model::rule_action action) {
  return {.id = local,
          .name = local,
          .address = mailbox(local + "@zone.example"),
          .action = std::move(action)};
}

// user@ of a zone that wants other things of authentication than zone.example does.
model::zone other_zone(const std::string& name, model::admission_policy admission) {
  model::zone z;
  z.id = name;
  z.name = *address::domain::parse(name);
  z.rules = {{.id = "user",
              .name = "user",
              .address = mailbox("user@" + name),
              .action = {.kind = model::action_kind::forward,
                         .destinations = {{.mailbox = mailbox("user@dest.example")}}}}};
  z.admission = admission;
  return z;
}

// bounces@, which is also the fall-back of rewritten senders in these tests, has a rule.
model::zone claiming_zone() {
  auto z = other_zone("claims.example", {});
  auto bounces = z.rules.front();
  bounces.id = "bounces";
  bounces.address = mailbox("bounces@claims.example");
  bounces.action.destinations = {{.mailbox = mailbox("returned@dest.example")}};
  z.rules.push_back(bounces);
  return z;
}

// picky@ takes no mail whose SPF fails, large@ none of more than 1000 octets, and what the sender
// proves to have sent goes to proven@; fakes@ takes only what fails.
model::zone conditional_zone() {
  using enum model::authentication_method;
  const auto with = [](model::routing_rule r, model::rule_conditions conditions) {
    r.id += "-if";
    r.conditions = std::move(conditions);
    return r;
  };
  const auto of = [](const std::string& local, model::rule_action action) {
    auto r = rule(local, std::move(action));
    r.address = mailbox(local + "@cond.example");
    return r;
  };
  const auto to = [](const std::string& local) {
    return model::rule_action{.destinations = {{.mailbox = mailbox(local + "@dest.example")}}};
  };
  const auto words = [](const char* text) { return *model::verdict_set::parse(text); };
  model::zone z;
  z.id = "cond";
  z.name = *address::domain::parse("cond.example");
  z.admission = model::admission_policy::open();
  const model::rule_action no{.kind = model::action_kind::reject, .reject_text = "not like this"};
  z.rules = {of("plain", to("plain")),
             of("picky", to("picky")),
             with(of("picky", no), {.authentication = {{spf, words("fail")}}}),
             with(of("picky", to("proven")), {.authentication = {{spf, words("pass")}}}),
             of("large", to("large")),
             with(of("large", no), {.size_over = 1000}),
             with(of("fakes", to("fakes")), {.authentication = {{spf, words("fail")}}})};
  return z;
}

// Two hundred patterns, the last of which takes what ends in `-ok`; none is matched on a loop.
model::zone heavy_zone() {
  model::zone z;
  z.id = "heavy";
  z.name = *address::domain::parse("heavy.example");
  z.admission = model::admission_policy::open();
  const auto add = [&](const std::string& id, const std::string& text, model::rule_action action) {
    z.rules.push_back({.id = id,
                       .matcher = model::matcher_kind::regex,
                       .pattern = *model::address_pattern::regex(text),
                       .action = std::move(action)});
  };
  for (int i = 0; i < 200; ++i) {
    add(std::to_string(i), ".*x.{9}" + std::to_string(i) + "@heavy\\.example",
        {.kind = model::action_kind::drop});
  }
  add("ok", ".*-ok@heavy\\.example",
      {.destinations = {{.mailbox = mailbox("ok@dest.example")}}});
  add("if", "if@heavy\\.example", {.destinations = {{.mailbox = mailbox("if@dest.example")}}});
  z.rules.back().conditions = {.size_under = 1000};
  return z;
}

std::shared_ptr<const model::routing_table> table() {
  using model::action_kind;
  model::zone z;
  z.id = "z1";
  z.name = *address::domain::parse("zone.example");
  z.rules = {rule("user", {.kind = action_kind::forward,
                           .destinations = {{.mailbox = mailbox("user@dest.example")}}}),
             rule("two", {.kind = action_kind::forward,
                          .destinations = {{.mailbox = mailbox("one@dest.example")},
                                           {.mailbox = mailbox("two@dest.example")}}}),
             rule("gone", {.kind = action_kind::drop}),
             rule("no", {.kind = action_kind::reject, .reject_text = "not here"})};
  auto built = model::routing_table::build(
      {z, conditional_zone(), claiming_zone(),
       other_zone("lax.example", model::admission_policy::open()),
       heavy_zone(),
       other_zone("strict.example", {.quarantine = model::quarantine_action::reject})},
      {.host_name = *address::domain::parse("node.example"),
       .postmaster = {mailbox("admin@dest.example")}});
  SP_ASSERT(built.has_value());
  return *built;
}

}  // namespace

NodeTest::NodeTest() : config(table()) {
  world.dns.add_mx("dest.example", 10, "mx.dest.example")
      .add_address("mx.dest.example", "203.0.113.1")
      .add_mx("sender.example", 10, "mx.sender.example")
      .add_address("mx.sender.example", "203.0.113.2");
}

NodeTest::~NodeTest() {
  stop();
  EXPECT_EQ(world.network.open_connections(), 0U);
  EXPECT_EQ(world.metrics.smtp.open_sessions.value(), 0);
  EXPECT_EQ(world.metrics.delivery.open_sessions.value(), 0);
}

void NodeTest::start() {
  auto outside = test::one_thread_world(world, config, keys, signer);
  outside.own_addresses = own_addresses;
  outside.workers = workers;
  outside.commit_deadline = accept_deadline;
  outside.stand_ins = std::make_shared<const node_actors>(stand_ins);
  auto made = node::make(std::move(outside), settings);
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  node_ = std::move(*made);
  const auto inside = node_->inside();
  context = &inside.sessions;
  server = inside.servers.front().get();
  spooler_ = inside.actors.spooler;
  world.settle();
}

void NodeTest::stop() {
  if (!node_) return;
  const auto inside = node_->inside();
  inside.servers.clear();
  node_->stop();
  spooler_ = nullptr;
  stand_ins = {};
  world.end_actors();
  EXPECT_EQ(inside.incoming.used(), 0U);
  EXPECT_EQ(inside.queue.used(), 0U);
  node_.reset();
  world.settle();
}

NodeTest::client NodeTest::connect(std::string* greeting, const std::string& from) {
  auto [mine, theirs] = world.network.incoming({*ip_address::parse(from), 5000},
                                               {*ip_address::parse("192.0.2.25"), 25});
  server->accept(std::move(mine));
  world.settle();
  const auto said = theirs->take();
  if (greeting != nullptr) *greeting = said;
  return {*this, theirs};
}

std::string NodeTest::client::send(const std::string& octets) {
  peer_->send(octets);
  test_.world.settle();
  return peer_->take();
}

std::string NodeTest::client::hand_over(const std::string& sender,
                                        const std::vector<std::string>& recipients,
                                        const std::string& octets) {
  say("EHLO client.example");
  say("MAIL FROM:<" + sender + ">");
  for (const auto& r : recipients) say("RCPT TO:<" + r + ">");
  say("DATA");
  return send(octets + ".\r\n");
}

}  // namespace signpost::actors
