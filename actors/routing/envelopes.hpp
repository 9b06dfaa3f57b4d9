// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes envelopes: which next hop a destination has, and when it expires.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/queue/envelope.hpp"
#include "model/queue/retry.hpp"
#include "model/routing/routing_table.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::actors {

/// Where mail for `to` goes that did not come through RCPT (a notification, a bounce on its way
/// back): to `to` itself or, if its domain is ours, where the rules send it; if several accounts
/// have zones, always to `to`, because no account's rules may take what the DNS sends elsewhere.
/// Empty: the rules do not accept such mail. Rules with conditions are evaluated with nothing known
/// of the message. What cannot be decided (route_kind::costly, route_kind::unavailable) goes to the
/// postmaster of the domain, because nobody would send it again.
std::vector<model::destination> destinations_of(const model::routing_table& table,
                                                const address::mailbox& to);
/// The same within what `supply` allows: if that is not enough, its budget is used up and the
/// answer is meaningless.
std::vector<model::destination> destinations_of(const model::routing_table& table,
                                                const address::mailbox& to,
                                                model::pattern_supply& supply);

struct envelope_facts {
  std::string original;
  model::destination destination;
  std::string zone;
  std::string zone_id = {};
  std::string rule;
  wall_time accepted;
  bool null_sender = false;
};

/// Queued, due now; the caller fills in id and index.
model::envelope make_envelope(const envelope_facts& facts, const model::retry_policy& policy);

}  // namespace signpost::actors
