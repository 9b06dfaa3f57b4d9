// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an attempt means for each recipient: the new state of its envelope, the event for the log,
// whether it continues to another destination, and whether the sender is to be told. Pure: the
// DESTINATION QUEUE hands in facts and gets values back.
#pragma once

#include <optional>
#include <vector>

#include "actors/messages.hpp"
#include "base/random.hpp"
#include "model/queue/retry.hpp"

namespace signpost::actors {

struct settlement {
  std::vector<storage::envelope_update> updates;
  /// In their new state: those whose sender is to be told of failure, and of delay.
  std::vector<model::envelope> failed;
  std::vector<model::envelope> delayed;
  /// Refused only because there were too many in one transaction (RFC 5321 §4.5.3.1.10): to be sent
  /// again at once. They are not among `updates`.
  std::vector<model::envelope> again;
};

struct settlement_context {
  wall_time now;
  const model::retry_policy& policy;
  random_source& random;
  /// See model::retry_question.
  std::optional<wall_time> sure_now = {};
};

/// Of an attempt at `job` that ended as `response`.
settlement settle(const delivery_job& job, const deliver_response& response,
                  const settlement_context& context);

/// Of an attempt that could not begin: the plan failed (no such domain, null MX, DNS down), or the
/// message could not be read. `reply` with code 4xx defers, 5xx bounces.
settlement settle_without_attempt(const delivery_job& job, const smtp::reply& reply,
                                  const settlement_context& context);

/// Of a job whose message could not be read: due again at `until`, no attempt counted. Without
/// `until`, or when its time is up, it is given up, whatever fallbacks it has.
settlement unread(const delivery_job& job, std::optional<wall_time> until,
                  const settlement_context& context);

/// Of a job that trouble of our own kept from being tried: due again at `until`, no attempt
/// counted.
settlement postponed(const delivery_job& job, std::string_view why, wall_time until,
                     const settlement_context& context);

/// Withdraws what the sender cannot be told about now: those that failed are tried again at
/// `until`.
void postpone_failed(settlement& s, wall_time until);
/// Records in the events of those that failed why their sender is not told.
void note_withheld(settlement& s, std::string_view why);
/// Records in the events of those that failed that the operator is told.
void note_told_operator(settlement& s);
/// As postpone_failed of delays: the notice comes due again with the next attempt.
void forget_delays(settlement& s);

}  // namespace signpost::actors
