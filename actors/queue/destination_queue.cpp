// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/destination_queue.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/delivery/messages.hpp"
#include "actors/delivery/planner_messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/failover.hpp"
#include "actors/queue/loggable_destination.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/signing/messages.hpp"
#include "actors/status_messages.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.destination_queue");

// Jobs that may keep their message in memory while they wait behind a full window.
constexpr std::size_t bodies_waiting_max = 64;
// How soon room for a message is checked again, if nothing of the site's own ends before.
constexpr auto memory_retry = std::chrono::milliseconds(500);
// The same for a place among the node's connections.
constexpr auto place_retry = std::chrono::milliseconds(200);
// How many jobs wait in memory for a site in trouble; the others stay in the spool.
constexpr std::size_t waiting_in_trouble_max = 20;
// The time that an attempt gets at least, however soon its message expires: RFC 5321 §4.5.3.2 gives
// a host
// five minutes for its greeting.
constexpr auto attempt_min = std::chrono::minutes(5);
// The delay after problems of our own (no memory for the message, a failing disk).
constexpr auto local_retry = std::chrono::minutes(5);

std::string_view event_name(model::outcome o) {
  switch (o) {
    case model::outcome::delivered:
      return "delivery.delivered";
    case model::outcome::bounced:
      return "delivery.bounced";
    case model::outcome::expired:
      return "delivery.expired";
    default:
      return "delivery.deferred";
  }
}

bool has_moved(const storage::envelope_update& update) {
  return goes_elsewhere(update.before, update.after);
}

std::string_view detail_of(const storage::envelope_update& update, std::string_view name) {
  for (const auto& [key, value] : update.events.front().details) {
    if (key == name) return value;
  }
  return {};
}

std::string_view result_word(const storage::envelope_update& update) {
  const auto state =
      has_moved(update) ? detail_of(update, "gave_up") : model::to_string(update.after.state);
  if (state == "delivered") return state;
  return state == "bounced" ? "bounce" : "retry";
}

std::string_view reason_of(const storage::envelope_update& update) {
  const auto reason = detail_of(update, "reason");
  return reason.empty() ? "other" : reason;
}

void log_failover(const storage::envelope_update& update) {
  const auto& event = update.events.front();
  log_.info("delivery.failover", {{"queue_id", event.id.to_string()},
                                  {"to", loggable_destination(event.destination)},
                                  {"orig_to", loggable_address(event.recipient)},
                                  {"next", loggable_address(update.after.destination)},
                                  {"host", event.host},
                                  {"attempt", event.attempt},
                                  {"gave_up", detail_of(update, "gave_up")},
                                  {"reply", event.reply}});
}

std::optional<wall_time> first_due(const std::vector<storage::envelope_update>& updates) {
  std::optional<wall_time> first;
  for (const auto& update : updates) {
    if (model::is_final(update.after.state) || has_moved(update)) continue;
    first = first ? std::min(*first, update.after.next_attempt) : update.after.next_attempt;
  }
  return first;
}

std::vector<model::envelope> left_of(const std::vector<storage::envelope_update>& updates) {
  std::vector<model::envelope> left;
  for (const auto& update : updates) {
    if (!model::is_final(update.after.state)) left.push_back(update.after);
  }
  return left;
}

std::vector<model::envelope> moved_of(const std::vector<storage::envelope_update>& updates) {
  std::vector<model::envelope> moved;
  for (const auto& update : updates) {
    if (has_moved(update)) moved.push_back(update.after);
  }
  return moved;
}

}  // namespace

void destination_queue_state::start(scheduler_actor scheduler,
                                    std::shared_ptr<const destination_dependencies> with,
                                    delivery_plan plan) {
  scheduler_ = std::move(scheduler);
  with_ = std::move(with);
  plan_ = std::move(plan);
  window_.emplace(plan_.kind == plan_kind::webhook ? with_->webhook_window : with_->window);
  share_ = std::make_shared<site_share>(with_->memory, with_->memory_per_site_max);
  last_work_ = with_->time.steady_now();
  wake_at(last_work_ + with_->idle_max);
}

settlement_context destination_queue_state::context() const {
  return {.now = with_->time.now(),
          .policy = with_->retry,
          .random = with_->random,
          .sure_now = with_->sure_time ? std::optional(with_->sure_time->now()) : std::nullopt};
}

