// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a destination's answer means for us: a table.
#pragma once

#include <string>
#include <string_view>

#include "proto/smtp/client_session.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

enum class disposition : std::uint8_t {
  delivered,
  retry,        ///< 4xx and everything that is our own or the network's fault
  bounce,       ///< 5xx to MAIL, RCPT, DATA or the message
  retry_now,    ///< too many recipients in one transaction: send the rest at once
};

struct reply_class {
  disposition what = disposition::retry;
  /// True if the host, not the message, is the matter: the destination's window closes a little.
  bool host_fault = false;
  /// The status for a DSN: the one of the reply, or the best that fits (RFC 3463).
  smtp::enhanced_status status;
  /// A bounded word for metrics and logs: `recipient`, `mailbox_full`, `policy`, `greylisted`,
  /// `too_many_recipients`, `size`, `tls`, `network`, `protocol`, `extension`, `other`.
  std::string_view reason = "other";
};

[[nodiscard]] reply_class classify_reply(const smtp::recipient_result& result);

/// How a refused or broken session is to be taken, which never came as far as MAIL. `next_host`: try
/// the next MX within this attempt. A 5xx greeting is never a bounce (RFC 5321 §4.2.1 notwithstanding:
/// such greetings are about reputation and pass).
struct session_class {
  bool next_host = true;
  /// The same host without STARTTLS: its opportunistic handshake failed (RFC 7435).
  bool again_without_tls = false;
};
[[nodiscard]] session_class classify_session_failure(const smtp::session_failed_event& failure);

}  // namespace signpost::model
