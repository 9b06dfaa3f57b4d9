// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Properties of a message that decide how it is handled: whether to answer it, whether it loops,
// which SMTP extensions it needs.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proto/imf/message_view.hpp"

namespace signpost::imf {

/// How many `Received:` fields it has: the hops so far (RFC 5321 §6.3, loop detection).
[[nodiscard]] std::size_t count_received(const message_view& view);

/// How many of its `Received:` fields have `by HOST` (any case, trailing dot ignored): how often
/// the message has already been here. A stranger can only make this number larger.
[[nodiscard]] std::size_t received_by_host_count(const message_view& view, std::string_view host);

/// Whom a message passed a host for, as its `Received:` fields have it.
struct host_passes {
  std::vector<std::string> recipients;  ///< of `for` clauses: without brackets, in lower case
  std::size_t unnamed = 0;              ///< fields without such a clause: there were several
};
[[nodiscard]] host_passes passes_by_host(const message_view& view, std::string_view host);

/// True if a machine sent it and no machine should answer it (which a notification of failure is
/// not: RFC 3834 §1.1): `Auto-Submitted` other than `no`
/// (RFC 3834 §5), `Precedence` bulk, junk or list (RFC 3834 §2), or `X-Auto-Response-Suppress`
/// other than `None`.
[[nodiscard]] bool is_auto_submitted(const message_view& view);

/// True if it came through a mailing list: `List-Id` (RFC 2919), a field of RFC 2369 that only list
/// managers use (`List-Post`, `List-Help`…), `List-Unsubscribe`, or `Precedence: list`.
[[nodiscard]] bool is_list_mail(const message_view& view);

/// True if an octet is over 127: the message needs 8BITMIME (RFC 6152).
[[nodiscard]] bool has_eight_bit(std::string_view octets);

/// Octets of the longest line without its CRLF (or lone LF). Over `line_octets_max` the message
/// cannot travel over DATA unchanged (RFC 5321 §4.5.3.1.6).
[[nodiscard]] std::size_t max_line_octets(std::string_view octets);

/// True if there is a CR or LF without the other: such a message cannot travel over DATA
/// (RFC 5321 §2.3.8).
[[nodiscard]] bool has_bare_line_ends(std::string_view octets);

}  // namespace signpost::imf