void destination_queue_state::wake_at(steady_time when) {
  if (next_wake_ && *next_wake_ <= when) return;
  next_wake_ = when;
  const auto wait = std::chrono::ceil<milliseconds>(when - with_->time.steady_now());
  self_->delayed_send(self_, std::max(wait, milliseconds(1)), tick{});
}

void destination_queue_state::enqueue(job_ptr job) {
  last_work_ = with_->time.steady_now();
  const bool suspended = window_->suspended_until() > last_work_;
  if (suspended && trouble_ && needs_message(*job)) {
    // Its time is up, or its sender has waited too long for news: that is not postponed.
    if (job->gate->claim()) put_off(job);
    return;
  }
  if (job->body && !may_keep_message(*job)) forget_message(*job);
  pending_.push_back(std::move(job));
  pump();
  if (window_->probing()) return_waiting();
}

// An operator's order.
void destination_queue_state::wake() {
  window_->end_suspension();
  tell_news();
  pump();
}

// A destination that cannot keep up must not use up the memory for everyone's mail.
bool destination_queue_state::may_keep_message(delivery_job& job) {
  const bool suspended = window_->suspended_until() > last_work_;
  // Those in front of it wait for what is free.
  const bool awaited = no_memory_until_.has_value();
  if (suspended || awaited || pending_.size() >= bodies_waiting_max) return false;
  job.claim = site_claim::of(share_, job.body->held());
  return job.claim != nullptr;
}

// Its octets are read from the spool again later.
void destination_queue_state::forget_message(delivery_job& job) {
  if (job.body) with_->metrics.queue.bodies_put_back.add();
  job.body.reset();
  job.claim.reset();
}

void destination_queue_state::set_plan(delivery_plan plan) {
  plan_ = std::move(plan);
  pump();
}

void destination_queue_state::on_tick() {
  const auto now = with_->time.steady_now();
  if (next_wake_ && now < *next_wake_) return;
  next_wake_.reset();
  if (no_memory_until_ && now >= *no_memory_until_) no_memory_until_.reset();
  look_for_hanging(now);
  cut_for_stop(now);
  // What is known of a dead site is not forgotten before it is tried again.
  if (!pending_.empty() || !busy_slots_.empty() || window_->suspended_until() > now) {
    last_work_ = now;
  } else if (now - last_work_ >= with_->idle_max) {
    self_->send(scheduler_, destination_idle{plan_.site});
    last_work_ = now;
  }
  wake_at(last_work_ + with_->idle_max);
  pump();
}

std::size_t destination_queue_state::free_slot() const {
  std::size_t slot = 0;
  while (busy_slots_.contains(slot)) ++slot;
  return slot;
}

bool destination_queue_state::has_room(steady_time now) const {
  return !draining_ && !no_memory_until_ && busy_slots_.size() < window_->size(now);
}

void destination_queue_state::pump() {
  const auto now = with_->time.steady_now();
  if (no_place_until_ && now >= *no_place_until_) no_place_until_.reset();
  while (!pending_.empty() && has_room(now)) {
    if (no_place_until_ || !begin_first(now)) break;
  }
  if (!pending_.empty() && window_->suspended_until() > now) wake_at(window_->suspended_until());
  if (!busy_slots_.empty() && !window_->probing()) wake_at(now + with_->hang_after);
  // Also if something else wakes it earlier: then no timer was set for these.
  if (no_memory_until_) wake_at(*no_memory_until_);
  if (no_place_until_) wake_at(*no_place_until_);
}

// Webhooks do not use the connections of mail.
connection_slots& destination_queue_state::slots() const {
  return plan_.kind == plan_kind::webhook ? with_->webhook_slots : with_->slots;
}

// False if there is no place for another connection.
bool destination_queue_state::begin_first(steady_time now) {
  auto job = pending_.front();
  running place{.since = now, .leash = job->leash, .place = {}};
  if (!plan_.refusal) {
    place.place = slots().take(
        {.held = busy_slots_.size(), .proven = proven_, .tenant = plan_.tenant}, place.leash, now);
    if (!place.place) {
      no_place_until_ = now + place_retry;
      return false;
    }
  }
  pending_.pop_front();
  // Already claimed: an operator has removed it in the meantime.
  if (!job->gate->claim()) return true;
  job->leash->begin();
  const auto slot = free_slot();
  busy_slots_.emplace(slot, std::move(place));
  begin(std::move(job), slot);
  return true;
}

