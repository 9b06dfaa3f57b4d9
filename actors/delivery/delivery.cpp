// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/delivery.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/delivery/messages.hpp"
#include "actors/delivery/webhook_attempt.hpp"
#include "actors/status_messages.hpp"
#include "base/assert.hpp"

namespace signpost::actors {
namespace {

constexpr auto sweep_interval = std::chrono::seconds(1);
// How long a peer may take to answer QUIT.
constexpr auto quit_patience = std::chrono::seconds(5);

}  // namespace

delivery_pool::delivery_pool(net::executor& network, const delivery_options& options)
    : network_(network), options_(options) {}

delivery_pool::~delivery_pool() = default;

void delivery_pool::deliver(deliver_request request, done_callback done) {
  const auto id = next_id_++;
  auto key = request.site + '#' + std::to_string(request.slot);
  std::unique_ptr<delivery_session> idle;
  if (const auto it = idle_.find(key); it != idle_.end()) {
    idle = std::move(it->second.session);
    idle_.erase(it);
    if (!idle->usable()) retire(std::move(idle));
  }
  auto attempt = std::make_unique<delivery_attempt>(
      network_, options_, std::move(request), std::move(idle),
      [this, id, key, done = std::move(done)](deliver_response response,
                                              std::unique_ptr<delivery_session> session) {
        finished(id, key, std::move(response), std::move(session), done);
      });
  auto& placed = *attempt;
  attempts_.emplace(id, std::move(attempt));
  placed.begin();
}

void delivery_pool::finished(std::uint64_t id, const std::string& key, deliver_response response,
                             std::unique_ptr<delivery_session> session, const done_callback& done) {
  if (session) {
    // The callback comes from inside the session: it is parked, not destroyed, here.
    auto& place = idle_[key];
    if (place.session) retire(std::move(place.session));
    place = {std::move(session), network_.now()};
    arm_sweep();
  }
  done(std::move(response));
  attempts_.erase(id);
}

void delivery_pool::retire(std::unique_ptr<delivery_session> session) {
  session->quit();
  leaving_.push_back({std::move(session), network_.now()});
  arm_sweep();
}

void delivery_pool::arm_sweep() {
  if (!timer_) timer_ = network_.call_after(sweep_interval, [this] { sweep(); });
}

void delivery_pool::sweep() {
  timer_.reset();
  const auto now = network_.now();
  std::erase_if(leaving_, [&](const idle_session& s) { return now - s.since >= quit_patience; });
  for (auto it = idle_.begin(); it != idle_.end();) {
    if (it->second.session->usable() && now - it->second.since < options_.idle_max) {
      ++it;
      continue;
    }
    auto session = std::move(it->second.session);
    it = idle_.erase(it);
    retire(std::move(session));
  }
  if (!idle_.empty() || !leaving_.empty()) arm_sweep();
}

void delivery_pool::abort() {
  timer_.reset();
  attempts_.clear();
  idle_.clear();
  leaving_.clear();
}

void delivery_state::start(delivery_dependencies with) {
  SP_ASSERT(!with.lanes.empty());
  with_.emplace(std::move(with));
}

caf::typed_response_promise<deliver_response> delivery_state::deliver(deliver_request& request) {
  auto promise = self_->make_response_promise<deliver_response>();
  const auto id = next_id_++;
  promises_.emplace(id, promise);
  if (request.webhook) {
    post(id, std::move(request));
    return promise;
  }
  const auto& lanes = with_->lanes;
  // Always the same lane: its pool has the session that was kept for this site and slot.
  const auto& lane = lanes[(std::hash<std::string>{}(request.site) + request.slot) % lanes.size()];
  auto shared = std::make_shared<deliver_request>(std::move(request));
  // The answer comes back as a message: a promise belongs to the actor's own thread.
  lane.network->post([pool = lane.pool, shared, id, actor = delivery_actor{self_}] {
    pool->deliver(std::move(*shared), [actor, id](deliver_response response) {
      caf::anon_send(actor, delivery_done{id, std::move(response)});
    });
  });
  return promise;
}

void delivery_state::post(std::uint64_t id, deliver_request request) {
  SP_ASSERT(with_->webhooks != nullptr);
  auto order = post_of(std::move(request));
  const auto url = order.url;
  with_->webhooks->post(
      std::move(order), [actor = delivery_actor{self_}, id, url, &time = with_->time,
                         began = with_->time.steady_now()](const result<webhook_answer>& got) {
        auto response = response_of(url, got, time.now());
        response.took = std::chrono::duration_cast<milliseconds>(time.steady_now() - began);
        caf::anon_send(actor, delivery_done{id, std::move(response)});
      });
}

void delivery_state::done(delivery_done& message) {
  auto node = promises_.extract(message.id);
  SP_ASSERT(!node.empty());
  node.mapped().deliver(std::move(message.response));
}

status_report delivery_state::status() const {
  return {.actor = name, .numbers = {{"attempts", static_cast<std::int64_t>(promises_.size())}}};
}

delivery_actor::behavior_type delivery(delivery_state::pointer self, delivery_dependencies with) {
  self->state.start(std::move(with));
  return {
      [self](deliver_request& request) -> caf::result<deliver_response> {
        return self->state.deliver(request);
      },
      [self](delivery_done& message) { self->state.done(message); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
