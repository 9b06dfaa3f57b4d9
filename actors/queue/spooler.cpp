// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/spooler.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <iterator>
#include <utility>

#include "actors/messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/status_messages.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.spooler");

constexpr auto poll_interval = std::chrono::seconds(1);

std::size_t octets_of(const storage::new_message& message) {
  return message.body ? message.body->size() : 0;
}

// Something in the set is wrong, not the store: it must not delay everyone else.
bool is_about_one(const error& e) {
  return e.code != errc::unavailable && e.code != errc::no_space;
}

/// Publishes what the store has counted since it was opened.
void raise(const monitoring::counter& shown, std::uint64_t now) {
  if (now > shown.value()) shown.add(now - shown.value());
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

// While the disk hung, their clients were told to keep them; if written now, they would only be
// delivered twice.
void spooler_state::drop_abandoned() {
  const auto wanted = std::ranges::stable_partition(accepts_, [](const pending_accept& pending) {
    return !pending.gate || pending.gate->take();
  });
  if (wanted.empty()) return;
  std::vector<pending_accept> dropped(std::make_move_iterator(wanted.begin()),
                                      std::make_move_iterator(wanted.end()));
  accepts_.erase(wanted.begin(), wanted.end());
  for (const auto& pending : dropped) octets_ -= octets_of(pending.message);
  refuse(dropped, {errc::unavailable, "the sender is no longer waiting for it"});
  log_.info("spool.not_written", {{"messages", dropped.size()}});
}

void spooler_state::publish_damage() const {
  const auto log = with_->spool.log_state();
  const auto& shown = with_->metrics.activity;
  shown.well.set(log.well ? 1 : 0);
  raise(shown.lost_events, log.lost);
  raise(shown.unreadable, log.damaged_rows);
  raise(shown.set_aside, log.set_aside);
  raise(with_->metrics.spool.damaged_files, with_->spool.damaged_files());
}

void spooler_state::look_at_scrub() const {
  const auto scrub = with_->spool.scrub();
  const auto& shown = with_->metrics.spool;
  raise(shown.scrub_octets, scrub.octets);
  raise(shown.scrub_passes, scrub.passes);
  raise(shown.scrub_findings, scrub.findings);
  shown.scrub_progress.set(scrub.progress);
  for (const auto& id : with_->spool.take_damaged()) {
    if (with_->damaged) with_->damaged(id);
  }
}

// Mail accepted while its copies are not confirmed occupies memory, which is limited.
bool spooler_state::may_accept() const {
  return accepts_unconfirmed_ < with_->options.groups_unconfirmed_max;
}

void spooler_state::commit_all() {
  scheduled_ = false;
  // Whoever waits for something not yet written can still give it up.
  if (may_accept()) drop_abandoned();
  const bool settle_now = !settles_.empty() && !settles_failed_;
  const bool accept_now = may_accept() && (!accepts_.empty() || !events_.empty());
  // One write for everything while the store is well. Else two: a full disk must be able to refuse
  // new messages and still take settlements, which is what frees space.
  const bool together =
      settle_now && accept_now && with_->spool.health() == storage::spool_health::well;
  if (!together || !commit_together()) {
    if (settle_now) commit_settles();
    if (may_accept() && (!accepts_.empty() || !events_.empty())) commit_accepts();
  }
  // Nobody waits for a store that has failed.
  const bool all_durable = settles_.empty() && unconfirmed_.empty();
  if (all_durable || with_->spool.health() == storage::spool_health::failed) {
    for (auto& promise : finishing_) promise.deliver(settle_response{});
    finishing_.clear();
  }
}

// False if the two halves are to be tried apart.
bool spooler_state::commit_together() {
  group accepted{.accepts = std::exchange(accepts_, {})};
  group settled{.settles = std::exchange(settles_, {})};
  const auto octets = std::exchange(octets_, 0);
  const auto written = write(accepted, settled);
  if (written) {
    settles_failed_ = false;
    return true;
  }
  settles_ = std::move(settled.settles);
  settles_failed_ = written.error().code == errc::unavailable;
  if (settles_failed_) {
    refuse(accepted.accepts, written.error());
    return true;
  }
  accepts_ = std::move(accepted.accepts);
  octets_ = octets;
  return false;
}

void spooler_state::commit_accepts() {
  group none;
  group all{.accepts = std::exchange(accepts_, {})};
  octets_ = 0;
  const auto written = write(all, none);
  if (written) return;
  if (!is_about_one(written.error()) || all.accepts.size() < 2) {
    refuse(all.accepts, written.error());
    return;
  }
  for (auto& each : all.accepts) {
    group one;
    one.accepts.push_back(std::move(each));
    if (const auto alone = write(one, none); !alone) refuse(one.accepts, alone.error());
  }
}

void spooler_state::commit_settles() {
  group none;
  group all{.settles = std::exchange(settles_, {})};
  const auto written = write(none, all);
  settles_failed_ = !written;
  if (written) return;
  // What is not durable is kept; on_tick tries again every second.
  if (!is_about_one(written.error()) || all.settles.size() < 2) {
    settles_ = std::move(all.settles);
    return;
  }
  for (auto& each : all.settles) {
    group one;
    one.settles.push_back(std::move(each));
    if (!write(none, one)) settles_.push_back(std::move(one.settles.front()));
  }
}

std::vector<const storage::new_message*> spooler_state::messages_of(const group& g) {
  std::vector<const storage::new_message*> messages;
  messages.reserve(g.accepts.size());
  for (const auto& pending : g.accepts) messages.push_back(&pending.message);
  for (const auto& pending : g.settles) {
    for (const auto& message : pending.request.messages) messages.push_back(&message);
  }
  return messages;
}

void spooler_state::add_to(storage::change_set& changes, const group& g) {
  for (const auto& pending : g.settles) {
    for (const auto& update : pending.request.updates) changes.update(update);
  }
  for (const auto* message : messages_of(g)) changes.accept(*message);
}

void spooler_state::announce(const std::vector<const storage::new_message*>& messages) {
  for (const auto* message : messages) {
    if (message->envelopes.empty()) continue;
    with_->committed({.record = std::make_shared<const model::message_record>(message->message),
                      .body = message->body,
                      .envelopes = message->envelopes});
  }
}

// Copies are sent first, so that their syncs and ours run at the same time.
result<void> spooler_state::write(group& accepted, group& settled) {
  storage::change_set changes;
  for (auto& event : std::exchange(events_, {})) changes.record(std::move(event));
  add_to(changes, accepted);
  add_to(changes, settled);
  const auto operations = changes.accepted().size() + changes.updates().size();
  const auto accepts = accepted.accepts.size();
  const auto for_clients = with_->copies.send(messages_of(accepted), cluster::on_failure::withdraw);
  const auto of_ours = with_->copies.send(messages_of(settled), cluster::on_failure::keep_trying);
  const auto began = with_->time.steady_now();
  auto written = with_->spool.commit(std::move(changes));
  if (!written) {
    with_->copies.withdraw(for_clients);
    with_->copies.withdraw(of_ours);
    log_.error("spool.commit_failed", {{"error", to_string(written.error())},
                                       {"messages", accepts},
                                       {"settlements", settled.settles.size()}});
    return tl::unexpected(written.error());
  }
  const std::chrono::duration<double> took = with_->time.steady_now() - began;
  with_->metrics.spool.commit_seconds.observe(took.count());
  with_->metrics.spool.commit_operations.observe(static_cast<double>(operations));
  // Receipts come in the order of the messages: first those that were accepted.
  const auto middle = written->begin() + static_cast<std::ptrdiff_t>(accepts);
  std::vector<storage::write_receipt> ours(middle, written->end());
  written->erase(middle, written->end());
  if (accepts > 0) confirm(for_clients, std::move(*written), std::move(accepted));
  if (!settled.settles.empty()) confirm(of_ours, std::move(ours), std::move(settled));
  return {};
}

void spooler_state::confirm(cluster::copy_group number,
                            std::vector<storage::write_receipt> written, group g) {
  const auto key = ++groups_;
  auto done = [self = caf::actor_cast<caf::strong_actor_ptr>(self_), key](
                  cluster::copies::outcome receipts) {
    caf::anon_send(caf::actor_cast<spooler_actor>(self),
                   copies_confirmed{.group = key, .receipts = std::move(receipts)});
  };
  const auto receipts = with_->copies.confirm(number, std::move(written), std::move(done));
  if (receipts) return answer(g, *receipts);
  if (!g.accepts.empty()) ++accepts_unconfirmed_;
  unconfirmed_.emplace(key, std::move(g));
}

void spooler_state::confirmed(copies_confirmed& news) {
  auto found = unconfirmed_.extract(news.group);
  if (found.empty()) return;
  if (!found.mapped().accepts.empty()) --accepts_unconfirmed_;
  answer(found.mapped(), news.receipts);
  schedule_commit();
}

void spooler_state::answer(group& g, const cluster::copies::outcome& receipts) {
  if (!receipts) {
    take_back(g, receipts.error());
    refuse(g.accepts, receipts.error());
    return;
  }
  announce(messages_of(g));
  for (std::size_t i = 0; i < g.accepts.size(); ++i) {
    g.accepts[i].promise.deliver(accept_response{(*receipts)[i]});
  }
  for (auto& pending : g.settles) pending.promise.deliver(settle_response{});
}

// Their clients will send them again. Nobody waits for this, but it is retried until it is durable.
void spooler_state::take_back(const group& g, const error& why) {
  for (const auto& pending : g.accepts) {
    pending_settle removal;
    for (const auto& before : pending.message.envelopes) {
      if (model::is_final(before.state)) continue;
      auto after = before;
      after.state = model::outcome::removed;
      model::activity_event event{.at = with_->time.now(),
                                  .kind = model::event_kind::removed,
                                  .id = before.id,
                                  .zone = before.zone,
                                  .zone_id = before.zone_id,
                                  .sender = pending.message.message.sender,
                                  .recipient = before.original,
                                  .destination = before.destination,
                                  .reply = "not accepted: " + to_string(why)};
      removal.request.updates.push_back(
          {.before = before, .after = std::move(after), .events = {std::move(event)}});
    }
    if (!removal.request.updates.empty()) settles_.push_back(std::move(removal));
  }
  log_.warning("spool.taken_back",
               {{"error", to_string(why)}, {"messages", g.accepts.size()}});
}

void spooler_state::refuse(std::vector<pending_accept>& accepts, const error& why) {
  for (auto& pending : accepts) pending.promise.deliver(accept_response{tl::unexpected(why)});
}

status_report spooler_state::status() const {
  return {.actor = name,
          .numbers = {{"accepts_waiting", static_cast<std::int64_t>(accepts_.size())},
                      {"settlements_waiting", static_cast<std::int64_t>(settles_.size())},
                      {"groups_unconfirmed", static_cast<std::int64_t>(unconfirmed_.size())}}};
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
      [self](copies_confirmed& news) { self->state.confirmed(news); },
      [self](tick) { self->state.on_tick(); },
      [](const sign_of_life& m) { m.turned(); },
      [self](drain_request) -> caf::result<settle_response> { return self->state.finish(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
