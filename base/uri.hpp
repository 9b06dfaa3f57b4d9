// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Uniform Resource Identifiers in strangers' records (RFC 3986), checked only for being a URI, and
// for the scheme.
//
// Threads: pure functions. Linear time.
#pragma once

#include <string>
#include <string_view>

namespace signpost {

/// True if `text` is `scheme:` with its possibly empty rest (RFC 3986 §3), all in the characters of
/// RFC 3986 §2 and with complete percent-encodings. The inner structure (host, port,
/// brackets) is not checked.
[[nodiscard]] bool is_uri(std::string_view text);

}  // namespace signpost
