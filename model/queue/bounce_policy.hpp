// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is notified that mail could not be delivered, and when.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/authentication/admission.hpp"
#include "model/queue/envelope.hpp"
#include "model/queue/retry.hpp"

namespace signpost::model {

/// What is known about a message when it is accepted.
struct bounce_signs {
  bool null_sender = false;                     ///< MAIL FROM:<>
  bool auto_submitted = false;                  ///< Auto-Submitted other than `no` (RFC 3834 §5)
  bool list = false;                            ///< List-Id or Precedence: list, bulk, junk
  verdict spf = verdict::none;                  ///< of the sender
  std::string_view sender_domain = {};          ///< of MAIL FROM, in A-labels
  std::span<const std::string> dkim_domains{};  ///< of signatures that passed
};

/// False if no DSN may ever be sent for the message. One reason is that the sender is probably
/// forged: SPF is `fail` or `softfail`, and no signature that passed is from the sender's domain or
/// one above or below it. A report would then reach somebody who never wrote to us.
bool may_bounce(const bounce_signs& signs);

/// True if SPF passed for the sender, or a signature that passed is of its domain or of one above
/// it. A domain below may belong to somebody else; it is a sign, not a proof.
bool is_sender_proven(const bounce_signs& signs);

/// True if the sender should be told now that the recipient is delayed: at most once per recipient,
/// and only a proven sender. Nobody is entitled to such a notice, so none goes to someone who may
/// not have written.
bool delay_notice_due(const message_record& message, const envelope& recipient, wall_time now,
                      const retry_policy& policy);

}  // namespace signpost::model
