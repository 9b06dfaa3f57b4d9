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

// Not the store but something in the set is wrong: it must not hold up everybody else.
bool is_about_one(const error& e) {
  return e.code != errc::unavailable && e.code != errc::no_space;
}

}  // namespace

void spooler_state::start(spooler_dependencies dependencies) {
  with_.emplace(std::move(dependencies));
  self_->delayed_send(self_, poll_interval, tick{});
}

caf::typed_response_promise<accept_response> spooler_state::accept(accept_request& request) {
  auto promise = self_->make_response_promise<accept_response>();
  octets_ += octets_of(request.message);
  accepts_.push_back({std::move(request.message), std::move(request.gate), promise});
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
    with_->metrics.spool.unaccounted.set(static_cast<double>(with_->spool.unaccounted()));
    publish_damage();
    with_->metrics.spool.unreadable.set(static_cast<double>(with_->spool.unreadable()));
    look_at_scrub();
    self_->delayed_send(self_, poll_interval, tick{});
    settles_failed_ = false;
  }
  commit_all();
}

// While the disk hung their clients have been told to keep them; what is written now would only be
// delivered twice.
void spooler_state::drop_abandoned() {
  std::size_t dropped = 0;
  std::erase_if(accepts_, [&](pending_accept& pending) {
    if (!pending.gate || pending.gate->take()) return false;
    octets_ -= octets_of(pending.message);
    ++dropped;
    answer_accept(pending, fail(errc::unavailable, "nobody waits for it any more"), 0);
    return true;
  });
  if (dropped > 0) log_.info("spool.not_written", {{"messages", dropped}});
}

void spooler_state::publish_damage() const {
  const auto log = with_->spool.log_state();
  const auto& shown = with_->metrics.activity;
  const auto raise = [](const monitoring::counter& to, std::uint64_t now) {
    if (now > to.value()) to.add(now - to.value());
  };
  shown.well.set(log.well ? 1 : 0);
  raise(shown.lost_events, log.lost);
  raise(shown.unreadable, log.damaged_rows);
  raise(shown.set_aside, log.set_aside);
  raise(with_->metrics.spool.damaged_files, with_->spool.damaged_files());
}

void spooler_state::look_at_scrub() const {
  const auto scrub = with_->spool.scrub();
  const auto& shown = with_->metrics.spool;
  const auto raise = [](const monitoring::counter& to, std::uint64_t now) {
    if (now > to.value()) to.add(now - to.value());
  };
  raise(shown.scrub_octets, scrub.octets);
  raise(shown.scrub_passes, scrub.passes);
  raise(shown.scrub_findings, scrub.findings);
  shown.scrub_progress.set(scrub.progress);
  for (const auto& id : with_->spool.take_damaged()) {
    if (with_->damaged) with_->damaged(id);
  }
}

void spooler_state::commit_all() {
  scheduled_ = false;
  drop_abandoned();
  const bool settle_now = !settles_.empty() && !settles_failed_;
  const bool accept_now = !accepts_.empty() || !events_.empty();
  // One write for everything while the store is well. Else two: a full disk must be able to refuse
  // new messages and still take settlements, which is what frees space.
  const bool together =
      settle_now && accept_now && with_->spool.health() == storage::spool_health::well;
  if (!together || !commit_together()) {
    if (settle_now) commit_settles();
    if (!accepts_.empty() || !events_.empty()) commit_accepts();
  }
  // Of a store that has failed nobody waits for what it cannot take.
  if (settles_.empty() || with_->spool.health() == storage::spool_health::failed) {
    for (auto& promise : finishing_) promise.deliver(settle_response{});
    finishing_.clear();
  }
}

// False if the two halves are to be tried apart.
bool spooler_state::commit_together() {
  const auto receipts = write(accepts_, settles_);
  if (receipts) {
    answer_accepts(receipts);
    answer_settles();
    return true;
  }
  if (receipts.error().code != errc::unavailable) return false;
  answer_accepts(receipts);
  settles_failed_ = true;
  return true;
}

void spooler_state::commit_accepts() {
  const auto receipts = write(accepts_, {});
  if (receipts || !is_about_one(receipts.error()) || accepts_.size() < 2) {
    answer_accepts(receipts);
    return;
  }
  for (auto& one : std::exchange(accepts_, {})) {
    answer_accept(one, write(std::span(&one, 1), {}), 0);
  }
  octets_ = 0;
}

void spooler_state::commit_settles() {
  const auto receipts = write({}, settles_);
  if (receipts) {
    answer_settles();
    return;
  }
  // What is not durable is kept; on_tick tries again every second.
  settles_failed_ = true;
  if (!is_about_one(receipts.error()) || settles_.size() < 2) return;
  std::vector<pending_settle> left;
  for (auto& one : std::exchange(settles_, {})) {
    if (write({}, std::span(&one, 1))) {
      one.promise.deliver(settle_response{});
    } else {
      left.push_back(std::move(one));
    }
  }
  settles_ = std::move(left);
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

// One commit, and the news of it. Accepted messages come first in the change set, so that receipts
// and `accepts` run in parallel.
result<std::vector<commit_receipt>> spooler_state::write(std::span<const pending_accept> accepts,
                                                         std::span<const pending_settle> settles) {
  storage::change_set changes;
  std::vector<new_work> works;
  std::size_t updates = 0;
  for (auto& event : std::exchange(events_, {})) changes.record(std::move(event));
  for (const auto& pending : accepts) {
    works.push_back(work_of(pending.message));
    changes.accept(pending.message);
  }
  for (const auto& pending : settles) {
    for (const auto& update : pending.request.updates) changes.update(update);
    updates += pending.request.updates.size();
    for (const auto& message : pending.request.messages) {
      works.push_back(work_of(message));
      changes.accept(message);
    }
  }
  const auto began = with_->time.steady_now();
  auto receipts = with_->spool.commit(std::move(changes));
  if (!receipts) {
    log_.error("spool.commit_failed", {{"error", to_string(receipts.error())},
                                       {"messages", accepts.size()},
                                       {"settlements", settles.size()}});
    return receipts;
  }
  const std::chrono::duration<double> took = with_->time.steady_now() - began;
  with_->metrics.spool.commit_seconds.observe(took.count());
  with_->metrics.spool.commit_operations.observe(static_cast<double>(works.size() + updates));
  announce(std::move(works));
  return receipts;
}

void spooler_state::answer_accept(pending_accept& pending,
                                  const result<std::vector<commit_receipt>>& receipts,
                                  std::size_t at) {
  if (receipts) {
    pending.promise.deliver(accept_response{(*receipts)[at]});
  } else {
    pending.promise.deliver(accept_response{tl::unexpected(receipts.error())});
  }
}

void spooler_state::answer_accepts(const result<std::vector<commit_receipt>>& receipts) {
  for (std::size_t i = 0; i < accepts_.size(); ++i) answer_accept(accepts_[i], receipts, i);
  accepts_.clear();
  octets_ = 0;
}

void spooler_state::answer_settles() {
  settles_failed_ = false;
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
