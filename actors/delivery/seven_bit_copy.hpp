// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The copy of a message for a host that offers no 8BITMIME or no SMTPUTF8 (docs/decisions/0020).
// Our own signatures are left out of it, for they would no longer hold. There is none if some
// reader could find another author in it than in the message: those were judged when it came in.
//
// Threads: pure functions. Limits: `seven_bit_octets_max`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/smtp/client_session.hpp"

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

/// Nothing if `m` can go to such a host as it is, or must not or cannot be encoded for it: then the
/// session says what is missing.
std::optional<smtp::outgoing_message> copy_for(const smtp::capabilities& offered,
                                               const smtp::outgoing_message& m, reencoding allowed);

}  // namespace signpost::actors
