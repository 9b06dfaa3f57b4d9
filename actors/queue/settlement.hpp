// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an attempt means for each recipient: the new state of its envelope, the event for the log,
// whether it continues to another destination, and whether the sender is to be notified. Pure: the
// DESTINATION QUEUE hands in facts and gets values back.
#pragma once

#include <optional>
#include <vector>

#include "actors/interfaces.hpp"
#include "base/random.hpp"
#include "model/queue/retry.hpp"
#include "proto/smtp/reply.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

struct settlement {
  std::vector<storage::envelope_update> updates;
  /// In their new state: those whose sender is to be notified of failure, and of delay.
  std::vector<model::envelope> failed;
  std::vector<model::envelope> delayed;
  /// Refused only because there were too many in one transaction (RFC 5321 §4.5.3.1.10): to be sent
  /// again immediately. They are not in `updates`.
  std::vector<model::envelope> again;
};

struct settlement_context {
  wall_time now;
  const model::retry_policy& policy;
  random_source& random;
  /// See model::retry_question.
  std::optional<wall_time> sure_now = {};
};

/// For an attempt at `job` that ended with `response`.
settlement settle(const delivery_job& job, const deliver_response& response,
                  const settlement_context& context);

/// For an attempt that could not begin: the plan failed (no such domain, null MX, DNS down), or the
/// message could not be read. `reply` with code 4xx defers, 5xx bounces.
settlement settle_without_attempt(const delivery_job& job, const smtp::reply& reply,
                                  const settlement_context& context);

/// For a job whose message could not be read: due again at `until`, no attempt counted. Without
/// `until`, or when its time is up, it is given up, whatever fallbacks it has.
settlement unread(const delivery_job& job, std::optional<wall_time> until,
                  const settlement_context& context);

/// For a job that a problem of our own kept from being tried: due again at `until`, no attempt
/// counted.
settlement postponed(const delivery_job& job, std::string_view why, wall_time until,
                     const settlement_context& context);

/// Withdraws failures of which the sender cannot be notified now: they are tried again at `until`.
void postpone_failed(settlement& s, wall_time until);
/// Records in the events of failed recipients why their sender is not notified.
void note_withheld(settlement& s, std::string_view why);
/// Records in the events of failed recipients that the operator is notified.
void note_told_operator(settlement& s);
/// As postpone_failed, for delays: the notice becomes due again with the next attempt.
void forget_delays(settlement& s);

}  // namespace signpost::actors
