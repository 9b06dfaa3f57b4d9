// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/scheduler.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <tuple>
#include <utility>

#include "actors/queue/loggable_destination.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "model/webhook_url.hpp"

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
  self_->set_down_handler([this](const caf::down_msg& m) { queue_ended(m); });
  // The destination queues are ours alone: they end with us.
  self_->set_exit_handler([this](caf::exit_msg& message) {
    for (const auto& [site, state] : sites_) self_->send_exit(state.queue, message.reason);
    self_->quit(message.reason);
  });
  self_->send(self_, tick{});
}

bool scheduler_state::may_start() const {
  // With a store that cannot record outcomes every delivery would be repeated later.
  return !draining_ && with_->spool.health() != storage::spool_health::failed;
}

// ---- taking envelopes into memory ----

void scheduler_state::take_work(const new_work& work) {
  if (!may_start()) {
    for (const auto& e : work.envelopes) mark_backlog(e.next_hop);
    return;
  }
  if (take(work.envelopes, work.record, keep(work.body), fence::always) == taken::memory_full) {
    for (const auto& e : work.envelopes) {
      if (!active_.contains(key_of(e))) mark_backlog(e.next_hop);
    }
  }
}

// What is durable need not stay in memory. It does, to save the reading, as long as half of the
// queue's memory is left for what has to be loaded because its turn has come; and it is the queue's
// from here on, so that the room for what comes in is free again. Large messages never stay: they
// are sent from the spool.
body_ptr scheduler_state::keep(const body_ptr& body) const {
  auto& memory = with_->destination->memory;
  if (!body || body->is_charged_to(memory)) return body;
  memory_lease lease(memory);
  const bool large = body->size() > storage::body_whole_octets_max;
  if (large || memory.used() + body->held() > memory.limit() / 2
      || !lease.grow_to(body->held())) {
    with_->destination->metrics.queue.bodies_put_back.add();
    return nullptr;
  }
  body->charge_to(std::move(lease));
  return body;
}

scheduler_state::taken scheduler_state::take(
    const std::vector<model::envelope>& envelopes,
    const std::shared_ptr<const model::message_record>& record, const body_ptr& body,
    fence::ticket read) {
  auto answer = taken::all;
  std::map<std::tuple<model::queue_id, std::string, std::string, std::uint32_t>, job_ptr> jobs;
  for (const auto& e : envelopes) {
    if (active_.contains(key_of(e)) || reads_.stale(key_of(e), read)) continue;
    if (active_.size() >= with_->options.active_max) {
      answer = taken::memory_full;
      break;
    }
    if (next_hops_[e.next_hop].active >= with_->options.active_per_next_hop_max) {
      mark_backlog(e.next_hop);
      if (answer == taken::all) answer = taken::next_hop_full;
      continue;
    }
    // A webhook gets a request for each recipient.
    const auto alone = model::is_webhook_url(e.next_hop) ? e.index + 1 : 0;
    auto& job = jobs[{e.id, e.next_hop, e.zone, alone}];
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
  const auto node = active_.extract(key_of(e));
  if (node.empty()) return;
  reads_.changed(key_of(e));
  if (const auto site = sites_.find(node.mapped()->site); site != sites_.end()) {
    SP_ASSERT(site->second.active > 0);
    --site->second.active;
  }
  auto& hop = next_hops_[e.next_hop];
  SP_ASSERT(hop.active > 0);
  --hop.active;
  forget_if_idle(e.next_hop);
}

void scheduler_state::mark_backlog(const std::string& next_hop) {
  if (!std::exchange(next_hops_[next_hop].backlog, true)) backlogs_.push_back(next_hop);
}

void scheduler_state::forget_if_idle(const std::string& next_hop) {
  if (next_hops_.size() <= next_hops_remembered_max) return;
  const auto it = next_hops_.find(next_hop);
  if (it == next_hops_.end()) return;
  if (it->second.active == 0 && !it->second.backlog && !it->second.planning) next_hops_.erase(it);
}

// ---- plans and destination queues ----

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
  auto& place = sites_.at(site);
  job->site = site;
  place.active += job->envelopes.size();
  self_->send(place.queue, enqueue_job{job});
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
  const auto ttl = std::clamp(plan.ttl, with_->options.plan_ttl_min, with_->options.plan_ttl_max);
  hop.site = plan.site;
  hop.plan_expires = with_->destination->time.steady_now() + ttl;
  hop.planning = false;
  // Too late to start anything: the jobs stay in the spool.
  if (draining_) return;
  if (const auto it = sites_.find(hop.site); it != sites_.end()) {
    self_->send(it->second.queue, plan_response{std::move(plan)});
  } else {
    auto queue = self_->spawn<caf::monitored>(destination_queue, scheduler_actor{self_},
                                              with_->destination, std::move(plan));
    sites_.emplace(hop.site, site_state{.queue = std::move(queue)});
  }
  for (const auto& job : std::exchange(hop.waiting_for_plan, {})) {
    // An operator may have removed it meanwhile.
    if (active_.contains(key_of(job->envelopes.front()))) hand_over(hop.site, job);
  }
}

