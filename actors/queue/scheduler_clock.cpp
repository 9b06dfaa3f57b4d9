// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the SCHEDULER copes with a clock that was ahead: mail accepted or deferred then would wait
// until that time is reached again.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/queue/messages.hpp"
#include "actors/queue/reading_messages.hpp"
#include "actors/queue/scheduler.hpp"
#include "base/log.hpp"
#include "model/queue/retry.hpp"
#include "model/queue/webhook_reply.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.scheduler");

constexpr auto reader_timeout = std::chrono::minutes(1);
/// Smaller steps back are ordinary adjustments of a clock.
constexpr auto clock_step_min = std::chrono::minutes(1);
/// Later than every due time, and still a number of milliseconds with room for arithmetic.
constexpr wall_time far_future{std::chrono::hours(24 * 365 * 1000L)};

}  // namespace

void scheduler_state::notice_clock() {
  const auto now = with_->destination->time.now();
  if (now < last_tick_ - clock_step_min) {
    log_.warning("clock.set_back",
                 {{"by_s", std::chrono::duration_cast<seconds>(last_tick_ - now).count()}});
    beyond_wanted_ = true;
    beyond_.clear();
  }
  last_tick_ = now;
}

// A page at each tick: what is tried now shares the queue with everyone's mail.
void scheduler_state::look_beyond() {
  if (!beyond_wanted_ || looking_beyond_ || !may_start()) return;
  looking_beyond_ = true;
  if (beyond_.empty()) {
    const auto& destination = *with_->destination;
    beyond_ = storage::position_at(destination.time.now()
                                   + model::longest_wait(destination.retry) + milliseconds(1));
  }
  const auto read = reads_.begin();
  scan_request request{.id = std::nullopt,
                       .next_hop = {},
                       .position = beyond_,
                       .until = far_future,
                       .max = with_->options.scan_page};
  self_->request(with_->destination->reader, reader_timeout, std::move(request))
      .then([this, read](const scan_response& r) { looked_beyond(r, read); },
            [this, read](const caf::error&) {
              looking_beyond_ = false;
              reads_.end(read);
            });
}

void scheduler_state::looked_beyond(const scan_response& response, fence::ticket read) {
  looking_beyond_ = false;
  if (response.failure) {
    log_.error("spool.scan_failed", {{"error", to_string(*response.failure)}});
    reads_.end(read);
    return;
  }
  beyond_wanted_ = response.page.more;
  beyond_ = response.page.more ? response.page.next : storage::scan_position();
  // A webhook may have asked for a longer wait; what is active is being tried.
  const auto asked_max = with_->destination->time.now() + model::retry_after_max;
  auto late = response.page.envelopes;
  std::erase_if(late, [&](const model::envelope& e) {
    return active_.contains(key_of(e))
           || (e.next_hop.is_webhook() && e.next_attempt <= asked_max);
  });
  if (!late.empty()) try_now(late, read);
  reads_.end(read);
}

void scheduler_state::try_now(const std::vector<model::envelope>& late, fence::ticket read) {
  log_.warning("queue.due_too_late", {{"recipients", late.size()},
                                      {"hint", "the clock was ahead; they are retried now"}});
  auto run = std::make_shared<command_run>();
  run->order = {.what = queue_command::kind::retry,
                .id = {},
                .next_hop = {},
                .done = [](const result<std::size_t>&) {}};
  run->since = with_->destination->time.steady_now();
  run->steps = 1;
  commands_.push_back(run);
  run_command(run, late, read);
  end_step(run);
}

}  // namespace signpost::actors