// Connections that never answer are as good as refused, but this only shows after minutes:
// meanwhile the site gets no more of them, and keeps no more mail in memory.
void destination_queue_state::look_for_hanging(steady_time now) {
  if (window_->probing()) return;
  bool hangs = false;
  for (const auto& [slot, job] : busy_slots_) {
    if (!job.place) continue;
    if (job.leash->answered() || last_answer_ >= job.since) return;
    hangs = hangs || now - job.since >= with_->hang_after;
  }
  if (!hangs) return;
  window_->hangs();
  proven_ = false;
  log_.warning("destination.hangs", {{"site", plan_.site},
                                     {"attempts", busy_slots_.size()},
                                     {"waiting", pending_.size()}});
  return_waiting();
  tell_news();
}

// What waits for a site in trouble is in the spool too, where it takes no room from others.
void destination_queue_state::return_waiting() {
  jobs_returned back;
  while (pending_.size() > waiting_in_trouble_max) {
    auto job = std::move(pending_.back());
    pending_.pop_back();
    if (!job->gate->claim()) continue;
    forget_message(*job);
    back.jobs.push_back(std::move(job));
  }
  if (!back.jobs.empty()) self_->send(scheduler_, std::move(back));
}

void destination_queue_state::tell_news() {
  const bool same = told_.proven == proven_ && told_.troubled == window_->probing()
                    && told_.suspended_until == window_->suspended_until();
  if (same) return;
  told_ = {.site = plan_.site,
           .proven = proven_,
           .troubled = window_->probing(),
           .suspended_until = window_->suspended_until()};
  self_->send(scheduler_, told_);
}

void destination_queue_state::begin(job_ptr job, std::size_t slot) {
  const auto go_on = [this](const job_ptr& loaded, std::size_t its_slot) {
    if (plan_.refusal) {
      not_attempted(loaded, its_slot, *plan_.refusal);
    } else {
      seal(loaded, its_slot);
    }
  };
  // A refusal, too, needs the message: a notice about it returns its header.
  if (job->record && job->body) {
    go_on(job, slot);
  } else {
    load(std::move(job), slot, go_on);
  }
}

void destination_queue_state::load(job_ptr job, std::size_t slot, job_step then) {
  load_request wanted{
      .id = job->id(), .share = share_, .anew = read_pauses_.contains(job->id())};
  self_->request(with_->reader, caf::infinite, std::move(wanted))
      .then([this, job, slot, then = std::move(then)](
                load_response& response) { loaded(job, slot, response, then); },
            [this, job, slot](const caf::error&) {
              postpone(job, slot, "the spool does not answer");
            });
}

void destination_queue_state::loaded(const job_ptr& job, std::size_t slot, load_response& response,
                                     const job_step& then) {
  auto& loads = with_->metrics.queue.loads;
  if (!response.failure) {
    loads.add("done");
    read_pauses_.erase(job->id());
    job->record = std::move(response.record);
    job->body = std::move(response.body);
    job->claim = std::move(response.claim);
    then(job, slot);
  } else if (response.failure->code == errc::not_found) {
    finished(job, slot, {.job = job});  // removed by an operator in the meantime
  } else if (response.failure->code == errc::no_space) {
    loads.add("no_memory");
    wait_for_memory(job, slot);
  } else {
    loads.add(response.failure->code == errc::corrupt ? "unreadable" : "failed");
    if (response.record) job->record = std::move(response.record);
    job->body = std::move(response.body);
    not_read(job, slot, *response.failure);
  }
}

// It is first in line again, and an operator may remove it.
void destination_queue_state::wait_for_memory(const job_ptr& job, std::size_t slot) {
  busy_slots_.erase(slot);
  // Those behind it must not delay its turn: theirs comes later.
  const bool more_room = forget_last_message();
  pending_.push_front(job);
  job->gate->reopen();
  if (!more_room) {
    const auto now = with_->time.steady_now();
    no_memory_until_ = now + memory_retry;
    log_wait_for_memory(now);
  }
  pump();
  answer_drain();
}

void destination_queue_state::log_wait_for_memory(steady_time now) const {
  const auto times = with_->memory_line->admit(now);
  if (times == 0) return;
  log_.warning("queue.waits_for_memory", {{"site", plan_.site},
                                          {"waiting", pending_.size()},
                                          {"site_octets", share_->used()},
                                          {"site_octets_max", with_->memory_per_site_max},
                                          {"octets", with_->memory.used()},
                                          {"octets_max", with_->memory.limit()},
                                          {"times", times}});
}

