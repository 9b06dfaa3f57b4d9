// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A header field in ASCII: its words beyond ASCII become encoded words (RFC 2047).
//
// No field means anything else to a reader of addresses afterwards. Encoded words stand only where
// a word of a display name or a comment stood; `@ < > , ; : " ( ) [ ] \` never move into one, but
// stay in their quotes, also for readers that decode the words before they look for addresses.
//
// Threads: pure functions. Limits: linear time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::imf {

/// The name of the character set of `text`: UTF-8, or that nobody knows (RFC 1428 §3).
[[nodiscard]] std::string_view charset_of(std::string_view text);

/// Every octet beyond ASCII as `?`.
[[nodiscard]] std::string with_question_marks(std::string_view text);

/// `field` whole, in ASCII. errc::denied if that cannot be: its name, an address or a parameter is
/// not ASCII, or quotes, comments or brackets around what is not ASCII have no end.
result<std::string> encoded_field(const header_field& field);

}  // namespace signpost::imf
