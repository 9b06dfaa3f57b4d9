// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a destination queue delivers at once: recipients of one message, and who may act on them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "actors/delivery/attempt_leash.hpp"
#include "actors/interfaces.hpp"
#include "actors/queue/site_share.hpp"
#include "base/body.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::actors {

/// Who may act on a job: the destination queue that starts it, or the operator that removes it.
class job_gate {
 public:
  /// True for exactly one caller; all later ones get false.
  [[nodiscard]] bool claim() { return !claimed_.exchange(true); }
  [[nodiscard]] bool is_claimed() const { return claimed_; }
  /// By the one who claimed it and has not begun: somebody may claim it again.
  void reopen() { claimed_ = false; }

  /// Of the attempt, when it has begun: here, so that a job takes one allocation less.
  attempt_leash leash;

 private:
  std::atomic<bool> claimed_{false};
};

/// Recipients of one message that travel in one transaction: same next hop and same zone (and so
/// the same rewritten sender); of a webhook, one. `envelopes` and `site` do not change once a
/// destination queue has it.
struct delivery_job {
  std::vector<model::envelope> envelopes;  ///< at least one
  /// Empty until loaded from the spool; the body again when it went back there.
  std::shared_ptr<const model::message_record> record;
  body_ptr body;
  site_claim_ptr claim;  ///< of its site's share, for the body
  std::shared_ptr<job_gate> gate = std::make_shared<job_gate>();
  /// Of the attempt under way; a part of the job that goes again keeps it.
  std::shared_ptr<attempt_leash> leash{gate, &gate->leash};
  std::string site;  ///< of the destination queue that has it; empty before

  [[nodiscard]] const model::queue_id& id() const { return envelopes.front().id; }
  [[nodiscard]] const model::next_hop& next_hop() const { return envelopes.front().next_hop; }
  [[nodiscard]] const std::string& zone() const { return envelopes.front().zone; }
};

}  // namespace signpost::actors
