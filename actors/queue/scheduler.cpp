// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/scheduler.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <tuple>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.scheduler");

constexpr auto reader_timeout = std::chrono::minutes(1);
// Resolving MX and addresses of a few hosts, each with the resolver's own time-out behind it.
constexpr auto plan_timeout = std::chrono::minutes(2);
constexpr std::size_t backlog_reads_max = 8;
constexpr std::size_t next_hops_remembered_max = 10'000;

}  // namespace

void scheduler_state::start(scheduler_dependencies with) {
  with_.emplace(std::move(with));
  // The destination queues are ours alone: they end with us.
  self_->set_exit_handler([this](caf::exit_msg& message) {
    for (const auto& [site, queue] : sites_) self_->send_exit(queue, message.reason);
    self_->quit(message.reason);
  });
  self_->send(self_, tick{});
}

bool scheduler_state::may_start() const {
  // With a store that cannot record outcomes every delivery would be repeated later.
  return !draining_ && with_->spool.health() != storage::spool_health::failed;
}

// ---- taking envelopes into memory ----------------------------------------------------------------

void scheduler_state::take_work(const new_work& work) {
  if (!may_start()) {
    for (const auto& e : work.envelopes) mark_backlog(e.next_hop);
    return;
  }
  if (take(work.envelopes, work.record, work.body) == taken::memory_full) {
    for (const auto& e : work.envelopes) {
      if (!active_.contains(key_of(e))) mark_backlog(e.next_hop);
    }
  }
}

scheduler_state::taken scheduler_state::take(
    const std::vector<model::envelope>& envelopes,
    const std::shared_ptr<const model::message_record>& record, const body_ptr& body) {
  auto answer = taken::all;
  std::map<std::tuple<model::queue_id, std::string, std::string>, job_ptr> jobs;
  for (const auto& e : envelopes) {
    if (active_.contains(key_of(e)) || settled_during_reads_.contains(key_of(e))) continue;
    if (active_.size() >= with_->options.active_max) {
      answer = taken::memory_full;
      break;
    }
    if (next_hops_[e.next_hop].active >= with_->options.active_per_next_hop_max) {
      mark_backlog(e.next_hop);
      if (answer == taken::all) answer = taken::next_hop_full;
      continue;
    }
    auto& job = jobs[{e.id, e.next_hop, e.zone}];
    if (!job) {
      job = std::make_shared<delivery_job>();
      job->record = record;
      job->body = body;
    }
    job->envelopes.push_back(e);
    activate(e, job);
  }
  for (const auto& [group, job] : jobs) dispatch(job);
  return answer;
}

void scheduler_state::activate(const model::envelope& e, const job_ptr& job) {
  const bool added = active_.emplace(key_of(e), job).second;
  SP_ASSERT(added);
  ++next_hops_[e.next_hop].active;
}

void scheduler_state::release(const model::envelope& e) {
  if (active_.erase(key_of(e)) == 0) return;
  if (reads_ > 0) settled_during_reads_.insert(key_of(e));
  auto& hop = next_hops_[e.next_hop];
  SP_ASSERT(hop.active > 0);
  --hop.active;
  forget_if_idle(e.next_hop);
}

void scheduler_state::mark_backlog(const std::string& next_hop) {
  next_hops_[next_hop].backlog = true;
  backlogs_.insert(next_hop);
}

void scheduler_state::forget_if_idle(const std::string& next_hop) {
  if (next_hops_.size() <= next_hops_remembered_max) return;
  const auto it = next_hops_.find(next_hop);
  if (it->second.active == 0 && !it->second.backlog && !it->second.planning) next_hops_.erase(it);
}

// ---- plans and destination queues ----------------------------------------------------------------

void scheduler_state::dispatch(const job_ptr& job) {
  auto& hop = next_hops_[job->next_hop()];
  const auto now = with_->destination->time.steady_now();
  if (!hop.site.empty() && now < hop.plan_expires && sites_.contains(hop.site)) {
    hand_over(hop.site, job);
    return;
  }
  hop.waiting_for_plan.push_back(job);
  if (!std::exchange(hop.planning, true)) ask_plan(job->next_hop());
}

void scheduler_state::hand_over(const std::string& site, const job_ptr& job) {
  self_->send(sites_.at(site), enqueue_job{job});
}

void scheduler_state::ask_plan(const std::string& next_hop) {
  self_->request(with_->planner, plan_timeout, plan_request{next_hop})
      .then([this, next_hop](plan_response& r) { planned(next_hop, std::move(r.plan)); },
            [this, next_hop](const caf::error&) {
              delivery_plan plan;
              plan.next_hop = next_hop;
              plan.site = "!" + next_hop;
              plan.refusal = smtp::reply{
                  .code = 451, .status = {4, 4, 3}, .lines = {"the DNS did not answer in time"}};
              planned(next_hop, std::move(plan));
            });
}

