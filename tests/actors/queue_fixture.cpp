// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/queue_fixture.hpp"

#include <algorithm>

#include "actors/delivery/messages.hpp"
#include "actors/delivery/planner_messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/signing/messages.hpp"
#include "actors/status_messages.hpp"
#include "model/routing/webhook_url.hpp"
#include "model/routing/zone.hpp"

namespace signpost::actors {

void delivery_script::finish_first(const deliver_response& response) {
  const auto id = waiting.front().id;
  waiting.pop_front();
  // A promise is kept by the actor that gave it.
  caf::anon_send(actor, delivery_done{id, response});
}

QueueTest::QueueTest() = default;

QueueTest::~QueueTest() {
  stop();
}

spool_reader_actor QueueTest::make_reader() {
  const auto script = [this](spool_reader_actor::pointer self,
                             no_arguments) -> spool_reader_actor::behavior_type {
    return {
        [this, self](const load_request& m) -> caf::result<load_response> {
          return self->delegate(reader.real, m);
        },
        [this, self](const part_request& m) { self->send(reader.real, m); },
        [this, self](const note_unreadable& m) -> caf::result<unreadable_noted> {
          return self->delegate(reader.real, m);
        },
        [this, self](const scan_request& m) -> caf::result<scan_response> {
          if (!reader.hold_scans) return self->delegate(reader.real, m);
          // The page is made now and arrives late.
          auto promise = self->make_response_promise<scan_response>();
          self->request(reader.real, caf::infinite, m)
              .then([this, promise](const scan_response& page) {
                reader.held.push_back([promise, page]() mutable { promise.deliver(page); });
              });
          return promise;
        },
        [this](get_status) {
          for (auto& task : std::exchange(reader.held, {})) task();
          return status_report{};
        },
    };
  };
  return world.spawn(script, no_arguments{});
}

mx_planner_actor QueueTest::make_planner() {
  const auto script = [this](mx_planner_actor::pointer,
                             no_arguments) -> mx_planner_actor::behavior_type {
    return {
        [this](const plan_request& m) {
          ++plans;
          delivery_plan plan;
          plan.next_hop = m.next_hop;
          if (m.next_hop.is_webhook()) plan.kind = plan_kind::webhook;
          plan.site = sites.contains(m.next_hop.text()) ? sites.at(m.next_hop.text())
                                                     : m.next_hop.text();
          plan.ttl = seconds(300);
          if (const auto it = refusals.find(m.next_hop.text()); it != refusals.end()) {
            plan.refusal = it->second;
            plan.site = "!" + m.next_hop.text();
            plan.ttl = seconds(60);
          } else {
            plan.fixed.push_back(
                {.host = "mx." + m.next_hop.text(),
                 .where = {*ip_address::parse("192.0.2.1"), 25}});
          }
          return plan_response{plan};
        },
        [](const dns_answered&) {},
        [](get_status) { return status_report{}; },
    };
  };
  return world.spawn(script, no_arguments{});
}

delivery_actor QueueTest::make_delivery() {
  const auto script = [this](delivery_actor::pointer self,
                             no_arguments) -> delivery_actor::behavior_type {
    auto promises =
        std::make_shared<std::map<std::size_t, caf::typed_response_promise<deliver_response>>>();
    return {
        [this, self, promises](deliver_request& m) -> caf::result<deliver_response> {
          delivery.requests.push_back(m);
          if (delivery.answer) return delivery.answer(m);
          auto promise = self->make_response_promise<deliver_response>();
          const auto id = delivery.requests.size();
          (*promises)[id] = promise;
          delivery.waiting.push_back({id, std::move(m)});
          delivery.at_once_max = std::max(delivery.at_once_max, delivery.waiting.size());
          return promise;
        },
        [promises](delivery_done& m) {
          promises->extract(m.id).mapped().deliver(std::move(m.response));
        },
        [](get_status) { return status_report{}; },
    };
  };
  return world.spawn(script, no_arguments{});
}

void QueueTest::start() {
  auto scripted = std::make_shared<node_actors>();
  reader_ = reader.actor = scripted->reader = make_reader();
  delivery.actor = scripted->delivery = make_delivery();
  scripted->planner = make_planner();
  auto outside = test::one_thread_world(world, config, keys, signer);
  outside.stand_ins = std::move(scripted);
  outside.scheduling = options;
  auto made = node::make(std::move(outside), settings);
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  node_ = std::move(*made);
  const auto& actors = node_->inside().actors;
  // Beside the one that is scripted there is one that reads everything, too.
  reader.real = actors.large_reader;
  spooler_ = actors.spooler;
  scheduler_ = actors.scheduler;
  world.settle();
}

void QueueTest::stop() {
  if (!node_) return;
  node_->stop();
  scheduler_ = nullptr;
  spooler_ = nullptr;
  reader_ = reader.actor = nullptr;
  delivery.actor = nullptr;
  delivery.waiting.clear();
  // Messages are held against the node's memory.
  for (auto& request : delivery.requests) request.message.body = nullptr;
  reader.held.clear();
  world.end_actors();
  reader.real = nullptr;
  node_.reset();
  world.settle();
}

model::envelope QueueTest::envelope_to(const std::string& next_hop, milliseconds due_in) {
  model::envelope e;
  e.original = "u@zone.example";
  e.destination = "u@" + next_hop;
  e.zone = "zone.example";
  e.next_hop = model::next_hop(next_hop);
  e.fallbacks = fallbacks;
  e.next_attempt = world.time.now() + due_in;
  e.expires = world.time.now() + retry.lifetime;
  return e;
}

model::queue_id QueueTest::put(const std::string& next_hop, std::size_t recipients,
                               milliseconds due_in) {
  return world.spool.put(std::vector<model::envelope>(recipients, envelope_to(next_hop, due_in)));
}

model::queue_id QueueTest::accept(const std::string& next_hop, std::size_t recipients) {
  return accept_body(next_hop, std::make_shared<const message_body>("Subject: x\r\n\r\nx\r\n"),
                     recipients);
}

model::queue_id QueueTest::accept_body(const std::string& next_hop, body_ptr body,
                                       std::size_t recipients) {
  storage::new_message m;
  m.message.id = world.spool.next_id(world.time.now());
  m.message.accepted = world.time.now();
  m.message.sender = "alice@sender.example";
  m.message.sender_proven = true;
  m.message.client_address = "198.51.100.7";
  m.message.recipients = static_cast<std::uint32_t>(recipients);
  m.body = std::move(body);
  m.message.size = m.body->size();
  for (std::uint32_t i = 0; i < recipients; ++i) {
    auto e = envelope_to(next_hop);
    e.id = m.message.id;
    e.index = i;
    m.envelopes.push_back(std::move(e));
  }
  const auto id = m.message.id;
  const auto answer = world.ask<accept_response>(spooler_, accept_request{std::move(m)});
  EXPECT_TRUE(*answer && (*answer)->receipt);
  return id;
}

result<std::size_t> QueueTest::command(queue_command::kind what, std::optional<model::queue_id> id,
                                       const std::string& next_hop) {
  // It may come long after this has returned.
  auto answer = std::make_shared<std::optional<result<std::size_t>>>();
  caf::anon_send(scheduler_, queue_command{.what = what,
                                           .id = id.value_or(model::queue_id{}),
                                           .next_hop = model::next_hop(next_hop),
                                           .done = [answer](auto r) { *answer = r; }});
  world.settle();
  if (!*answer) return fail(errc::unavailable, "no answer");
  return **answer;
}

deliver_response QueueTest::all(const deliver_request& request, smtp::reply reply,
                                const std::string& command) {
  deliver_response r;
  for (const auto& recipient : request.message.recipients) {
    smtp::recipient_result one;
    one.recipient = recipient;
    one.reply = reply;
    one.command = command;
    r.results.push_back(std::move(one));
  }
  r.host = "mx (192.0.2.1)";
  return r;
}

deliver_response QueueTest::delivered(const deliver_request& request) {
  return all(request, {250, {2, 0, 0}, {"ok"}});
}

deliver_response QueueTest::host_dead(const deliver_request& request) {
  auto r = all(request, {0, {4, 4, 1}, {"connection refused"}}, "session");
  r.host_failed = true;
  return r;
}

}  // namespace signpost::actors
