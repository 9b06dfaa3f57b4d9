// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/node_fixture.hpp"

#include "actors/auth/messages.hpp"
#include "actors/delivery/messages.hpp"
#include "actors/delivery/planner_messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/bouncer.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/spool_reader.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/routing/messages.hpp"
#include "actors/routing/router.hpp"
#include "actors/signing/messages.hpp"
#include "actors/signing/sealer.hpp"
#include "actors/status_messages.hpp"
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
  delivery_settings.client.host_name = "node.example";
  delivery_settings.client_without_tls = delivery_settings.client;
  delivery_settings.client_without_tls.tls = smtp::tls_mode::none;
  delivery_settings.metrics = &world.metrics;
  server_settings.host_name = "node.example";
  server_settings.offer_starttls = true;
}

NodeTest::~NodeTest() {
  stop();
  EXPECT_EQ(world.network.open_connections(), 0U);
  EXPECT_EQ(world.metrics.smtp.open_sessions.value(), 0);
  EXPECT_EQ(world.metrics.delivery.open_sessions.value(), 0);
  EXPECT_EQ(world.budget.used(), 0U);
}

void NodeTest::start() {
  retry.jitter_percent = 0;
  start_queue();
  client_settings.limits.sessions_max = static_cast<std::int64_t>(sessions_per_client_max);
  clients = std::make_unique<client_ledger>(client_settings);
  told = std::make_unique<stranger_record>(record_settings, world.time, world.metrics);
  context.reset(new ingress_context{.server = server_settings,
                                    .recipients = recipients,
                                    .desk = desk,
                                    .time = world.time,
                                    .memory = memory,
                                    .metrics = world.metrics,
                                    .clients = *clients,
                                    .record = *told,
                                    .ingress = start_ingress(),
                                    .spooler = spooler_,
                                    .overload = [this] { return overload; },
                                    .is_over_share = over_share,
                                    .sessions_max = sessions_max,
                                    .banner_delay = banner_delay});
  server = std::make_unique<smtp_server>(world.network, *context);
  world.settle();
}

void NodeTest::start_queue() {
  auto slot = std::make_shared<scheduler_actor>();
  spooler_ = world.spawn(spooler, spooler_dependencies{.spool = world.spool,
                                                       .copies = world.copies,
                                                       .time = world.time,
                                                       .metrics = world.metrics,
                                                       .committed = [slot](new_work work) {
                                                         if (*slot)
                                                           caf::anon_send(*slot, std::move(work));
                                                       }});
  pool = std::make_unique<delivery_pool>(world.network, delivery_settings);
  auto destination = std::make_shared<const destination_dependencies>(destination_dependencies{
      .time = world.time,
      .random = world.random,
      .metrics = world.metrics,
      .retry = retry,
      .memory = world.budget,
      .slots = slots,
      .webhook_slots = webhook_slots,
      .reader = world.spawn(
          spool_reader, spool_reader_dependencies{.spool = world.spool, .budget = world.budget}),
      .sealer = world.spawn(sealer, sealer_dependencies{.keys = keys,
                                                        .signing = signer,
                                                        .time = world.time,
                                                        .metrics = world.metrics,
                                                        .budget = &world.budget,
                                                        .options = {.host_name = "node.example",
                                                                    .workers = sealers}}),
      .delivery = world.spawn(
          delivery,
          delivery_dependencies{.time = world.time, .lanes = {{&world.network, pool.get()}}}),
      .bouncer = world.spawn(bouncer, bouncer_dependencies{.time = world.time,
                                                           .random = world.random,
                                                           .metrics = world.metrics,
                                                           .next_id = id_source(),
                                                           .host_name = "node.example",
                                                           .retry = retry,
                                                           .destinations =
                                                               [this](const address::mailbox& to) {
                                                                 return recipients
                                                                     .report_destinations(to);
                                                               }}),
      .spooler = spooler_});
  const auto planner =
      world.spawn(mx_planner, mx_planner_dependencies{.resolver = world.dns,
                                                      .time = world.time,
                                                      .random = world.random,
                                                      .metrics = world.metrics,
                                                      .mx = {.own_names = {"node.example"}}});
  scheduler_ = world.spawn(
      scheduler,
      scheduler_dependencies{.spool = world.spool, .destination = destination, .planner = planner});
  *slot = scheduler_;
}

ingress_actor NodeTest::start_ingress() {
  return world.spawn(
      ingress,
      ingress_dependencies{
          .time = world.time,
          .metrics = world.metrics,
          .record = *told,
          .next_id = id_source(),
          .host_name = "node.example",
          .recipients = recipients,
          .is_ours =
              [this](std::string_view name) { return config.current()->table->is_ours(name); },
          .authenticator = world.spawn(authenticator, auth),
          .router = world.spawn(router, retry),
          .spooler = before_spooler ? before_spooler(spooler_) : spooler_,
          .desk = desk,
          .accept_deadline = accept_deadline});
}

void NodeTest::stop() {
  server.reset();
  pool.reset();
  context.reset();
  spooler_ = nullptr;
  scheduler_ = nullptr;
  world.end_actors();
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
