// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the pieces of an Authentication-Results field are spelled (RFC 8601 §2.2, RFC 2045 §5.1).
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace signpost::authres {

/// A character of a token (RFC 2045 §5.1).
[[nodiscard]] bool is_token_character(char c);

/// `text` as RFC 8601's value: a token if possible, otherwise a quoted-string; on one line, at most
/// `value_octets_max` octets.
[[nodiscard]] std::string quoted_value(std::string_view text);

/// `text` as a property's value: like `quoted_value`, but addresses and domains are not quoted.
[[nodiscard]] std::string property_value(std::string_view text);

/// `text` as a comment, with its brackets (RFC 5322 §3.2.2).
[[nodiscard]] std::string commented(std::string_view text);

}  // namespace signpost::authres
