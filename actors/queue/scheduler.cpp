// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/scheduler.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <tuple>
#include <utility>

#include "actors/delivery/planner_messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/loggable_destination.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/status_messages.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.scheduler");

// Resolving MX and addresses of a few hosts, each each within the resolver's own timeout.
constexpr auto plan_timeout = std::chrono::minutes(2);
constexpr std::size_t next_hops_remembered_max = 10'000;
// With a next hop for each of a million domains, an index of all backlogs would itself fill the
// memory. Those that are not remembered are found when the schedule is read from its beginning.
constexpr std::size_t backlogs_remembered_max = 100'000;
// Envelopes of one site in trouble: enough for the next attempts.
constexpr std::size_t active_in_trouble_max = 20;
// How many next hops with a backlog are examined each time that something has ended.
constexpr std::size_t backlogs_looked_at = 16;

}  // namespace

void scheduler_state::start(scheduler_dependencies with) {
  with_.emplace(std::move(with));
  self_->set_down_handler([this](const caf::down_msg& m) { queue_ended(m); });
  // The destination queues belong to this actor alone and end with it.
  self_->set_exit_handler([this](caf::exit_msg& message) {
    for (const auto& [site, state] : sites_) self_->send_exit(state.queue, message.reason);
    self_->quit(message.reason);
  });
  look_from_the_beginning(with_->destination->time.now());
  self_->send(self_, tick{});
}

bool scheduler_state::may_start() const {
  // If the store cannot record outcomes, every delivery would be repeated later.
  return !draining_ && with_->spool.health() != storage::spool_health::failed;
}

// ---- taking envelopes into memory ----

void scheduler_state::take_work(const new_work& work) {
  if (!may_start()) {
    for (const auto& e : work.envelopes) mark_backlog(e);
    return;
  }
  if (take(work.envelopes, work.record, keep(work.body), fence::always) == taken::memory_full) {
    for (const auto& e : work.envelopes) {
      if (!active_.contains(key_of(e))) mark_backlog(e);
    }
  }
}

