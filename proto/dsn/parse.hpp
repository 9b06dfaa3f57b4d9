// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads delivery status notifications of others: RFC 3464, RFC 6533, and their variants in practice
// (any line ends, missing report-type, encoded status parts, stray lines, fields in odd
// groups).
//
// Threads: values and pure functions. Limits: `status_octets_max`, `report_recipients_max`, and
// those of imf::walk_parts; anything beyond is not read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::dsn {

/// How many octets of a status part are read.
inline constexpr std::size_t status_octets_max = 1024 * 1024;
/// How many recipients of one report are read.
inline constexpr std::size_t report_recipients_max = 2000;

/// RFC 3464 §2.3.3.
enum class report_action : std::uint8_t { failed, delayed, delivered, relayed, expanded };

struct report_field {
  std::string name;   ///< unchanged
  std::string value;  ///< unfolded and trimmed
};

/// `type; text` (RFC 3464 §2.1.2). A value without semicolon has no type.
struct typed_text {
  std::string type;  ///< lower case: `rfc822`, `utf-8`, `dns`, `smtp`
  std::string text;
};

/// One group of per-recipient fields (RFC 3464 §2.3). Missing ones are empty.
struct recipient_report {
  std::vector<report_field> fields;  ///< all, in order
  typed_text original_recipient;     ///< addresses without angle brackets, escapes of utf-8 undone
  typed_text final_recipient;
  std::optional<report_action> action;  ///< nothing if missing or unknown
  std::string status;                   ///< `5.1.1`; empty unless it has that form
  typed_text remote_mta;
  typed_text diagnostic_code;
  std::string last_attempt_date;
  std::string will_retry_until;
};

struct delivery_report {
  std::vector<report_field> fields;  ///< per-message fields (RFC 3464 §2.2)
  typed_text reporting_mta;
  std::string arrival_date;
  std::string original_envelope_id;
  std::vector<recipient_report> recipients;  ///< some systems name none, against RFC 3464 §2.1
  std::string original_message_id;           ///< of the returned message, if it was returned
};

/// The first status part of the message; a report inside a returned message is ignored.
/// errc::not_found if there is no message/delivery-status or message/global-delivery-status part;
/// errc::malformed if it has no field.
result<delivery_report> parse_report(const imf::message_view& message);

/// The value of the first field of that name (any case); empty if there is none.
[[nodiscard]] std::string_view field_value(const std::vector<report_field>& fields,
                                           std::string_view name);

}  // namespace signpost::dsn
