// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the SCHEDULER carries out what an operator asks for: on envelopes that wait in the spool, on
// jobs that wait in a destination queue, and on attempts under way, which are broken off for it.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/queue/loggable_destination.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/scheduler.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.scheduler");

constexpr auto reader_timeout = std::chrono::minutes(1);
constexpr std::size_t command_page = 2'000;
/// After this time an operator is told what has to wait for a destination's answer.
constexpr auto command_patience = std::chrono::seconds(5);

model::activity_event event_of(const model::envelope& e, bool removes, wall_time now) {
  model::activity_event event;
  event.at = now;
  event.id = e.id;
  event.zone = e.zone;
  event.zone_id = e.zone_id;
  event.recipient = e.original;
  event.destination = e.destination;
  event.kind = removes ? model::event_kind::removed : model::event_kind::retried;
  return event;
}

}  // namespace

void scheduler_state::command(const queue_command& c) {
  auto run = std::make_shared<command_run>();
  run->order = c;
  run->since = with_->destination->time.steady_now();
  commands_.push_back(run);
  read_command_page(run, {});
}

void scheduler_state::read_command_page(const run_ptr& run, const storage::scan_position& from) {
  ++run->steps;
  const auto& c = run->order;
  const auto read = reads_.begin();
  scan_request request{.id = c.next_hop.empty() ? std::optional(c.id) : std::nullopt,
                       .next_hop = c.next_hop,
                       // Each zone's copies for a webhook have a next hop of their own.
                       .whole_origin = c.next_hop.is_whole_origin(),
                       .position = from,
                       .until = wall_time::max(),
                       .max = command_page};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then(
          [this, run, read](const scan_response& response) {
            const auto& page = response.page;
            if (response.failure) {
              run->failure = response.failure;
            } else {
              run_command(run, page.envelopes, read);
              if (page.more) read_command_page(run, page.next);
            }
            reads_.end(read);
            end_step(run);
          },
          [this, run, read](const caf::error&) {
            run->failure = error{errc::unavailable, "the spool does not answer"};
            reads_.end(read);
            end_step(run);
          });
}

// Nothing else takes it until it is released.
void scheduler_state::claim(const model::envelope& e) {
  auto job = std::make_shared<delivery_job>();
  job->envelopes.push_back(e);
  const bool ours = job->gate->claim();
  SP_ASSERT(ours);
  activate(e, job);
}

// What can be changed at once: envelopes that wait in the spool and, for removal, jobs that have
// not begun. Such a job is taken as a whole: its queue will skip it, so no part of it may be left
// behind.
std::vector<model::envelope> scheduler_state::claim_for_command(
    const run_ptr& run, const std::vector<model::envelope>& envelopes, fence::ticket read) {
  std::vector<model::envelope> claimed;
  const bool removes = run->order.what == queue_command::kind::remove;
  for (const auto& e : envelopes) {
    if (model::is_final(e.state) || reads_.stale(key_of(e), read)) continue;
    const auto it = active_.find(key_of(e));
    if (it == active_.end()) {
      claim(e);
      claimed.push_back(e);
    } else if (removes && it->second->gate->claim()) {
      // A second envelope of the same job finds the job claimed.
      const auto& all = it->second->envelopes;
      claimed.insert(claimed.end(), all.begin(), all.end());
    } else if (std::ranges::find(claimed, e) == claimed.end()) {
      cut_for(run, e, it->second);
    }
  }
  return claimed;
}

// An attempt in progress is aborted to be removed, or, if the operator named the message, to be
// retried. For a whole next hop, what is already being tried needs no retry.
void scheduler_state::cut_for(const run_ptr& run, const model::envelope& e, const job_ptr& job) {
  if (run->order.what == queue_command::kind::retry) {
    if (!run->order.next_hop.empty() || job->site.empty()) return;
    if (!job->gate->is_claimed()) {
      // It already waits in memory, perhaps for the end of a suspension.
      wake(job->site);
      ++run->changed;
      return;
    }
  }
  if (!cut_.emplace(key_of(e), run).second) return;
  ++run->cut;
  job->leash->cut(cut_reason::by_operator);
}

