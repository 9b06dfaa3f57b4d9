// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The human-readable part of a report.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "proto/dsn/report.hpp"

namespace signpost::dsn {

/// What an enhanced status code means for the person who sent the mail, and what they can do.
struct explanation {
  std::string_view happened;
  std::string_view advice;
};

/// For `5.1.1` or any other code; the most specific row of a table (RFC 3463 §3, RFC 7505 §4,
/// RFC 7372 §3).
[[nodiscard]] explanation explain(std::string_view status);

/// The whole text, CRLF lines of at most 998 octets; UTF-8 only where an address or a server's
/// words have it and `utf8` allows that.
[[nodiscard]] std::string text_for_people(const report& r, bool returns_body, bool utf8);

}  // namespace signpost::dsn
