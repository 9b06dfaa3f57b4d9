// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/failover.hpp"

#include <utility>

#include "actors/routing/envelopes.hpp"
#include "base/log.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.failover");

}  // namespace

std::optional<model::envelope> next_destination(const model::envelope& failed,
                                                const failover_facts& facts) {
  auto left = failed.fallbacks;
  while (!left.empty()) {
    const auto text = std::move(left.front());
    left.erase(left.begin());
    const auto mailbox = address::mailbox::parse(text);
    if (!mailbox) {
      log_.error("failover.no_mailbox", {{"queue_id", failed.id.to_string()}});
      continue;
    }
    auto next = failed;
    next.destination = mailbox->to_string();
    next.next_hop = model::next_hop::of(*mailbox);
    next.fallbacks = std::move(left);
    next.state = model::outcome::queued;
    next.attempts = 0;
    next.next_attempt = facts.now;
    next.expires = model::expiry_time(facts.now, facts.null_sender, facts.policy);
    // The reply of the previous destination must not be taken for the reply of this one.
    next.last_reply.clear();
    next.last_host.clear();
    return next;
  }
  return std::nullopt;
}

}  // namespace signpost::actors