void scheduler_state::planned(const std::string& next_hop, delivery_plan plan) {
  auto& hop = next_hops_[next_hop];
  const auto ttl =
      std::clamp(plan.ttl, with_->options.plan_ttl_min, with_->options.plan_ttl_max);
  hop.site = plan.site;
  hop.plan_expires = with_->destination->time.steady_now() + ttl;
  hop.planning = false;
  if (const auto it = sites_.find(hop.site); it != sites_.end()) {
    self_->send(it->second, plan_response{std::move(plan)});
  } else {
    sites_.emplace(hop.site, self_->spawn(destination_queue, scheduler_actor{self_},
                                          with_->destination, std::move(plan)));
  }
  for (const auto& job : std::exchange(hop.waiting_for_plan, {})) hand_over(hop.site, job);
}

void scheduler_state::retire(const std::string& site) {
  const auto it = sites_.find(site);
  if (it == sites_.end()) return;
  // Whatever was handed over before this lies in its mailbox in front of the exit message, and makes
  // it busy; the next hops that use the site must not be.
  const bool in_use = std::ranges::any_of(next_hops_, [&](const auto& entry) {
    return entry.second.site == site && entry.second.active > 0;
  });
  if (in_use) return;
  self_->send_exit(it->second, caf::exit_reason::user_shutdown);
  sites_.erase(it);
}

void scheduler_state::settled(const job_settled& message) {
  for (const auto& e : message.job->envelopes) {
    release(e);
    if (!message.durable) mark_backlog(e.next_hop);
  }
  if (!backlogs_.empty()) read_backlogs();
}

// ---- reading the spool ---------------------------------------------------------------------------

void scheduler_state::on_tick() {
  auto& destination = *with_->destination;
  destination.metrics.queue.recipients.with("active").set(static_cast<double>(active_.size()));
  scan();
  read_backlogs();
  self_->delayed_send(self_, with_->options.scan_interval, tick{});
}

void scheduler_state::scan() {
  if (scanning_ || !may_start() || active_.size() >= with_->options.active_max) return;
  scanning_ = true;
  ++reads_;
  scan_request request{.id = std::nullopt,
                       .next_hop = {},
                       .position = position_,
                       .until = with_->destination->time.now(),
                       .max = with_->options.scan_page};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this](const scan_response& response) { scanned(response); },
            [this](const caf::error&) {
              scanning_ = false;
              scan_ended();
            });
}

void scheduler_state::scanned(const scan_response& response) {
  scanning_ = false;
  if (response.failure) {
    log_.error("spool.scan_failed", {{"error", to_string(*response.failure)}});
    scan_ended();
    return;
  }
  const auto answer = take(response.page.envelopes, nullptr, nullptr);
  // What found no room in memory must be seen again: the position stays before it.
  if (answer != taken::memory_full) position_ = response.page.next;
  scan_ended();
  if (answer != taken::memory_full && response.page.more) scan();
}

void scheduler_state::scan_ended() {
  SP_ASSERT(reads_ > 0);
  if (--reads_ == 0) settled_during_reads_.clear();
}

void scheduler_state::read_backlogs() {
  if (!may_start() || active_.size() >= with_->options.active_max) return;
  std::vector<std::string> chosen;
  for (const auto& next_hop : backlogs_) {
    if (reads_ + chosen.size() >= backlog_reads_max) break;
    if (next_hops_[next_hop].active <= with_->options.active_per_next_hop_max / 2) {
      chosen.push_back(next_hop);
    }
  }
  for (const auto& next_hop : chosen) {
    auto& hop = next_hops_[next_hop];
    hop.backlog = false;
    backlogs_.erase(next_hop);
    ++reads_;
    // Those that are active stand first in the spool, too: room for them in the page.
    scan_request request{.id = std::nullopt,
                         .next_hop = next_hop,
                         .position = {},
                         .until = with_->destination->time.now(),
                         .max = hop.active + with_->options.scan_page};
    self_->request(with_->destination->reader, reader_timeout, std::move(request))
        .then([this, next_hop](const scan_response& r) { backlog_read(next_hop, r); },
              [this, next_hop](const caf::error&) {
                mark_backlog(next_hop);
                scan_ended();
              });
  }
}

void scheduler_state::backlog_read(const std::string& next_hop, const scan_response& response) {
  if (response.failure) {
    log_.error("spool.scan_failed",
               {{"next_hop", next_hop}, {"error", to_string(*response.failure)}});
    mark_backlog(next_hop);
  } else {
    const auto answer = take(response.page.envelopes, nullptr, nullptr);
    if (answer != taken::all || response.page.more) mark_backlog(next_hop);
  }
  scan_ended();
}

// ---- the operator --------------------------------------------------------------------------------

