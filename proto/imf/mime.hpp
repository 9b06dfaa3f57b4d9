// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The pieces of MIME that reports need: Content-Type with its parameters (RFC 2045 §5.1, RFC 2231)
// and transfer encodings (RFC 2045 §6). Signpost reads MIME only to understand reports; it never
// rewrites a stranger's message.
//
// Threads: values and pure functions. All take any bytes, never fail, and run in linear time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::imf {

/// How many parameters of one field are read; later ones are ignored.
inline constexpr std::size_t mime_parameters_max = 64;

/// `name=value`; the name in lower case, the value unquoted and, for RFC 2231, joined and decoded.
struct mime_parameter {
  std::string name;
  std::string value;
};

struct content_type {
  std::string type = "text";      ///< lower case
  std::string subtype = "plain";  ///< lower case
  std::vector<mime_parameter> parameters;

  /// Both words in lower case; `*` as subtype matches any.
  [[nodiscard]] bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
  /// The parameter of that (lower case) name. The first one counts if it is repeated.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

/// The value of a Content-Type field. RFC 2045 §5.2: without a readable type it is text/plain; the
/// parameters are still read. Comments, missing semicolons and unquoted special characters are
/// accepted.
[[nodiscard]] content_type parse_content_type(std::string_view value);

/// `body` without its transfer encoding, the value of Content-Transfer-Encoding: `base64` and
/// `quoted-printable` in any case; every other one leaves the octets as they are. Errors in the
/// coding are skipped (RFC 2045 §6.7, §6.8).
[[nodiscard]] std::string decode_transfer(std::string_view encoding, std::string_view body);

/// `text` (CRLF lines) as quoted-printable in lines of at most 76 octets (RFC 2045 §6.7). Bare CR
/// and LF are encoded, so that the result only has CRLF line ends.
[[nodiscard]] std::string encode_quoted_printable(std::string_view text);

}  // namespace signpost::imf
