// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a DESTINATION QUEUE does with a message that no host of the site takes as it is: the one
// that lacks an extension gets a copy in 7 bits, within the same attempt.
#include <algorithm>
#include <utility>

#include "actors/delivery/messages.hpp"
#include "actors/queue/destination_queue.hpp"
#include "actors/signing/messages.hpp"

namespace signpost::actors {

// If there is no such copy, what the host lacks is the answer.
void destination_queue_state::deliver_encoded(const job_ptr& job, std::size_t slot,
                                              const deliver_response& response) {
  self_->request(with_->sealer, caf::infinite, seal_request{.job = job, .seven_bit = true})
      .then(
          [this, job, slot, response](seal_response& sealed) {
            if (sealed.not_encoded || sealed.refusal) {
              delivered(job, slot, response);
              return;
            }
            attempt(job, slot,
                    {.site = plan_.site,
                     .slot = slot,
                     .targets = {*response.lacking},
                     .message = std::move(sealed.message)});
          },
          [this, job, slot, response](const caf::error&) {
            // It does not wait for room beyond its time.
            const auto now = with_->time.now();
            const bool late = std::ranges::any_of(
                job->envelopes, [&](const model::envelope& e) { return now >= e.expires; });
            if (late) {
              delivered(job, slot, response);
            } else {
              postpone(job, slot, "the message cannot be encoded at present");
            }
          });
}

}  // namespace signpost::actors
