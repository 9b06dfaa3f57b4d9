// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The values of header fields as text: unfolding, comments, folding (RFC 5322 §2.2.3, §3.2.2).
//
// Threads: pure functions. All take any bytes and run in linear time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace signpost::imf {

/// The column after which we fold (RFC 5322 §2.1.1: lines SHOULD have at most 78).
inline constexpr std::size_t fold_columns = 78;
/// Octets of a line without its CRLF that may never be exceeded (RFC 5322 §2.1.1).
inline constexpr std::size_t line_octets_max = 998;

/// `value` on one line: every CR and LF removed (RFC 5322 §2.2.3), white space at both ends
/// trimmed.
[[nodiscard]] std::string unfold(std::string_view value);

/// `value` without its comments, nested ones included (RFC 5322 §3.2.2); quoted strings stay. Each
/// comment becomes one space; the result is unfolded and trimmed. An unclosed comment extends to
/// the end.
[[nodiscard]] std::string without_comments(std::string_view value);

/// `text` with every run of white space and control characters as one space, trimmed, and every
/// other octet that is not printable ASCII (or, with `allow_utf8` and `text` being UTF-8, not
/// printable) as `?`. A stranger's text passes through here before it enters a header field.
[[nodiscard]] std::string one_line(std::string_view text, bool allow_utf8 = false);

/// `Name: word word\r\n word…\r\n`: a header field with the words joined by spaces, folded before
/// the word that would exceed `fold_columns`. No word is broken unless it would exceed
/// `line_octets_max`.
[[nodiscard]] std::string folded_field(std::string_view name, std::span<const std::string> words);
/// The same, with the words of `text` (which must be one line).
[[nodiscard]] std::string folded_field(std::string_view name, std::string_view text);

}  // namespace signpost::imf