// A durable message need not stay in memory. It does, to save reading it, while half of the queue's
// memory is left for messages that have to be loaded because their turn has come; and from here on
// it counts for the queue, which frees the room for incoming mail. Large messages never stay: they
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
  std::map<std::tuple<model::queue_id, model::next_hop, std::string, std::uint32_t>, job_ptr> jobs;
  for (const auto& e : envelopes) {
    if (active_.contains(key_of(e)) || reads_.stale(key_of(e), read)) continue;
    if (active_.size() >= with_->options.active_max) {
      answer = taken::memory_full;
      break;
    }
    if (room_for(next_hops_[e.next_hop]) == 0) {
      mark_backlog(e);
      if (answer == taken::all) answer = taken::next_hop_full;
      continue;
    }
    // A webhook gets one request for each recipient.
    const auto alone = e.next_hop.is_webhook() ? e.index + 1 : 0;
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

void scheduler_state::mark_backlog(const model::next_hop& next_hop,
                                   const storage::scan_position& from) {
  auto& hop = next_hops_[next_hop];
  if (hop.backlog) {
    hop.from = std::min(hop.from, from);
  } else if (backlogs_.size() >= backlogs_remembered_max) {
    forgot_backlogs_ = true;
    forget_if_idle(next_hop);
  } else {
    hop.backlog = true;
    hop.from = from;
    backlogs_.push_back(next_hop);
  }
}

const scheduler_state::site_state* scheduler_state::site_of(const next_hop_state& hop) const {
  const auto site = sites_.find(hop.site);
  return site == sites_.end() ? nullptr : &site->second;
}

// How many more envelopes of the next hop may be in memory.
std::size_t scheduler_state::room_for(const next_hop_state& hop) const {
  const auto& o = with_->options;
  const auto* const site = site_of(hop);
  const bool proven = site != nullptr && site->news.proven;
  const bool troubled = site != nullptr && site->news.troubled;
  const auto most = troubled ? o.active_max / 2 : proven ? o.active_max
                                                         : o.active_max - o.active_max / 8;
  // The last sixteenth is kept for next hops that have nothing in memory yet.
  const auto used = active_.size() + (hop.active > 0 ? most / 16 : 0);
  const auto free = most > used ? most - used : 0;
  auto limit = std::min(o.active_per_next_hop_max, free);
  auto held = hop.active;
  if (troubled) {
    limit = std::min(limit, active_in_trouble_max);
    held = std::max(held, site->active);
  }
  return limit > held ? limit - held : 0;
}

void scheduler_state::forget_if_idle(const model::next_hop& next_hop) {
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

void scheduler_state::ask_plan(const model::next_hop& next_hop) {
  self_->request(with_->planner, plan_timeout, plan_request{next_hop})
      .then([this, next_hop](plan_response& r) { planned(next_hop, std::move(r.plan)); },
            [this, next_hop](const caf::error&) {
              delivery_plan plan;
              plan.next_hop = next_hop;
              plan.site = "!" + next_hop.text();
              plan.refusal = smtp::reply{
                  .code = 451, .status = {4, 4, 3}, .lines = {"the DNS did not answer in time"}};
              planned(next_hop, std::move(plan));
            });
}

void scheduler_state::planned(const model::next_hop& next_hop, delivery_plan plan) {
  auto& hop = next_hops_[next_hop];
  const auto ttl = std::clamp(plan.ttl, with_->options.plan_ttl_min, with_->options.plan_ttl_max);
  hop.site = plan.site;
  hop.plan_expires = with_->destination->time.steady_now() + ttl;
  hop.planning = false;
  // Too late to start anything; the jobs stay in the spool.
  if (draining_) return;
  if (const auto it = sites_.find(hop.site); it != sites_.end()) {
    self_->send(it->second.queue, plan_response{std::move(plan)});
  } else {
    auto queue = self_->spawn<caf::monitored>(destination_queue, scheduler_actor{self_},
                                              with_->destination, std::move(plan));
    sites_.emplace(hop.site, site_state{.queue = std::move(queue)});
  }
  for (const auto& job : std::exchange(hop.waiting_for_plan, {})) {
    // An operator may have removed it in the meantime.
    if (active_.contains(key_of(job->envelopes.front()))) hand_over(hop.site, job);
  }
}

void scheduler_state::retire(const std::string& site) {
  const auto it = sites_.find(site);
  // What was handed over and is not settled is in its mailbox or being processed.
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
    give_back(job);
  }
}

void scheduler_state::returned(const jobs_returned& message) {
  for (const auto& job : message.jobs) give_back(job);
}

// The spool still has it unchanged; an operator may have asked for it in the meantime.
void scheduler_state::give_back(const job_ptr& job) {
  for (const auto& e : job->envelopes) {
    release(e);
    mark_backlog(e);
  }
  attempt_cut({.job = job, .durable = false});
}

void scheduler_state::learn(const site_news& news) {
  const auto site = sites_.find(news.site);
  if (site == sites_.end()) return;
  const bool better = site->second.news.troubled && !news.troubled;
  site->second.news = news;
  if (better) read_backlogs(backlogs_.size());
}

void scheduler_state::settled(const job_settled& message) {
  // Due again at a time that the scans have passed: a disk may have been sick for longer than the
  // wait, or the clock may have been set back.
  const bool passed_over = message.next_due && *message.next_due <= scanned_until_;
  const auto& job = *message.job;
  for (const auto& e : job.envelopes) {
    release(e);
    if (!message.durable) mark_backlog(e);
    if (passed_over) mark_backlog(e.next_hop, storage::position_at(*message.next_due));
  }
  attempt_cut(message);
  // Due at once, and the scans have passed that time: it is taken here, or left as a backlog.
  if (!message.moved.empty()) {
    const bool whole = job.body && !job.body->rest();
    take_work({.record = job.record,
               .body = whole ? job.body : nullptr,
               .envelopes = message.moved});
  }
  if (!backlogs_.empty()) read_backlogs(backlogs_looked_at);
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
      [self](const jobs_returned& m) { self->state.returned(m); },
      [self](const site_news& m) { self->state.learn(m); },
      [self](const destination_idle& m) { self->state.retire(m.site); },
      [self](const queue_command& m) { self->state.command(m); },
      [self](tick) { self->state.on_tick(); },
      [](const sign_of_life& m) { m.turned(); },
      [self](drain_request) -> caf::result<settle_response> { return self->state.finish(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