// True if one of those that wait had its message in memory.
bool destination_queue_state::forget_last_message() {
  for (auto at = pending_.rbegin(); at != pending_.rend(); ++at) {
    if (!(*at)->body) continue;
    forget_message(**at);
    return true;
  }
  return false;
}

void destination_queue_state::seal(job_ptr job, std::size_t slot) {
  self_->request(with_->sealer, caf::infinite, seal_request{job})
      .then(
          [this, job, slot](seal_response& sealed) {
            if (sealed.refusal) {
              not_attempted(job, slot, *sealed.refusal);
            } else {
              deliver(job, slot, std::move(sealed));
            }
          },
          [this, job, slot](const caf::error&) {
            postpone(job, slot, "the message cannot be sealed at present");
          });
}

void destination_queue_state::deliver(job_ptr job, std::size_t slot, seal_response sealed) {
  deliver_request order{.site = plan_.site,
                        .slot = slot,
                        .targets = {},
                        .message = std::move(sealed.message),
                        .webhook = std::move(sealed.webhook),
                        .tenant = plan_.tenant};
  if (order.webhook) {
    attempt(std::move(job), slot, std::move(order));
    return;
  }
  auto chosen = targets_of(plan_, with_->mx, with_->random);
  if (chosen.refusal) {
    not_attempted(job, slot, *chosen.refusal);
    return;
  }
  order.targets = std::move(chosen.targets);
  attempt(std::move(job), slot, std::move(order));
}

void destination_queue_state::attempt(job_ptr job, std::size_t slot, deliver_request order) {
  // When the message has expired there is nothing left to wait for.
  const auto last = std::ranges::max(job->envelopes, {}, &model::envelope::expires).expires;
  order.longest = std::max<milliseconds>(last - with_->time.now(), attempt_min);
  order.leash = busy_slots_.at(slot).leash;
  self_->request(with_->delivery, caf::infinite, std::move(order))
      .then([this, job, slot](const deliver_response& response) { delivered(job, slot, response); },
            [this, job, slot](const caf::error&) {
              postpone(job, slot, "the delivery agent does not answer");
            });
}

void destination_queue_state::delivered(const job_ptr& job, std::size_t slot,
                                        const deliver_response& response) {
  if (response.lacking && !response.cut && !std::exchange(busy_slots_.at(slot).encoded, true)) {
    deliver_encoded(job, slot, response);
    return;
  }
  busy_slots_.at(slot).place.give_back();
  if (response.cut == cut_reason::node_stops) {
    // Nobody has been notified: it is still due in the spool, unchanged.
    finished(job, slot, {.job = job, .durable = false});
    return;
  }
  if (response.content_failure) {
    last_answer_ = with_->time.steady_now();
    not_read(job, slot, *response.content_failure);
    return;
  }
  if (response.host_failed) {
    host_failed(response);
  } else if (!response.cut) {
    window_->succeeded();
    last_answer_ = with_->time.steady_now();
    proven_ = true;
    trouble_.reset();
    tell_news();
  }
  auto s = settle(*job, response, context());
  for (const auto& update : s.updates) {
    log_outcome(update, &response);
    with_->metrics.delivery.attempts.add(result_word(update), reason_of(update));
  }
  const auto done = s.again.empty() ? job : requeue(job, std::move(s.again));
  report_failures(done, slot, std::move(s));
}

void destination_queue_state::host_failed(const deliver_response& response) {
  const bool probe = window_->probing();
  proven_ = false;
  if (!window_->host_failed(with_->time.steady_now())) return;
  log_.warning("destination.suspended",
               {{"site", plan_.site}, {"host", response.host}, {"waiting", pending_.size()}});
  for (auto& job : pending_) forget_message(*job);
  const auto said = response.results.empty() ? "" : response.results.front().reply.to_string();
  // Without a code, because no server said this.
  trouble_ = smtp::reply{.status = {4, 4, 1},
                         .lines = {"the destination does not answer: " + said}};
  return_waiting();
  tell_news();
  // Dead for longer: what waits goes back to the spool and its schedule, so that it neither fills
  // the memory that other destinations need nor outlives its time unseen.
  if (probe) put_off_waiting();
}

void destination_queue_state::put_off_waiting() {
  for (const auto& job : std::exchange(pending_, {})) {
    if (job->gate->claim()) put_off(job);
  }
}