void scheduler_state::retire(const std::string& site) {
  const auto it = sites_.find(site);
  // What was handed over and is not settled lies in its mailbox or in its hands.
  if (it == sites_.end() || it->second.active > 0) return;
  self_->send_exit(it->second.queue, caf::exit_reason::user_shutdown);
  sites_.erase(it);
}

// A destination queue that broke must not take its jobs with it: they are due in the spool as
// before.
void scheduler_state::queue_ended(const caf::down_msg& message) {
  const auto broken = std::ranges::find_if(sites_, [&](const auto& entry) {
    return caf::actor_cast<caf::actor_addr>(entry.second.queue) == message.source;
  });
  if (broken == sites_.end()) return;
  log_.error("destination.broken", {{"site", broken->first}});
  std::unordered_set<job_ptr> lost;
  for (const auto& entry : active_) {
    if (entry.second->site == broken->first) lost.insert(entry.second);
  }
  sites_.erase(broken);
  for (const auto& job : lost) {
    for (const auto& e : job->envelopes) {
      release(e);
      mark_backlog(e.next_hop);
    }
  }
}

void scheduler_state::settled(const job_settled& message) {
  // Due again at a time that the scans have passed: a disk may have been sick for longer than the
  // wait, or the clock may have been set back.
  const bool passed_over = message.next_due && *message.next_due <= scanned_until_;
  const auto& job = *message.job;
  for (const auto& e : job.envelopes) {
    release(e);
    if (!message.durable || passed_over) mark_backlog(e.next_hop);
  }
  // Due at once, and the scans have passed that time: taken here, or left as a backlog.
  if (!message.moved.empty()) {
    const bool whole = job.body && !job.body->rest();
    take_work({.record = job.record,
               .body = whole ? job.body : nullptr,
               .envelopes = message.moved});
  }
  if (!backlogs_.empty()) read_backlogs();
}

// ---- reading the spool ----

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
  const auto now = with_->destination->time.now();
  const auto steady = with_->destination->time.steady_now();
  // A clock that was set back may have put work before the position.
  if (now < scanned_until_ || steady >= next_rescan_) {
    position_.clear();
    next_rescan_ = steady + with_->options.rescan_interval;
  }
  scanned_until_ = now;
  const auto read = reads_.begin();
  scan_request request{.id = std::nullopt,
                       .next_hop = {},
                       .position = position_,
                       .until = now,
                       .max = with_->options.scan_page};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this, read](const scan_response& response) { scanned(response, read); },
            [this, read](const caf::error&) {
              scanning_ = false;
              reads_.end(read);
            });
}

void scheduler_state::scanned(const scan_response& response, fence::ticket read) {
  scanning_ = false;
  if (response.failure) {
    log_.error("spool.scan_failed", {{"error", to_string(*response.failure)}});
    reads_.end(read);
    return;
  }
  // The store may have failed, or the end have begun, while the page was read.
  const auto answer =
      may_start() ? take(response.page.envelopes, nullptr, nullptr, read) : taken::memory_full;
  reads_.end(read);
  // What found no room in memory must be seen again: the position stays before it.
  if (answer == taken::memory_full) return;
  position_ = response.page.next;
  if (response.page.more) scan();
}

std::vector<std::string> scheduler_state::choose_backlogs() {
  std::vector<std::string> chosen;
  for (auto it = backlogs_.begin();
       it != backlogs_.end() && reads_.reads() + chosen.size() < backlog_reads_max;) {
    auto& hop = next_hops_[*it];
    if (hop.active > with_->options.active_per_next_hop_max / 2) {
      ++it;
      continue;
    }
    hop.backlog = false;
    chosen.push_back(std::move(*it));
    it = backlogs_.erase(it);
  }
  return chosen;
}

void scheduler_state::read_backlogs() {
  if (!may_start() || active_.size() >= with_->options.active_max) return;
  for (const auto& next_hop : choose_backlogs()) read_backlog(next_hop);
}

void scheduler_state::read_backlog(const std::string& next_hop) {
  const auto read = reads_.begin();
  // Those that are active stand first in the spool, too: room for them in the page.
  scan_request request{.id = std::nullopt,
                       .next_hop = next_hop,
                       .position = {},
                       .until = with_->destination->time.now(),
                       .max = next_hops_[next_hop].active + with_->options.scan_page};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this, next_hop, read](const scan_response& r) { backlog_read(next_hop, r, read); },
            [this, next_hop, read](const caf::error&) {
              mark_backlog(next_hop);
              reads_.end(read);
            });
}

