// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The text forms of addresses of type utf-8 (RFC 6533 §3).
//
// Threads: pure functions, linear time.
#pragma once

#include <string>
#include <string_view>

namespace signpost::dsn {

/// utf-8-addr-xtext: printable ASCII only; everything else, and `\`, `+`, `=`, as `\x{HEX}`.
/// `address` must be UTF-8.
[[nodiscard]] std::string to_xtext(std::string_view address);

/// utf-8-addr-unitext: as above, but non-ASCII characters stay unchanged.
[[nodiscard]] std::string to_unitext(std::string_view address);

/// The address that either form encodes. Anything other than `\x{HEX}` of a Unicode scalar value
/// stays unchanged.
[[nodiscard]] std::string from_xtext(std::string_view text);

}  // namespace signpost::dsn
