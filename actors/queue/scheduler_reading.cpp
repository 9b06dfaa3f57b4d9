// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the SCHEDULER reads the spool: the whole schedule by time, and what it had to leave there of
// each next hop.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/scheduler.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.scheduler");

constexpr auto reader_timeout = std::chrono::minutes(1);
constexpr std::size_t backlog_reads_max = 8;
/// If backlogs were too many to remember, the schedule is read again after this.
constexpr auto rescan_pause = std::chrono::seconds(10);
/// How many next hops one scan skips; further ones are read, and left where they are.
constexpr std::size_t left_out_max = 5'000;

}  // namespace

void scheduler_state::on_tick() {
  auto& destination = *with_->destination;
  destination.metrics.queue.recipients.with("active").set(static_cast<double>(active_.size()));
  destination.metrics.queue.backlogs.set(static_cast<double>(backlogs_.size()));
  const auto now = destination.time.now();
  const auto steady = destination.time.steady_now();
  const bool forgot = forgot_backlogs_ && !catching_up_
                      && steady >= next_rescan_ - with_->options.rescan_interval + rescan_pause;
  // A clock that was set back may have put work before the position.
  const bool anew = now < scanned_until_ || steady >= next_rescan_ || forgot;
  notice_clock();
  if (anew) look_from_the_beginning(now);
  scan(scan_kind::new_due);
  scan(scan_kind::catch_up);
  read_backlogs(backlogs_.size());
  look_for_late_ones();
  look_beyond();
  answer_late_commands();
  self_->delayed_send(self_, with_->options.scan_interval, tick{});
}

// Envelopes due before now are caught up with; those that become due from now on never wait behind
// them.
void scheduler_state::look_from_the_beginning(wall_time now) {
  scans_[scan_kind::catch_up].position.clear();
  scans_[scan_kind::new_due].position = storage::position_at(now);
  catch_up_until_ = now;
  scanned_until_ = now;
  catching_up_ = true;
  forgot_backlogs_ = false;
  next_rescan_ = with_->destination->time.steady_now() + with_->options.rescan_interval;
}

// Next hops whose part of the schedule is read separately.
std::shared_ptr<const storage::next_hop_set> scheduler_state::full_next_hops() const {
  if (backlogs_.empty()) return nullptr;
  auto full = std::make_shared<storage::next_hop_set>();
  for (const auto& next_hop : backlogs_) {
    if (full->size() >= left_out_max) break;
    full->insert(next_hop.text());
  }
  return full;
}

void scheduler_state::scan(scan_kind kind) {
  auto& state = scans_[kind];
  if (state.under_way || !may_start() || active_.size() >= with_->options.active_max) return;
  if (kind == scan_kind::catch_up && !catching_up_) return;
  state.under_way = true;
  const auto now = with_->destination->time.now();
  if (kind == scan_kind::new_due) scanned_until_ = now;
  const auto read = reads_.begin();
  scan_request request{.id = std::nullopt,
                       .next_hop = {},
                       .position = state.position,
                       .until = kind == scan_kind::new_due ? now : catch_up_until_,
                       .max = with_->options.scan_page,
                       .leave_out = full_next_hops()};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this, kind, read](const scan_response& response) { scanned(kind, response, read); },
            [this, kind, read](const caf::error&) {
              scans_[kind].under_way = false;
              reads_.end(read);
            });
}

void scheduler_state::scanned(scan_kind kind, const scan_response& response, fence::ticket read) {
  auto& state = scans_[kind];
  state.under_way = false;
  if (response.failure) {
    log_.error("spool.scan_failed", {{"error", to_string(*response.failure)}});
    reads_.end(read);
    return;
  }
  const auto& page = response.page;
  // The store may have failed, or the shutdown begun, while the page was read.
  const auto answer = may_start() ? take(page.envelopes, nullptr, nullptr, read)
                                  : taken::memory_full;
  reads_.end(read);
  // Envelopes that found no room in memory must be seen again: the position stays before them.
  if (answer == taken::memory_full) return;
  for (const auto& [text, from] : page.left_out) mark_backlog(model::next_hop(text), from);
  state.position = page.next;
  if (page.more) {
    scan(kind);
  } else if (kind == scan_kind::catch_up) {
    catching_up_ = false;
  }
}

// ---- one next hop at a time ----

bool scheduler_state::may_read(const next_hop_state& hop) const {
  const auto* const site = site_of(hop);
  const auto now = with_->destination->time.steady_now();
  if (site != nullptr && site->news.suspended_until > now) return false;
  const auto room = room_for(hop);
  // Not for a few, unless there can be no more.
  return room > 0 && room >= std::min(hop.active, with_->options.active_per_next_hop_max / 2);
}

