// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What Signpost records about a message in addition to its octets: one `message_record`, and one
// `envelope` for each recipient.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/authentication/author_facts.hpp"
#include "model/queue/next_hop.hpp"
#include "model/queue/queue_id.hpp"

namespace signpost::model {

/// How a message was received and what applies to all its recipients. Written once.
struct message_record {
  queue_id id;
  wall_time accepted;
  std::string sender;  ///< MAIL FROM as received; empty = null reverse-path
  std::string helo;
  std::string client_address;    ///< IP text; empty for our own messages
  /// We wrote it ourselves (a report, a letter): it came from nobody, and needs no proof. Never so
  /// for what another node hands over.
  bool own = false;
  std::string client_name;       ///< verified reverse name; empty = unknown
  std::string protocol;          ///< the `with` word of RFC 3848: ESMTP, ESMTPS, UTF8SMTPS, …
  std::string tls;               ///< `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty = plaintext
  std::string message_id;        ///< of the header, for logs; may be empty
  bool eight_bit = false;        ///< the content has octets over 127
  bool smtputf8 = false;         ///< SMTPUTF8 was requested
  bool may_bounce = true;        ///< false: no DSN, ever (bounce_policy.hpp)
  bool automatic = false;        ///< a machine or a list sent it: nobody waits for news of a delay
  /// SPF or DKIM says that the sender's domain sent it: then reports reach nobody who did not.
  bool sender_proven = false;
  std::uint64_t size = 0;        ///< octets of the body as received
  std::uint32_t recipients = 0;  ///< how many envelopes were written with it
  /// Trace fields of ours (Received-SPF, Authentication-Results) that were written at receipt;
  /// CRLF-terminated. `Received:`, ARC and DKIM are written at delivery.
  std::string prefix;
  /// In whose name we must not sign or send anything (alignment_guard.hpp).
  author_facts author;
  friend bool operator==(const message_record&, const message_record&) = default;
};

/// Postfix's words for the fate of a recipient.
enum class outcome : std::uint8_t {
  queued,
  deferred,
  delivered,
  bounced,
  dropped,
  rejected,
  expired,
  removed
};

std::string_view to_string(outcome o);
/// True if nothing more will be done for the recipient.
bool is_final(outcome o);

/// One recipient of one message and how far it got. The only mutable record.
struct envelope {
  queue_id id;
  std::uint32_t index = 0;  ///< which recipient of the message, from 0
  std::string original;     ///< RCPT TO as received
  std::string destination;  ///< where it goes: mailbox text, or an https URL (webhook)
  std::string zone;         ///< the zone whose rule applied; empty = ours (bounces, postmaster)
  /// Which zone with that name it was: names get new owners, ids never do. Empty: unknown.
  std::string zone_id = {};
  std::string rule;         ///< the rule's name or id, for people
  model::next_hop next_hop;  ///< by which it is routed
  outcome state = outcome::queued;
  std::uint32_t attempts = 0;
  wall_time next_attempt;
  wall_time expires;
  bool delay_notified = false;
  std::string last_reply;  ///< `451 4.7.1 …` as received, or our own text
  std::string last_host;   ///< `mx1.example.net (192.0.2.7)`
  /// Mailboxes that are tried in this order, each as a separate destination, when mail to
  /// `destination` has failed permanently. The one being tried is removed from the front.
  std::vector<std::string> fallbacks;
  friend bool operator==(const envelope&, const envelope&) = default;
};

}  // namespace signpost::model
