// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a message is a bounce, by what it says of itself.
//
// Threads: pure functions. Looks at the header, the MIME structure and the first
// `bounce_text_octets_max` octets of the body.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/imf/message_view.hpp"

namespace signpost::dsn {

/// Octets of the body in which the words of a bounce are looked for.
inline constexpr std::size_t bounce_text_octets_max = 4096;

enum class bounce_kind : std::uint8_t {
  none,      ///< ordinary mail, an abuse report (RFC 5965), an automatic answer
  standard,  ///< RFC 3464: parse_report() reads it
  probable,  ///< a bounce in a form of its own, by its sender and its words
};

/// A guess with few signs needed where no person can be the sender (mailer-daemon), and more where
/// one can (postmaster, anybody with a null Return-Path). Never use it to throw mail away.
[[nodiscard]] bounce_kind classify_bounce(const imf::message_view& message);

}  // namespace signpost::dsn
