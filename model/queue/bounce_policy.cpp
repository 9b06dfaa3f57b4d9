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

// RFC 3834 §2: what comes from there is a notification in all but its reverse-path.
bool is_daemon(std::string_view sender_local) {
  return equals_ignoring_case(sender_local, "mailer-daemon");
}

}  // namespace

bool may_bounce(const bounce_signs& signs) {
  // RFC 5321 §6.1: a null reverse-path is never answered with a notification, every other one is.
  if (signs.null_sender || is_daemon(signs.sender_local) || likely_forged(signs)) return false;
  return !is_automatic(signs) || is_sender_proven(signs);
}

bool is_automatic(const bounce_signs& signs) {
  return signs.auto_submitted || signs.list;
}

bool is_sender_proven(const bounce_signs& signs) {
  return !signs.null_sender && (signs.spf == verdict::pass || is_signed_by_owner(signs));
}

bool delay_notice_due(const message_record& message, const envelope& recipient, wall_time now,
                      const retry_policy& policy) {
  if (policy.delay_notice_after == milliseconds::zero()) return false;
  if (!message.may_bounce || !message.sender_proven || message.automatic) return false;
  if (recipient.delay_notified || recipient.attempts == 0) return false;
  if (recipient.state != outcome::deferred && recipient.state != outcome::queued) return false;
  return now - message.accepted >= policy.delay_notice_after && now < recipient.expires;
}

}  // namespace signpost::model
