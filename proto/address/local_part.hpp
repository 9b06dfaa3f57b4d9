// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The spelling of local parts: Dot-string and Quoted-string of RFC 5321 §4.1.2 with the non-ASCII
// characters of RFC 6531 §3.3.
//
// Threads: pure functions. Limits: none of their own, see `mailbox`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::address {

/// A local part at the start of a longer text.
struct spelled_local_part {
  std::string local;     ///< without quotes and escapes
  std::size_t octets{};  ///< as it was written
};

/// Where dots may stand in a local part without quotes.
enum class dots : std::uint8_t {
  between_atoms,  ///< Dot-string
  anywhere,       ///< also at the edges and in a row: carriers in Japan gave such addresses away
};

/// Reads the local part in front of the `@` that must follow it in `text`. errc::malformed if there
/// is none, if it is not UTF-8 or has control characters (also U+0080 to U+009F, which RFC 6531
/// would allow: they steer terminals, and no mailbox has them).
result<spelled_local_part> read_local_part(std::string_view text,
                                           dots allowed = dots::between_atoms);

/// True if `local` does not need quotes.
bool is_dot_string(std::string_view local);

/// `local` (without quotes and escapes) as it is written in an address: quoted only if it must be.
std::string spell_local_part(std::string_view local, dots allowed = dots::between_atoms);

}  // namespace signpost::address
