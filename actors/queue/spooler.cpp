// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/spooler.hpp"

#include <caf/send.hpp>
#include <utility>

#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.spooler");

constexpr auto poll_interval = std::chrono::seconds(1);

std::size_t octets_of(const storage::new_message& message) {
  return message.body ? message.body->size() : 0;
}

}  // namespace

void spooler_state::start(spooler_dependencies dependencies) {
  with_.emplace(std::move(dependencies));
  self_->delayed_send(self_, poll_interval, tick{});
}

caf::typed_response_promise<accept_response> spooler_state::accept(accept_request& request) {
  auto promise = self_->make_response_promise<accept_response>();
  octets_ += octets_of(request.message);
  accepts_.push_back({std::move(request.message), promise});
  schedule_commit();
  return promise;
}

caf::typed_response_promise<settle_response> spooler_state::settle(settle_request& request) {
  auto promise = self_->make_response_promise<settle_response>();
  settles_.push_back({std::move(request), promise});
  schedule_commit();
  return promise;
}

void spooler_state::record(record_event& event) {
  // Refusals are written with the next commit, and dropped when there are too many between two: an
  // attacker must not fill the disk with them. Metrics count all.
  if (events_.size() < with_->options.batch_messages_max) {
    events_.push_back(std::move(event.event));
  }
}

caf::typed_response_promise<settle_response> spooler_state::finish() {
  auto promise = self_->make_response_promise<settle_response>();
  finishing_.push_back(promise);
  schedule_commit();
  return promise;
}

void spooler_state::schedule_commit() {
  if (octets_ >= with_->options.batch_octets_max
      || accepts_.size() >= with_->options.batch_messages_max) {
    commit_all();
    return;
  }
  if (scheduled_) return;
  scheduled_ = true;
  // Behind everything that is in the mailbox now: all of that becomes one write.
  self_->send(self_, tick{});
}

void spooler_state::on_tick() {
  const auto now = with_->time.steady_now();
  if (now >= next_poll_) {
    next_poll_ = now + poll_interval;
    with_->spool.poll_health();
    with_->metrics.spool.state.show_state(storage::to_string(with_->spool.health()));
    const auto totals = with_->spool.totals();
    const std::chrono::duration<double> age =
        totals.oldest ? with_->time.now() - *totals.oldest : milliseconds{0};
    with_->metrics.queue.messages.set(static_cast<double>(totals.messages));
    with_->metrics.queue.recipients.with("queued").set(static_cast<double>(totals.envelopes));
    with_->metrics.queue.oldest_age_seconds.set(age.count());
    self_->delayed_send(self_, poll_interval, tick{});
    settles_failed_ = false;
  }
  commit_all();
}

void spooler_state::commit_all() {
  scheduled_ = false;
  const bool settle_now = !settles_.empty() && !settles_failed_;
  // One write for everything while the store is well. Else two: a full disk must be able to refuse
  // new messages and still take settlements, which is what frees space.
  if (settle_now && with_->spool.health() == storage::spool_health::well) {
    commit({.accepts = true, .settles = true});
  } else {
    if (settle_now) commit({.accepts = false, .settles = true});
    if (!accepts_.empty() || !events_.empty()) commit({.accepts = true, .settles = false});
  }
  if (settles_.empty()) {
    for (auto& promise : finishing_) promise.deliver(settle_response{});
    finishing_.clear();
  }
}

new_work spooler_state::work_of(const storage::new_message& message) const {
  return {.record = std::make_shared<const model::message_record>(message.message),
          .body = message.body,
          .envelopes = message.envelopes};
}

void spooler_state::announce(std::vector<new_work> works) {
  for (auto& work : works) {
    if (!work.envelopes.empty()) with_->committed(std::move(work));
  }
}

// Accepted messages come first in the change set, so that receipts and `accepts_` run in parallel.
void spooler_state::commit(parts which) {
  storage::change_set changes;
  std::vector<new_work> works;
  std::size_t updates = 0;
  if (which.accepts) {
    for (auto& event : events_) changes.record(std::move(event));
    events_.clear();
    for (auto& pending : accepts_) {
      works.push_back(work_of(pending.message));
      changes.accept(std::move(pending.message));
    }
  }
  if (which.settles) {
    for (const auto& pending : settles_) {
      for (const auto& update : pending.request.updates) changes.update(update);
      updates += pending.request.updates.size();
      for (const auto& message : pending.request.messages) {
        works.push_back(work_of(message));
        changes.accept(message);
      }
    }
  }
  const auto began = with_->time.steady_now();
  auto receipts = with_->spool.commit(std::move(changes));
  if (receipts) {
    const std::chrono::duration<double> took = with_->time.steady_now() - began;
    with_->metrics.spool.commit_seconds.observe(took.count());
    with_->metrics.spool.commit_operations.observe(static_cast<double>(works.size() + updates));
    announce(std::move(works));
  } else {
    log_.error("spool.commit_failed", {{"error", to_string(receipts.error())},
                                       {"messages", accepts_.size()},
                                       {"settlements", settles_.size()}});
  }
  if (which.accepts) answer_accepts(receipts);
  if (which.settles) answer_settles(receipts.has_value());
}

void spooler_state::answer_accepts(result<std::vector<commit_receipt>>& receipts) {
  for (std::size_t i = 0; i < accepts_.size(); ++i) {
    if (receipts) {
      accepts_[i].promise.deliver(accept_response{std::move((*receipts)[i])});
    } else {
      accepts_[i].promise.deliver(accept_response{tl::unexpected(receipts.error())});
    }
  }
  accepts_.clear();
  octets_ = 0;
}

void spooler_state::answer_settles(bool durable) {
  // Those that are not durable are kept; on_tick tries again every second.
  settles_failed_ = !durable;
  if (!durable) return;
  for (auto& pending : settles_) pending.promise.deliver(settle_response{});
  settles_.clear();
}

status_report spooler_state::status() const {
  return {.actor = name,
          .numbers = {{"accepts_waiting", static_cast<std::int64_t>(accepts_.size())},
                      {"settlements_waiting", static_cast<std::int64_t>(settles_.size())}}};
}

spooler_actor::behavior_type spooler(spooler_state::pointer self,
                                     spooler_dependencies dependencies) {
  self->state.start(std::move(dependencies));
  return {
      [self](accept_request& request) -> caf::result<accept_response> {
        return self->state.accept(request);
      },
      [self](settle_request& request) -> caf::result<settle_response> {
        return self->state.settle(request);
      },
      [self](record_event& event) { self->state.record(event); },
      [self](tick) { self->state.on_tick(); },
      [self](drain_request) -> caf::result<settle_response> { return self->state.finish(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