// Examines at most this many; those that may not be read now come last the next time.
void scheduler_state::read_backlogs(std::size_t looked_at_max) {
  if (!may_start()) return;
  for (auto left = std::min(looked_at_max, backlogs_.size()); left > 0; --left) {
    if (active_.size() >= with_->options.active_max || reads_.reads() >= backlog_reads_max) return;
    auto& hop = next_hops_[backlogs_.front()];
    if (!may_read(hop)) {
      backlogs_.splice(backlogs_.end(), backlogs_, backlogs_.begin());
      continue;
    }
    const auto next_hop = std::move(backlogs_.front());
    backlogs_.pop_front();
    hop.backlog = false;
    read_backlog(next_hop);
  }
}

void scheduler_state::read_backlog(const model::next_hop& next_hop) {
  const auto read = reads_.begin();
  const auto& hop = next_hops_[next_hop];
  const auto from = hop.from;
  scan_request request{.id = std::nullopt,
                       .next_hop = next_hop,
                       .position = from,
                       .until = with_->destination->time.now(),
                       .max = std::min(room_for(hop), with_->options.scan_page)};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this, next_hop, from,
             read](const scan_response& r) { backlog_read(next_hop, from, r, read); },
            [this, next_hop, from, read](const caf::error&) {
              mark_backlog(next_hop, from);
              reads_.end(read);
            });
}

void scheduler_state::backlog_read(const model::next_hop& next_hop,
                                   const storage::scan_position& from,
                                   const scan_response& response, fence::ticket read) {
  if (response.failure) {
    log_.error("spool.scan_failed",
               {{"next_hop", next_hop.text()}, {"error", to_string(*response.failure)}});
  }
  const auto& page = response.page;
  const bool usable = !response.failure && may_start();
  const auto answer = usable ? take(page.envelopes, nullptr, nullptr, read) : taken::memory_full;
  if (answer == taken::memory_full) {
    mark_backlog(next_hop, from);
  } else if (page.more) {
    mark_backlog(next_hop, page.next);
  }
  reads_.end(read);
  forget_if_idle(next_hop);
}

// ---- what must not wait until its destination is well ----

bool scheduler_state::must_not_wait(const model::envelope& e, wall_time now) const {
  const auto patience = with_->destination->retry.delay_notice_after;
  const bool late = patience > milliseconds::zero() && !e.delay_notified
                    && now - e.id.accepted() >= patience;
  return late || now >= e.expires;
}

// Mail for a suspended site expires nevertheless, and senders are told about a delay: one page of
// each such next hop after the other is read.
void scheduler_state::look_for_late_ones() {
  if (looking_for_late_ones_ || !may_start()) return;
  const auto steady = with_->destination->time.steady_now();
  for (auto left = backlogs_.size(); left > 0; --left) {
    backlogs_.splice(backlogs_.end(), backlogs_, backlogs_.begin());
    const auto& next_hop = backlogs_.back();
    const auto& hop = next_hops_[next_hop];
    const auto* const site = site_of(hop);
    if (site == nullptr || site->news.suspended_until <= steady) continue;
    looking_for_late_ones_ = true;
    const auto read = reads_.begin();
    scan_request request{.id = std::nullopt,
                         .next_hop = next_hop,
                         .position = hop.looked_at,
                         .until = with_->destination->time.now(),
                         .max = with_->options.scan_page};
    self_->request(with_->destination->reader, reader_timeout, std::move(request))
        .then([this, next_hop,
               read](const scan_response& r) { late_ones_read(next_hop, r, read); },
              [this, read](const caf::error&) {
                looking_for_late_ones_ = false;
                reads_.end(read);
              });
    return;
  }
}

void scheduler_state::late_ones_read(const model::next_hop& next_hop, const scan_response& response,
                                     fence::ticket read) {
  looking_for_late_ones_ = false;
  const auto now = with_->destination->time.now();
  std::vector<job_ptr> jobs;
  for (const auto& e : response.page.envelopes) {
    if (response.failure || !may_start() || active_.size() >= with_->options.active_max) break;
    const bool ours = must_not_wait(e, now) && !active_.contains(key_of(e))
                      && !reads_.stale(key_of(e), read);
    if (!ours) continue;
    auto job = std::make_shared<delivery_job>();
    job->envelopes.push_back(e);
    activate(e, job);
    jobs.push_back(std::move(job));
  }
  reads_.end(read);
  if (!response.failure) {
    auto& looked_at = next_hops_[next_hop].looked_at;
    looked_at = response.page.more ? response.page.next : storage::scan_position();
  }
  for (const auto& job : jobs) dispatch(job);
}

}  // namespace signpost::actors