void scheduler_state::backlog_read(const std::string& next_hop, const scan_response& response,
                                   fence::ticket read) {
  if (response.failure) {
    log_.error("spool.scan_failed",
               {{"next_hop", next_hop}, {"error", to_string(*response.failure)}});
  }
  const bool usable = !response.failure && may_start();
  const auto answer =
      usable ? take(response.page.envelopes, nullptr, nullptr, read) : taken::memory_full;
  if (answer != taken::all || response.page.more) mark_backlog(next_hop);
  reads_.end(read);
  forget_if_idle(next_hop);
}

// ---- the operator ----

void scheduler_state::command(const queue_command& c) {
  const auto read = reads_.begin();
  scan_request request{.id = c.next_hop.empty() ? std::optional(c.id) : std::nullopt,
                       .next_hop = c.next_hop,
                       .position = {},
                       .until = wall_time::max(),
                       .max = with_->options.active_max};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then(
          [this, c, read](const scan_response& response) {
            if (response.failure) {
              c.done(tl::unexpected(*response.failure));
            } else {
              run_command(c, response.page.envelopes, read);
            }
            reads_.end(read);
          },
          [this, c, read](const caf::error&) {
            c.done(fail(errc::unavailable, "the spool does not answer"));
            reads_.end(read);
          });
}

// What is ours to change: envelopes that wait in the spool, and (removal) jobs that have not begun.
// Such a job is taken whole: its queue will skip it, so nothing of it may be left behind.
std::vector<model::envelope> scheduler_state::claim_for_command(
    const queue_command& c, const std::vector<model::envelope>& envelopes, fence::ticket read) {
  std::vector<model::envelope> claimed;
  for (const auto& e : envelopes) {
    if (model::is_final(e.state) || reads_.stale(key_of(e), read)) continue;
    if (const auto it = active_.find(key_of(e)); it != active_.end()) {
      const auto& job = it->second;
      // A second envelope of the same job finds it claimed.
      if (c.what != queue_command::kind::remove || !job->gate->claim()) continue;
      claimed.insert(claimed.end(), job->envelopes.begin(), job->envelopes.end());
      continue;
    }
    auto job = std::make_shared<delivery_job>();
    job->envelopes.push_back(e);
    const bool ours = job->gate->claim();
    SP_ASSERT(ours);
    activate(e, job);
    claimed.push_back(e);
  }
  return claimed;
}

void scheduler_state::run_command(const queue_command& c,
                                  const std::vector<model::envelope>& envelopes,
                                  fence::ticket read) {
  const auto claimed = claim_for_command(c, envelopes, read);
  if (!claimed.empty()) {
    commit_command(c, claimed);
  } else if (envelopes.empty()) {
    c.done(fail(errc::not_found, "no such message in the queue"));
  } else {
    c.done(fail(errc::conflict, "it is being delivered at this moment"));
  }
}

void scheduler_state::commit_command(const queue_command& c,
                                     const std::vector<model::envelope>& claimed) {
  const auto now = with_->destination->time.now();
  const bool removes = c.what == queue_command::kind::remove;
  settle_request request;
  for (const auto& e : claimed) {
    auto after = e;
    model::activity_event event;
    event.at = now;
    event.id = e.id;
    event.zone = e.zone;
    event.zone_id = e.zone_id;
    event.recipient = e.original;
    event.destination = e.destination;
    event.kind = removes ? model::event_kind::removed : model::event_kind::retried;
    if (removes) {
      after.state = model::outcome::removed;
    } else {
      after.next_attempt = now;
    }
    log_.info(removes ? "queue.removed" : "queue.retried",
              {{"queue_id", e.id.to_string()}, {"to", loggable_destination(e.destination)}});
    request.updates.push_back({.before = e, .after = std::move(after), .events = {event}});
  }
  self_->request(with_->destination->spooler, caf::infinite, std::move(request))
      .then(
          [this, c, claimed, removes](settle_response) {
            for (const auto& e : claimed) {
              release(e);
              if (!removes) mark_backlog(e.next_hop);
            }
            if (removes) {
              with_->destination->metrics.queue.outcomes.add("removed", claimed.size());
            }
            c.done(claimed.size());
            read_backlogs();
          },
          [c](const caf::error&) { c.done(fail(errc::unavailable, "the spool has stopped")); });
}

// ---- shutdown ----

caf::typed_response_promise<settle_response> scheduler_state::finish() {
  draining_ = true;
  auto promise = self_->make_response_promise<settle_response>();
  auto left = std::make_shared<std::size_t>(sites_.size());
  if (*left == 0) promise.deliver(settle_response{});
  const auto one_done = [promise, left]() {
    auto answer = promise;
    if (--*left == 0) answer.deliver(settle_response{});
  };
  for (const auto& [site, state] : sites_) {
    self_->request(state.queue, caf::infinite, drain_request{})
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
