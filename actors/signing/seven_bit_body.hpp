// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The body of a copy for a host that offers no 8BITMIME or no SMTPUTF8 (docs/decisions/0020). There
// is none if some reader could find another author in it than in the message: those were judged
// when it came in.
//
// Threads: pure functions. Limits: `seven_bit_octets_max`; memory is taken from the budget first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/body.hpp"
#include "base/result.hpp"

namespace signpost::actors {

/// Larger messages are not encoded: the copy stands in memory beside the message.
inline constexpr std::size_t seven_bit_octets_max = 16 * 1024 * 1024;

/// Which mail may be encoded on its way.
enum class reencoding : std::uint8_t {
  never,
  /// Without a DKIM signature or ARC chain that held when it came, or that could not be judged.
  unsigned_mail,
  always,
};

std::optional<reencoding> parse_reencoding(std::string_view word);

/// `body` in ASCII. `our_fields`: what was written above it at receipt. errc::malformed if it must
/// not or cannot be encoded; errc::no_space if `budget` (null: unbounded) has no room for it.
result<body_ptr> seven_bit_body(const body_ptr& body, std::string_view our_fields,
                                reencoding allowed, memory_budget* budget);

}  // namespace signpost::actors
