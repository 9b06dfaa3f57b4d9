// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The refusals by Signpost's own decisions, in one table: code, enhanced status, text and a
// bounded word for metrics. Errors become replies in smtp::to_reply. docs/operating/refusals.md
// explains each row to operators; a test compares.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "proto/smtp/reply.hpp"

namespace signpost::model {

enum class reply_kind : std::uint8_t {
  unknown_recipient,     ///< in one of our zones, no such address
  relaying_denied,       ///< not in one of our zones
  rule_reject,           ///< a rule or catch-all rejects
  too_many_hops,         ///< more Received fields than allowed
  delivered_before,      ///< the same recipient has already been here
  null_mx,               ///< the destination declares that it accepts no mail (RFC 7505)
  no_such_domain,        ///< NXDOMAIN, or neither MX nor address
  mx_unusable,           ///< MX hosts without any address
  mx_is_ourselves,       ///< the best MX is this node
  private_address,       ///< loopback or private address as destination
  dns_failed,            ///< SERVFAIL, timeout or bogus: try later
  dmarc_refused,         ///< the author's domain asks receivers to refuse it
  author_unknown,        ///< From names nobody whose policy could be queried
  unauthenticated,       ///< neither SPF nor DKIM passes, and the zone requires one of them
  authentication_later,  ///< could not be verified now
  own_author,            ///< the author is in one of our zones, and nothing proves it
  would_forge,           ///< however we forwarded it, our name would vouch for an author who did
                         ///< not write it
  header_too_long,       ///< the header is larger than what is read
  other_policy,          ///< a recipient whose zone decides differently from that of the first one
  share_used_up,         ///< mail for the zone's account fills the rest of the disk
  rules_costly,          ///< deciding on the recipient takes more work than is available at the
                         ///< moment
  setup_doubtful,        ///< not one of our zones, but it is uncertain which zones are ours
  rules_unusable,        ///< rules of the zone that might decide are over a limit
  way_back_refused,      ///< a return address of ours (SRS) that leads nowhere, or not a
                         ///< notification
  way_back_later,        ///< too many notifications at present
  expired,               ///< its lifetime in the queue has ended
  unreadable,            ///< our copy of the message is damaged
};

/// One row of the table.
struct reply_row {
  reply_kind kind;
  std::uint16_t code;
  smtp::enhanced_status status;
  /// For logs, events and metrics. For decisions of admission this is the most common of its words
  /// (refusal_reasons() in admission.hpp has all).
  std::string_view reason;
  std::string_view text;
};

/// All rows, one per kind, in the order of the enumeration.
std::span<const reply_row> reply_rows();
/// The fixed word of `kind`.
std::string_view reason_word(reply_kind kind);
/// The reply of `kind`; `text`, if not empty, replaces the table's text.
smtp::reply make_reply(reply_kind kind, std::string_view text = {});

}  // namespace signpost::model
