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
  bool auto_submitted = false;                  ///< imf::is_auto_submitted
  bool list = false;                            ///< imf::is_list_mail
  verdict spf = verdict::none;                  ///< of the sender
  std::string_view sender_local = {};           ///< of MAIL FROM
  std::string_view sender_domain = {};          ///< of MAIL FROM, in A-labels
  std::span<const std::string> dkim_domains{};  ///< of signatures that passed
};

/// False if no DSN may ever be sent for the message: it is a notification itself (a null sender, or
/// a mailer-daemon's), or the sender is likely forged. That is so if SPF says `fail` or `softfail`,
/// and no signature that passed is of the sender's domain or of one above or below it; for
/// automatic and list mail, which is sent in masses, whenever the sender is not proven. A report
/// would then reach somebody who never wrote to us. Those who are proven are told of either kind:
/// that is how lists learn of dead members (RFC 5321 §6.1).
bool may_bounce(const bounce_signs& signs);

/// True for mail that a machine or a list sent.
bool is_automatic(const bounce_signs& signs);

/// True if SPF passed for the sender, or a signature that passed is of its domain or of one above
/// it. A domain below may belong to somebody else; it is a sign, not a proof.
bool is_sender_proven(const bounce_signs& signs);

/// True if the sender should be told now that the recipient is late: at most once per recipient,
/// and only a person that is proven. Nobody is owed such a notice, so none goes to somebody who may
/// not have written, nor to machines, which may take it for a failure.
bool delay_notice_due(const message_record& message, const envelope& recipient, wall_time now,
                      const retry_policy& policy);

}  // namespace signpost::model