// A claimed job is settled as one that could not be tried because of a problem.
void destination_queue_state::put_off(const job_ptr& job) {
  const auto settle_it = [this, why = *trouble_](const job_ptr& loaded, std::size_t its_slot) {
    not_attempted(loaded, its_slot, why);
  };
  const auto slot = next_put_off_slot_++;
  busy_slots_.emplace(slot, running{.since = last_work_, .leash = nullptr, .place = {}});
  if (needs_message(*job)) {
    load(job, slot, settle_it);
  } else {
    settle_it(job, slot);
  }
}

// True if putting it off may mean a notice for the sender, which returns the message.
bool destination_queue_state::needs_message(const delivery_job& job) const {
  if (job.record && job.body) return false;
  const auto now = with_->time.now();
  const auto patience = with_->retry.delay_notice_after;
  return std::ranges::any_of(job.envelopes, [&](const model::envelope& e) {
    const bool late =
        patience > milliseconds::zero() && !e.delay_notified && now - e.id.accepted() >= patience;
    return late || now >= e.expires;
  });
}

// Splits a job: what is tried again becomes a job of its own, the rest is settled. The job itself
// is
// left unchanged: other actors hold it.
job_ptr destination_queue_state::requeue(const job_ptr& job, std::vector<model::envelope> again) {
  auto settled = std::make_shared<delivery_job>(*job);
  std::erase_if(settled->envelopes, [&](const model::envelope& e) {
    return std::ranges::find(again, e.index, &model::envelope::index) != again.end();
  });
  auto rest = std::make_shared<delivery_job>(*job);
  rest->envelopes = std::move(again);
  rest->gate = std::make_shared<job_gate>();
  pending_.push_front(std::move(rest));
  return settled;
}

// A problem of our own neither counts as an attempt nor lets anything expire.
void destination_queue_state::postpone(const job_ptr& job, std::size_t slot, std::string why) {
  auto s = postponed(*job, why, with_->time.now() + local_retry, context());
  for (const auto& update : s.updates) log_outcome(update, nullptr);
  commit(job, slot, std::move(s), {});
}

void destination_queue_state::not_attempted(const job_ptr& job, std::size_t slot,
                                            const smtp::reply& reply) {
  auto s = settle_without_attempt(*job, reply, context());
  for (const auto& update : s.updates) log_outcome(update, nullptr);
  report_failures(job, slot, std::move(s));
}

// Failure notice, delay notice, commit: one after the other, each only if needed.
void destination_queue_state::report_failures(job_ptr job, std::size_t slot, settlement s) {
  // Without a notice nothing may become final; what was delivered stays delivered nevertheless.
  const auto later = with_->time.now() + local_retry;
  if (!job->record) postpone_failed(s, later);
  if (s.failed.empty()) {
    report_delays(std::move(job), slot, std::move(s), {});
    return;
  }
  bounce_request request{.what = bounce_request::kind::failed, .job = job, .envelopes = s.failed};
  self_->request(with_->bouncer, caf::infinite, std::move(request))
      .then(
          [this, job, slot, s](bounce_response& bounce) mutable {
            std::vector<storage::new_message> messages;
            if (bounce.message) messages.push_back(std::move(*bounce.message));
            if (!bounce.withheld.empty()) note_withheld(s, bounce.withheld);
            report_delays(job, slot, std::move(s), std::move(messages));
          },
          [this, job, slot, s, later](const caf::error&) mutable {
            postpone_failed(s, later);
            report_delays(job, slot, std::move(s), {});
          });
}

void destination_queue_state::report_delays(job_ptr job, std::size_t slot, settlement s,
                                            std::vector<storage::new_message> messages) {
  if (s.delayed.empty()) {
    commit(std::move(job), slot, std::move(s), std::move(messages));
    return;
  }
  bounce_request request{.what = bounce_request::kind::delayed, .job = job, .envelopes = s.delayed};
  self_->request(with_->bouncer, caf::infinite, std::move(request))
      .then(
          [this, job, slot, s, messages](bounce_response& bounce) mutable {
            if (bounce.message) messages.push_back(std::move(*bounce.message));
            commit(job, slot, std::move(s), std::move(messages));
          },
          [this, job, slot, s, messages](const caf::error&) mutable {
            forget_delays(s);
            commit(job, slot, std::move(s), std::move(messages));
          });
}

