// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A message in ASCII alone, for hosts that offer no 8BITMIME (RFC 6152 §3) or no SMTPUTF8: bodies
// in quoted-printable or base64 (RFC 2045 §6), header fields in encoded words (RFC 2047). What
// readers see stays; signatures over it do not, which is for the caller to weigh.
//
// Threads: pure functions. Limits: those of message_view and mime_walk.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::imf {

/// errc::denied if it cannot be: parts that are signed or encrypted as they stand (RFC 1847 §2.1),
/// addresses that are not ASCII, a multipart without its boundary, a header section without end.
result<std::string> to_seven_bit(std::string_view message);

/// The same for header fields alone, whole and with CRLF.
result<std::string> header_to_seven_bit(std::string_view fields);

}  // namespace signpost::imf
