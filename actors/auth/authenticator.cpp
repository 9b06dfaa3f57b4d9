// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/auth/authenticator.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/auth/messages.hpp"
#include "actors/dns_counts.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/messages.hpp"
#include "actors/status_messages.hpp"
#include "base/client_network.hpp"
#include "base/log.hpp"
#include "model/authentication/author_reader.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.authenticator");

// How many waiting checks are examined when an answer has made room.
constexpr std::size_t looked_at_max = 8;

}  // namespace

auth_worker_state::~auth_worker_state() {
  if (shared_) shared_->in_progress -= static_cast<std::int64_t>(works_.size());
}

auth_worker_state::promise auth_worker_state::authenticate(const incoming_ptr& message) {
  auto asker = self_->make_response_promise<authenticate_response>();
  const auto& with = shared_->with;
  if (!with.verify) {
    // Nothing is proven, but it is known whose name must not be used.
    asker.deliver(authenticate_response{
        {.author = model::read_author(message->body->octets()).facts}});
    return asker;
  }
  ++shared_->in_progress;
  const auto at =
      works_
          .emplace(++last_id_,
                   work{.message = message,
                        .check = std::make_unique<model::authentication>(
                            model::authentication_request{.client = message->client.address,
                                                          .helo = message->client.helo,
                                                          .sender = message->sender.to_string(),
                                                          .octets = message->body->octets(),
                                                          .now = message->received},
                            with.options),
                        .asker = asker,
                        .begun = with.time.steady_now(),
                        .network = neighbourhood_of(message->client.address),
                        .unasked = {}})
          .first;
  advance(at);
  return asker;
}

void auth_worker_state::answered(const auth_answered& m) {
  const auto& with = shared_->with;
  count_answer(with.metrics.dns, m.question, m.answer, with.time.steady_now() - m.asked);
  // Not found: given up.
  if (const auto at = works_.find(m.id); at != works_.end()) {
    --at->second.open;
    at->second.check->answer(m.question, m.answer);
    advance(at);
  }
  ask_for_those_in_line(looked_at_max);
}

void auth_worker_state::advance(works::iterator w) {
  if (w->second.check->finished()) {
    finish(w);
    return;
  }
  ask(w->first, w->second);
  arm();
}

void auth_worker_state::ask(std::uint64_t id, work& w) {
  for (auto& q : w.check->next_questions()) w.unasked.push_back(std::move(q));
  while (!w.unasked.empty() && w.open < question_shares::of_message_max
         && shared_->questions.take(w.network)) {
    ++w.open;
    resolve(id, w, std::move(w.unasked.front()));
    w.unasked.pop_front();
  }
  if (!w.unasked.empty() && !std::exchange(w.in_line, true)) line_.push_back(id);
}

void auth_worker_state::resolve(std::uint64_t id, const work& w, dns::question q) {
  const auto asked = shared_->with.time.steady_now();
  // Returned by the receiver of the answer, which may come long after the check was given up.
  shared_->with.resolver.resolve(
      q, [worker = auth_worker_actor{self_}, shared = shared_, network = w.network, id, q,
          asked](const dns::answer& answer) {
        shared->questions.give_back(network);
        caf::anon_send(worker, auth_answered{id, q, answer, asked});
      });
}

// In turn: checks that still find no room wait behind the others.
void auth_worker_state::ask_for_those_in_line(std::size_t most) {
  for (auto left = std::min(most, line_.size()); left > 0; --left) {
    const auto id = line_.front();
    line_.pop_front();
    const auto at = works_.find(id);
    if (at == works_.end()) continue;
    at->second.in_line = false;
    ask(id, at->second);
  }
}

// One timer for all: CAF 0.17 keeps each until it fires, and most checks take milliseconds.
void auth_worker_state::arm() {
  if (std::exchange(armed_, true)) return;
  self_->delayed_send(self_, auth_tick_interval, tick{});
}

void auth_worker_state::on_tick() {
  armed_ = false;
  const auto late = shared_->with.time.steady_now() - shared_->with.timeout;
  while (!works_.empty() && works_.begin()->second.begun <= late) {
    ++shared_->timed_out;
    works_.begin()->second.check->give_up("the checks did not finish in time");
    finish(works_.begin());
  }
  ask_for_those_in_line(line_.size());
  if (!works_.empty()) arm();
}

void auth_worker_state::finish(works::iterator w) {
  auto done = works_.extract(w);
  const auto& results = done.mapped().check->results();
  tell(done.mapped(), results, shared_->with.time.steady_now());
  --shared_->in_progress;
  ++shared_->finished;
  done.mapped().asker.deliver(authenticate_response{results});
}

void auth_worker_state::tell(const work& w, const model::authentication_results& results,
                             steady_time now) const {
  const auto& metrics = shared_->with.metrics.auth;
  metrics.results.add("spf", to_string(results.spf));
  metrics.results.add("spf_helo", to_string(results.spf_helo));
  metrics.results.add("dkim", to_string(results.dkim));
  metrics.results.add("dmarc", to_string(results.dmarc));
  metrics.results.add("arc", to_string(results.arc));
  const auto took = now - w.begun;
  metrics.seconds.observe(std::chrono::duration<double>(took).count());
  if (!log_.enabled(log_level::debug)) return;
  log_.debug("message.authenticated",
             {{"client", w.message->client.address.to_string()},
              {"from", loggable_address(w.message->sender.to_string())},
              {"author_domain", results.author_domain},
              {"spf", to_string(results.spf)},
              {"dkim", to_string(results.dkim)},
              {"dmarc", to_string(results.dmarc)},
              {"disposition", to_string(results.disposition)},
              {"arc", to_string(results.arc)},
              {"vouched_by", results.vouched_by},
              {"temporary", results.temporary},
              {"took_ms", std::chrono::duration_cast<milliseconds>(took).count()}});
}

auth_worker_actor::behavior_type auth_worker(auth_worker_state::pointer self,
                                             std::shared_ptr<auth_shared> shared) {
  self->state.start(std::move(shared));
  return {
      [self](const authenticate_request& m) -> caf::result<authenticate_response> {
        return self->state.authenticate(m.message);
      },
      [self](const auth_answered& m) { self->state.answered(m); },
      [self](tick) { self->state.on_tick(); },
  };
}

void authenticator_state::start(authenticator_dependencies with) {
  shared_ = std::make_shared<auth_shared>(std::move(with));
  for (std::size_t i = 0; i < std::max<std::size_t>(shared_->with.workers, 1); ++i) {
    workers_.push_back(self_->spawn(auth_worker, shared_));
    // Workers end with it, and it ends with them: a pool that has lost a worker must not look
    // healthy.
    self_->link_to(workers_.back());
  }
}

const auth_worker_actor& authenticator_state::next_worker() {
  turn_ = (turn_ + 1) % workers_.size();
  return workers_[turn_];
}

status_report authenticator_state::status() const {
  return {.actor = name,
          .numbers = {{"in_progress", shared_->in_progress.load()},
                      {"finished", shared_->finished.load()},
                      {"timed_out", shared_->timed_out.load()},
                      {"keys_cached", static_cast<std::int64_t>(shared_->keys.size())},
                      {"questions", static_cast<std::int64_t>(shared_->questions.open())},
                      {"workers", static_cast<std::int64_t>(workers_.size())}}};
}

authenticator_actor::behavior_type authenticator(authenticator_state::pointer self,
                                                 authenticator_dependencies with) {
  self->state.start(std::move(with));
  return {
      [self](const authenticate_request& m) {
        return self->delegate(self->state.next_worker(), m);
      },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