void scheduler_state::wake(const std::string& site) {
  if (const auto at = sites_.find(site); at != sites_.end()) {
    self_->send(at->second.queue, wake_site{});
  }
}

void scheduler_state::attempt_cut(const job_settled& message) {
  if (cut_.empty()) return;
  const auto& left = message.durable ? message.left : message.job->envelopes;
  for (const auto& e : message.job->envelopes) {
    const auto node = cut_.extract(key_of(e));
    if (node.empty()) continue;
    const auto run = node.mapped();
    --run->cut;
    ++run->steps;
    const auto now = std::ranges::find(left, e.index, &model::envelope::index);
    if (now != left.end() && !active_.contains(key_of(e))) {
      claim(*now);
      commit_command(run, {*now});
    }
    end_step(run);
  }
}

void scheduler_state::run_command(const run_ptr& run, const std::vector<model::envelope>& envelopes,
                                  fence::ticket read) {
  run->found += envelopes.size();
  const auto claimed = claim_for_command(run, envelopes, read);
  if (!claimed.empty()) commit_command(run, claimed);
}

void scheduler_state::commit_command(const run_ptr& run,
                                     const std::vector<model::envelope>& claimed) {
  const auto now = with_->destination->time.now();
  const bool removes = run->order.what == queue_command::kind::remove;
  settle_request request;
  for (const auto& e : claimed) {
    auto after = e;
    if (removes) {
      after.state = model::outcome::removed;
    } else {
      after.next_attempt = now;
    }
    log_.info(removes ? "queue.removed" : "queue.retried",
              {{"queue_id", e.id.to_string()}, {"to", loggable_destination(e.destination)}});
    request.updates.push_back(
        {.before = e, .after = std::move(after), .events = {event_of(e, removes, now)}});
  }
  ++run->steps;
  self_->request(with_->destination->spooler, caf::infinite, std::move(request))
      .then(
          [this, run, claimed, removes, now](settle_response) {
            for (const auto& e : claimed) {
              release(e);
              if (removes) continue;
              mark_backlog(e.next_hop, storage::position_at(now));
              wake(next_hops_[e.next_hop].site);
            }
            auto& outcomes = with_->destination->metrics.queue.outcomes;
            if (removes) outcomes.add("removed", claimed.size());
            run->changed += claimed.size();
            end_step(run);
            read_backlogs(backlogs_.size());
          },
          [this, run](const caf::error&) {
            run->failure = error{errc::unavailable, "the spool has stopped"};
            end_step(run);
          });
}

void scheduler_state::end_step(const run_ptr& run) {
  --run->steps;
  if (run->steps > 0 || run->cut > 0) return;
  commands_.remove(run);
  if (std::exchange(run->answered, true)) return;
  const auto& done = run->order.done;
  if (run->changed > 0) {
    done(run->changed);
  } else if (run->failure) {
    done(tl::unexpected(*run->failure));
  } else if (run->found == 0) {
    done(fail(errc::not_found, "no such message in the queue"));
  } else {
    done(fail(errc::conflict, "it is being delivered right now"));
  }
}

// RFC 5321 §4.2.5: once the final dot is sent, it is unknown whether the message was delivered
// until the other side replies or its time is up. The command is carried out then, if anything is
// left to do.
void scheduler_state::answer_late_commands() {
  const auto now = with_->destination->time.steady_now();
  for (const auto& run : commands_) {
    if (run->answered || run->cut == 0 || now - run->since < command_patience) continue;
    run->answered = true;
    run->order.done(fail(errc::conflict,
                         "the whole message has been sent and the destination has not answered "
                         "yet; the request takes effect if the answer is not a success"));
  }
}

}  // namespace signpost::actors
