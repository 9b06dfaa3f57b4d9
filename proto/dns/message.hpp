// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a DNS response (RFC 1035 §4) as far as mail needs it.
//
// Limits: names of `name_octets_max` octets, `cname_hops_max` aliases; a message is read in time
// proportional to its size, whatever its compression pointers are.
#pragma once

#include <cstddef>
#include <span>

#include "base/result.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::dns {

/// Octets of a name on the wire (RFC 1035 §2.3.4).
inline constexpr std::size_t name_octets_max = 255;
/// More CNAMEs than in the chain of any honest zone; resolvers commonly stop between 8 and 16.
inline constexpr std::size_t cname_hops_max = 16;

/// The answer to `q` in `message`: status, records, TTL and the end of the CNAME chain.
/// `security` is left to the caller. Records of other names and types are skipped. The TTL is the
/// smallest of the records used; for a negative answer that of RFC 2308 §5, or 0 without SOA.
///
/// Names are in lower case without the final dot; octets other than printable ASCII, and dots and
/// backslashes within a label, are escaped as in RFC 1035 §5.1 (`\046`), so that a hostile label
/// cannot look like two.
///
/// errc::malformed if the message is truncated, has an invalid name or record, or is not a
/// response; errc::limit_exceeded (cname_hops_max) for a chain that is too long or circular.
result<answer> parse_response(const question& q, std::span<const std::byte> message);

}  // namespace signpost::dns
