// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/bounce_policy.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace signpost::model {

namespace {

// True if `name` is `above` or a name below it.
bool is_within(std::string_view name, std::string_view above) {
  if (name.size() <= above.size()) return equals_ignoring_case(name, above);
  const auto cut = name.size() - above.size();
  return !above.empty() && name[cut - 1] == '.' && equals_ignoring_case(name.substr(cut), above);
}

bool is_signed(const bounce_signs& signs) {
  return std::ranges::any_of(signs.dkim_domains, [&](const std::string& domain) {
    return is_within(domain, signs.sender_domain) || is_within(signs.sender_domain, domain);
  });
}

// Who has a name below another one is not its owner: domains give names away.
bool is_signed_by_owner(const bounce_signs& signs) {
  return std::ranges::any_of(signs.dkim_domains, [&](const std::string& domain) {
    return is_within(signs.sender_domain, domain);
  });
}

bool likely_forged(const bounce_signs& signs) {
  return (signs.spf == verdict::fail || signs.spf == verdict::softfail) && !is_signed(signs);
}

}  // namespace

bool may_bounce(const bounce_signs& signs) {
  // RFC 5321 §6.1: a null reverse-path is never answered with a notification.
  return !signs.null_sender && !signs.auto_submitted && !signs.list && !likely_forged(signs);
}

bool is_sender_proven(const bounce_signs& signs) {
  return !signs.null_sender && (signs.spf == verdict::pass || is_signed_by_owner(signs));
}

bool delay_notice_due(const message_record& message, const envelope& recipient, wall_time now,
                      const retry_policy& policy) {
  if (policy.delay_notice_after == milliseconds::zero()) return false;
  if (!message.may_bounce || !message.sender_proven) return false;
  if (recipient.delay_notified || recipient.attempts == 0) return false;
  if (recipient.state != outcome::deferred && recipient.state != outcome::queued) return false;
  return now - message.accepted >= policy.delay_notice_after && now < recipient.expires;
}

}  // namespace signpost::model
