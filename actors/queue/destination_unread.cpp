// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a DESTINATION QUEUE does with a message that the spool cannot give it. A damaged message is
// given up immediately, one that cannot be read for other reasons when its time is up. Its sender
// is notified or, if there is none to notify, the operator; nothing is final before that is on the
// disk.
#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/queue/destination_queue.hpp"
#include "actors/queue/reading_messages.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.destination_queue");

// An error that may pass (EIO, a folder that is not mounted) is retried at growing intervals: each
// try is a read from a disk that may be failing.
constexpr milliseconds read_retry_first = std::chrono::seconds(10);
constexpr milliseconds read_retry_max = std::chrono::minutes(4);
// Forgetting them only means that the next retries come early.
constexpr std::size_t pauses_remembered_max = 10'000;
// When neither the sender nor the operator could be notified.
constexpr auto tell_retry = std::chrono::minutes(5);

}  // namespace

// Twice as long each time, as long as this queue lives.
milliseconds destination_queue_state::pause_before_reading(const model::queue_id& id) {
  if (read_pauses_.size() >= pauses_remembered_max) read_pauses_.clear();
  auto& pause = read_pauses_[id];
  pause = pause == milliseconds::zero() ? read_retry_first : std::min(2 * pause, read_retry_max);
  return pause;
}

void destination_queue_state::not_read(const job_ptr& job, std::size_t slot, const error& why) {
  const bool for_good = why.code == errc::corrupt;
  log_.error(for_good ? "spool.message_unreadable" : "spool.load_failed",
             {{"queue_id", job->id().to_string()},
              {"from", job->record ? loggable_address(job->record->sender) : "unknown"},
              {"recipients", job->envelopes.size()},
              {"error", to_string(why)}});
  std::optional<wall_time> until;
  if (for_good) {
    read_pauses_.erase(job->id());
  } else {
    until = with_->time.now() + pause_before_reading(job->id());
  }
  auto s = unread(*job, until, context());
  if (s.failed.empty()) {
    commit_unread(job, slot, std::move(s), {});
  } else if (!job->record) {
    tell_operator(job, slot, std::move(s), why);
  } else {
    tell_sender(job, slot, std::move(s), why);
  }
}

void destination_queue_state::tell_sender(const job_ptr& job, std::size_t slot, settlement s,
                                          const error& why) {
  bounce_request request{.what = bounce_request::kind::failed,
                         .job = job,
                         .envelopes = s.failed,
                         .unreadable = true};
  self_->request(with_->bouncer, caf::infinite, std::move(request))
      .then(
          [this, job, slot, s, why](bounce_response& bounce) mutable {
            if (!bounce.message) {
              if (!bounce.withheld.empty()) note_withheld(s, bounce.withheld);
              tell_operator(job, slot, std::move(s), why);
              return;
            }
            with_->metrics.queue.unreadable.add("sender", s.failed.size());
            std::vector<storage::new_message> messages;
            messages.push_back(std::move(*bounce.message));
            commit_unread(job, slot, std::move(s), std::move(messages));
          },
          [this, job, slot, s](const caf::error&) mutable {
            postpone_failed(s, with_->time.now() + tell_retry);
            commit_unread(job, slot, std::move(s), {});
          });
}

void destination_queue_state::tell_operator(const job_ptr& job, std::size_t slot, settlement s,
                                            const error& why) {
  note_unreadable note{.recipients = {}, .now = with_->time.now()};
  for (const auto& e : s.failed) {
    note.recipients.push_back({.id = e.id,
                               .index = e.index,
                               .recipient = e.original,
                               .destination = e.destination,
                               .sender = job->record ? std::optional(job->record->sender)
                                                     : std::nullopt,
                               .why = to_string(why)});
  }
  self_->request(with_->reader, caf::infinite, std::move(note))
      .then(
          [this, job, slot, s](const unreadable_noted& noted) mutable {
            if (noted.failure) {
              log_.error("spool.unreadable_not_noted", {{"queue_id", job->id().to_string()},
                                                        {"error", to_string(*noted.failure)}});
              postpone_failed(s, with_->time.now() + tell_retry);
            } else {
              note_told_operator(s);
              with_->metrics.queue.unreadable.add("operator", s.failed.size());
            }
            commit_unread(job, slot, std::move(s), {});
          },
          [this, job, slot, s](const caf::error&) mutable {
            postpone_failed(s, with_->time.now() + tell_retry);
            commit_unread(job, slot, std::move(s), {});
          });
}

void destination_queue_state::commit_unread(const job_ptr& job, std::size_t slot, settlement s,
                                            std::vector<storage::new_message> messages) {
  for (const auto& update : s.updates) log_outcome(update, nullptr);
  commit(job, slot, std::move(s), std::move(messages));
}

}  // namespace signpost::actors