void scheduler_state::command(const queue_command& c) {
  ++reads_;
  scan_request request{.id = c.next_hop.empty() ? std::optional(c.id) : std::nullopt,
                       .next_hop = c.next_hop,
                       .position = {},
                       .until = wall_time::max(),
                       .max = with_->options.active_max};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then(
          [this, c](const scan_response& response) {
            if (response.failure) {
              c.done(tl::unexpected(*response.failure));
            } else {
              run_command(c, response.page.envelopes);
            }
            scan_ended();
          },
          [this, c](const caf::error&) {
            c.done(fail(errc::unavailable, "the spool does not answer"));
            scan_ended();
          });
}

// True if the envelope is ours to change: it waits in the spool, or (removal) its job has not begun.
bool scheduler_state::claim_for_command(const queue_command& c, const model::envelope& e) {
  if (model::is_final(e.state) || settled_during_reads_.contains(key_of(e))) return false;
  const auto it = active_.find(key_of(e));
  if (it == active_.end()) {
    auto job = std::make_shared<delivery_job>();
    job->envelopes.push_back(e);
    const bool ours = job->gate->claim();
    SP_ASSERT(ours);
    activate(e, job);
    return true;
  }
  if (c.what != queue_command::kind::remove) return false;
  const auto& job = it->second;
  // The first envelope claims the whole job; its other envelopes are part of the same command.
  return job->envelopes.front().index == e.index ? job->gate->claim() : false;
}

void scheduler_state::run_command(const queue_command& c,
                                  const std::vector<model::envelope>& envelopes) {
  const auto now = with_->destination->time.now();
  const bool removes = c.what == queue_command::kind::remove;
  settle_request request;
  std::unordered_set<const delivery_job*> claimed_jobs;
  for (const auto& e : envelopes) {
    const auto active = active_.find(key_of(e));
    const bool in_claimed_job =
        active != active_.end() && claimed_jobs.contains(active->second.get());
    if (!in_claimed_job && !claim_for_command(c, e)) continue;
    claimed_jobs.insert(active_.at(key_of(e)).get());
    auto after = e;
    model::activity_event event;
    event.at = now;
    event.id = e.id;
    event.zone = e.zone;
    event.recipient = e.original;
    event.destination = e.destination;
    event.kind = removes ? model::event_kind::removed : model::event_kind::retried;
    if (removes) {
      after.state = model::outcome::removed;
    } else {
      after.next_attempt = now;
    }
    log_.info(removes ? "queue.removed" : "queue.retried",
              {{"queue_id", e.id.to_string()}, {"to", loggable_address(e.destination)}});
    request.updates.push_back({.before = e, .after = std::move(after), .events = {event}});
  }
  if (request.updates.empty()) {
    c.done(fail(envelopes.empty() ? errc::not_found : errc::conflict,
                envelopes.empty() ? "no such message in the queue"
                                  : "it is being delivered at this moment"));
    return;
  }
  const auto updates = request.updates;
  self_->request(with_->destination->spooler, caf::infinite, std::move(request))
      .then(
          [this, c, updates, removes](settle_response) {
            for (const auto& update : updates) {
              release(update.before);
              if (!removes) mark_backlog(update.after.next_hop);
            }
            c.done(updates.size());
            read_backlogs();
          },
          [c](const caf::error&) { c.done(fail(errc::unavailable, "the spool has stopped")); });
}

// ---- shutdown ------------------------------------------------------------------------------------

caf::typed_response_promise<settle_response> scheduler_state::finish() {
  draining_ = true;
  auto promise = self_->make_response_promise<settle_response>();
  auto left = std::make_shared<std::size_t>(sites_.size());
  if (*left == 0) promise.deliver(settle_response{});
  const auto one_done = [promise, left]() {
    auto answer = promise;
    if (--*left == 0) answer.deliver(settle_response{});
  };
  for (const auto& [site, queue] : sites_) {
    self_->request(queue, caf::infinite, drain_request{})
        .then([one_done](settle_response) { one_done(); },
              [one_done](const caf::error&) { one_done(); });
  }
  return promise;
}

status_report scheduler_state::status() const {
  return {.actor = name,
          .numbers = {{"active", static_cast<std::int64_t>(active_.size())},
                      {"sites", static_cast<std::int64_t>(sites_.size())},
                      {"backlogs", static_cast<std::int64_t>(backlogs_.size())}}};
}

scheduler_actor::behavior_type scheduler(scheduler_state::pointer self,
                                         scheduler_dependencies with) {
  self->state.start(std::move(with));
  return {
      [self](const new_work& m) { self->state.take_work(m); },
      [self](const job_settled& m) { self->state.settled(m); },
      [self](const destination_idle& m) { self->state.retire(m.site); },
      [self](const queue_command& m) { self->state.command(m); },
      [self](tick) { self->state.on_tick(); },
      [self](drain_request) -> caf::result<settle_response> { return self->state.finish(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