void destination_queue_state::commit(job_ptr job, std::size_t slot, settlement s,
                                     std::vector<storage::new_message> messages) {
  for (const auto& update : s.updates) {
    if (has_moved(update)) with_->metrics.queue.failovers.add();
    if (!model::is_final(update.after.state)) continue;
    with_->metrics.queue.outcomes.add(model::to_string(update.after.state));
    if (update.after.state == model::outcome::delivered) {
      const std::chrono::duration<double> age = with_->time.now() - update.after.id.accepted();
      with_->metrics.delivery.latency_seconds.observe(age.count());
    }
  }
  if (s.updates.empty()) {
    finished(job, slot, {.job = job});
    return;
  }
  const auto due = first_due(s.updates);
  auto moved = moved_of(s.updates);
  auto left = job->leash->why_cut() ? left_of(s.updates) : std::vector<model::envelope>();
  // The message is no longer needed, and the disk may take its time.
  if (moved.empty()) {
    job->body.reset();
    job->claim.reset();
  }
  // No timeout: what happened at the destination must become durable before anything else is done
  // with these envelopes, however long the disk takes.
  self_
      ->request(with_->spooler, caf::infinite,
                settle_request{.updates = std::move(s.updates), .messages = std::move(messages)})
      .then(
          [this, job, slot, due, moved = std::move(moved),
           left = std::move(left)](settle_response) {
            finished(job, slot, {.job = job, .next_due = due, .moved = moved, .left = left});
          },
          [this, job, slot](const caf::error&) {
            finished(job, slot, {.job = job, .durable = false});
          });
}

void destination_queue_state::finished(const job_ptr& job, std::size_t slot,
                                       const job_settled& how) {
  busy_slots_.erase(slot);
  no_memory_until_.reset();
  no_place_until_.reset();
  last_work_ = with_->time.steady_now();
  if (!job->envelopes.empty()) self_->send(scheduler_, how);
  pump();
  answer_drain();
}

caf::typed_response_promise<settle_response> destination_queue_state::finish() {
  draining_ = true;
  auto promise = self_->make_response_promise<settle_response>();
  drained_.push_back(promise);
  cut_at_ = with_->time.steady_now() + with_->stop_patience;
  wake_at(*cut_at_);
  answer_drain();
  return promise;
}

// They are in the spool. One whose final dot has been sent continues: its answer decides whether
// the message has to be sent again.
void destination_queue_state::cut_for_stop(steady_time now) {
  if (!cut_at_) return;
  if (now < *cut_at_) {
    wake_at(*cut_at_);
    return;
  }
  cut_at_.reset();
  for (const auto& [slot, job] : busy_slots_) {
    if (job.leash) job.leash->cut(cut_reason::node_stops);
  }
}

void destination_queue_state::answer_drain() {
  if (!busy_slots_.empty()) return;
  for (auto& promise : drained_) promise.deliver(settle_response{});
  drained_.clear();
}

void destination_queue_state::log_outcome(const storage::envelope_update& update,
                                          const deliver_response* response) const {
  if (has_moved(update)) {
    log_failover(update);
    return;
  }
  const auto& e = update.after;
  const auto now = with_->time.now();
  const auto retry_in = e.state == model::outcome::deferred
                            ? std::chrono::duration_cast<seconds>(e.next_attempt - now).count()
                            : 0;
  log_.info(event_name(e.state),
            {{"queue_id", e.id.to_string()},
             {"to", loggable_destination(e.destination)},
             {"orig_to", loggable_address(e.original)},
             {"host", e.last_host},
             {"tls", response != nullptr ? std::string_view(response->tls) : ""},
             {"attempt", e.attempts},
             {"age_ms", (now - e.id.accepted()).count()},
             {"retry_in_s", retry_in},
             {"reply", e.last_reply}});
}

status_report destination_queue_state::status() const {
  return {.actor = name,
          .numbers = {{"pending", static_cast<std::int64_t>(pending_.size())},
                      {"running", static_cast<std::int64_t>(busy_slots_.size())}}};
}

destination_queue_actor::behavior_type destination_queue(
    destination_queue_state::pointer self, scheduler_actor scheduler,
    std::shared_ptr<const destination_dependencies> with, delivery_plan plan) {
  // Nobody would take the jobs back, and timers would keep the actor alive.
  self->monitor(scheduler);
  self->set_down_handler(
      [self](const caf::down_msg&) { self->quit(caf::exit_reason::user_shutdown); });
  self->state.start(std::move(scheduler), std::move(with), std::move(plan));
  return {
      [self](const enqueue_job& m) { self->state.enqueue(m.job); },
      [self](wake_site) { self->state.wake(); },
      [self](plan_response& m) { self->state.set_plan(std::move(m.plan)); },
      [self](tick) { self->state.on_tick(); },
      [self](drain_request) -> caf::result<settle_response> { return self->state.finish(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
