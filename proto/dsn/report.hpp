// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes delivery status notifications: a multipart/report (RFC 6522) with a text for human
// readers, a
// message/delivery-status part (RFC 3464) and the original message or its header. For senders who
// use SMTPUTF8 the parts are those of RFC 6533.
//
//     dsn::report r{.kind = dsn::report_kind::failed, .reporting_mta = "mx.example.org", …};
//     SP_TRY(auto mail, dsn::compose(r));
//     send(mail, r.to);  // from <>, with mail.eight_bit and mail.smtputf8
//
// Threads: pure functions. Limits: `diagnostic_octets_max` of a server's text per recipient,
// `report::original_octets_max` of the original, `returned_header_octets_max` of its header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::dsn {

/// How many octets of one server's text a report repeats.
inline constexpr std::size_t diagnostic_octets_max = 2000;
/// How many octets of the original's header section a report returns when the message is too large.
inline constexpr std::size_t returned_header_octets_max = 64 * 1024;

enum class report_kind : std::uint8_t {
  failed,   ///< given up, permanently
  delayed,  ///< still being tried; the sender need not do anything
};

/// The fate of one recipient.
struct recipient_status {
  /// The recipient as the sender wrote it.
  std::string original;
  /// The address that was tried, if it differs and may be disclosed to the sender; empty =
  /// `original`.
  std::string final_recipient;
  /// An address the sender must not learn, such as the private mailbox behind a forwarding rule
  /// (RFC 3464 §4.2): wherever it occurs in the server's text, it is replaced by `original`.
  std::string hidden;
  /// `5.1.1` (RFC 3463). Anything else, or a class that contradicts the kind, becomes 5.0.0
  /// or 4.0.0.
  std::string status;
  std::string remote_host;     ///< the server that answered; empty if none did
  std::string remote_address;  ///< its IP address; may be empty
  /// The server's text including the code; lines separated by CRLF or LF. Empty if it sent nothing.
  std::string diagnostic;
  /// Our own text if no server answered: `no mail server answered within 5 days`.
  std::string reason;
  std::optional<wall_time> last_attempt;
  std::optional<wall_time> will_retry_until;  ///< for delayed ones
};

struct report {
  report_kind kind = report_kind::failed;
  std::string reporting_mta;  ///< our host name
  std::string from_domain;    ///< the report is from mailer-daemon at this domain
  std::string to;             ///< the envelope sender of the original
  std::string message_id;     ///< of the report, without angle brackets
  std::string queue_id;       ///< of the original, for the operator; may be empty
  std::string envelope_id;    ///< ENVID of the original (RFC 3461 §4.4); may be empty
  wall_time date;
  std::optional<wall_time> arrival_date;
  std::vector<recipient_status> recipients;
  std::string_view original;        ///< the original message; empty if nothing of it is readable
  std::string original_message_id;  ///< `<…>`, if nothing else of it is known; may be empty
  /// It failed because our own copy is damaged.
  bool unreadable = false;
  /// True if the original came with SMTPUTF8: its sender can read RFC 6533 reports.
  bool smtputf8 = false;
  bool headers_only = false;    ///< never return the body (RFC 3461 §4.3 RET=HDRS)
  bool allow_eight_bit = true;  ///< false: non-ASCII text is encoded or omitted
  std::size_t original_octets_max = 50 * 1024;
  std::string boundary_seed;  ///< random text, for the MIME boundary
};

struct composed_report {
  std::string octets;      ///< the message, CRLF lines of at most 998 octets
  bool eight_bit = false;  ///< it needs BODY=8BITMIME (RFC 6152)
  bool smtputf8 = false;   ///< it needs SMTPUTF8 (RFC 6531)
};

/// errc::denied if there is nobody to notify: `to` is empty (RFC 5321 §6.1: never a notification
/// about a notification). errc::malformed if there are no recipients, or an address, a host name or
/// the message id cannot be written in a message (control characters, broken UTF-8, over 512
/// octets).
result<composed_report> compose(const report& r);

}  // namespace signpost::dsn
