// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much of the original message a report returns, and in which form (RFC 6522 §3, RFC 6533 §5).
//
// Threads: pure functions.
#pragma once

#include <string>

#include "proto/dsn/report.hpp"

namespace signpost::dsn {

/// The third part of a report.
struct returned_message {
  std::string type;      ///< `message/rfc822`, `text/rfc822-headers`, `message/global`…
  std::string encoding;  ///< `7bit`, `8bit`, `quoted-printable`
  std::string octets;    ///< encoded, CRLF at the end
  bool whole = false;    ///< with its body
};

/// The whole message if it is small enough and can be sent unchanged, otherwise its header, encoded
/// if necessary. `utf8` = the report is one of RFC 6533.
[[nodiscard]] returned_message returned_part(const report& r, bool utf8);

}  // namespace signpost::dsn
