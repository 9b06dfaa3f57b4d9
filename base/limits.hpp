// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The limits that are constants. Each has the reason for its value and, where a standard sets one,
// the minimum. Limits that an operator may change are settings, in the table of their folder.
#pragma once

#include <cstddef>

namespace signpost::limits {

/// Octets of one SMTP command line with CRLF. RFC 5321 §4.5.3.1.4 requires at least 512, SMTPUTF8
/// and other extensions add to that (RFC 6531 §3.4 (8): MAIL +10, domain and local part in UTF-8).
inline constexpr std::size_t command_line_octets_max = 4096;
/// Octets of one reply line with CRLF (RFC 5321 §4.5.3.1.5). We never write longer ones.
inline constexpr std::size_t reply_line_octets = 512;
/// Octets of one reply line that we are willing to read from a destination.
inline constexpr std::size_t reply_line_octets_max = 4096;
/// Lines of one reply that we are willing to read from a destination.
inline constexpr std::size_t reply_lines_max = 128;
/// Octets of a local part (RFC 5321 §4.5.3.1.1).
inline constexpr std::size_t local_part_octets_max = 64;
/// Octets of a domain (RFC 5321 §4.5.3.1.2).
inline constexpr std::size_t domain_octets_max = 255;
/// Octets of one DNS label (RFC 1035 §2.3.4).
inline constexpr std::size_t label_octets_max = 63;
/// Octets of a path with its brackets (RFC 5321 §4.5.3.1.3).
inline constexpr std::size_t path_octets_max = 256;
/// Octets of the header section that are read; a message with a longer one is refused at receipt.
inline constexpr std::size_t header_octets_max = 512 * 1024;

static_assert(local_part_octets_max + 1 + domain_octets_max > path_octets_max,
              "both longest parts do not fit into one path: the path limit must be checked too");
static_assert(command_line_octets_max > 512 + 2 * path_octets_max);

}  // namespace signpost::limits
