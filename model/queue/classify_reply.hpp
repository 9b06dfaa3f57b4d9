// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the other side's reply means for a recipient: one table for all of delivery.
//
// The principle: only a reply to the recipient or the message, from a host that serves it, can make
// mail bounce. A host that cannot be reached, greets with 5xx, breaks off or fails at TLS says
// nothing about the recipient: the next host is tried, then it is retried later.
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/smtp/client_session.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

enum class disposition : std::uint8_t {
  delivered,
  retry,   ///< deferred until next_retry()
  bounce,  ///< given up
};

/// What the reply is about: whom to hold back.
enum class reply_scope : std::uint8_t { recipient, message, host, site };

struct classification {
  disposition what = disposition::retry;
  reply_scope scope = reply_scope::recipient;
  /// Try the next MX host in this attempt; `what` applies if there is none.
  bool next_host = false;
  /// Send it again immediately, in a new transaction; this does not count as an attempt.
  bool resend_now = false;
  /// For the DSN (RFC 3464 §2.3.4): from the reply, or one that fits its code. Its class agrees
  /// with `what`: 2, 4 or 5.
  smtp::enhanced_status status;
  /// A bounded word, for metrics.
  std::string_view reason;
};

/// The state of the session when the reply came.
struct reply_context {
  bool tls = false;                       ///< it was encrypted
  bool others_accepted = false;           ///< an earlier RCPT of the same transaction was accepted
  std::uint32_t transactions_before = 0;  ///< messages that this session had already finished
};

classification classify_reply(const smtp::recipient_result& result, const reply_context& context);

std::string_view to_string(disposition d);
std::string_view to_string(reply_scope s);

}  // namespace signpost::model
