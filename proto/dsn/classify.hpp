// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a message is a bounce or another notification, according to its own content.
//
// Threads: pure functions. Checks the header, the MIME structure and the first
// `bounce_text_octets_max` octets of the body.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/imf/message_view.hpp"

namespace signpost::dsn {

/// How many octets of the body are searched for the words of a bounce.
inline constexpr std::size_t bounce_text_octets_max = 4096;

enum class bounce_kind : std::uint8_t {
  none,      ///< ordinary mail, an abuse report (RFC 5965), an automatic answer
  standard,  ///< RFC 3464: parse_report() reads it
  probable,  ///< a bounce in another form, recognized by its sender and its words
};

/// A guess that needs few signs where no person can be the sender (mailer-daemon), and more where
/// one can (postmaster, anybody with a null Return-Path). Never use it to discard mail.
[[nodiscard]] bounce_kind classify_bounce(const imf::message_view& message);

enum class notification_kind : std::uint8_t {
  none,       ///< nothing shows that it is an automatic answer to a received mail
  report,     ///< multipart/report of any type, or a part that such reports have
  bounce,     ///< a bounce in another form
  automatic,  ///< an automatic answer (RFC 3834)
};

/// What kind of message came with a null reverse-path (RFC 5321 §4.5.5), by the first of these that
/// applies:
/// - report: multipart/report (RFC 6522), or a part that tells of delivery (RFC 3464, RFC 6533), of
///   what became of a message (RFC 8098) or of abuse (RFC 5965);
/// - bounce: what classify_bounce() recognizes, the subjects of bounces, qmail's beginning (`Hi.
/// This is
///   the …`);
/// - automatic: `Auto-Submitted` other than `no`, `Precedence` bulk, junk or list, or another field
///   of imf::is_auto_submitted.
[[nodiscard]] notification_kind classify_notification(const imf::message_view& message);

}  // namespace signpost::dsn
