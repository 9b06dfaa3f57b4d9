// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/bounce_policy.hpp"

namespace signpost::model {

bool may_bounce(const bounce_signs& signs) {
  // RFC 5321 §6.1: a null reverse-path is never answered with a notification.
  return !signs.null_sender && !signs.auto_submitted && !signs.list;
}

bool delay_notice_due(const message_record& message, const envelope& recipient, wall_time now,
                      const retry_policy& policy) {
  if (policy.delay_notice_after == milliseconds::zero()) return false;
  if (!message.may_bounce || recipient.delay_notified || recipient.attempts == 0) return false;
  if (recipient.state != outcome::deferred && recipient.state != outcome::queued) return false;
  return now - message.accepted >= policy.delay_notice_after && now < recipient.expires;
}

}  // namespace signpost::model
