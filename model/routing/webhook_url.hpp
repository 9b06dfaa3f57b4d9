// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The address of a webhook: an https URL (RFC 9110 §4.2.2, RFC 3986) that names a host, and
// contains nothing else: no user, no password, no fragment.
//
// Threads: pure functions. Limits: `webhook_url_octets_max`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::model {

inline constexpr std::size_t webhook_url_octets_max = 2048;

/// True if `text` is meant as a URL and not as a mailbox, that is, begins with `https:`. No mailbox
/// text does, because a local part with a colon has to be quoted.
[[nodiscard]] bool is_webhook_url(std::string_view text);

/// `https://host[:port]` of a URL: scheme and host in lower case, without the port if it is 443.
/// errc::malformed has the error, errc::limit_exceeded names the limit.
[[nodiscard]] result<std::string> webhook_origin(std::string_view url);

/// The next hop of copies for a webhook: `https://host[:port]#zone`, its origin and the zone that
/// calls it. Hosts are shared by customers who are independent of each other, so failures of one
/// zone's webhooks say nothing about another's. Without a zone, the origin.
[[nodiscard]] std::string webhook_next_hop(std::string_view origin, std::string_view zone);

struct webhook_place {
  std::string origin;
  std::string zone;  ///< empty: none
};
/// Reads a next hop that webhook_next_hop() made, or the URL of a webhook; as webhook_origin().
[[nodiscard]] result<webhook_place> parse_webhook_next_hop(std::string_view text);

/// True for `next_hop` itself and, for an origin without zone, for that of every zone.
[[nodiscard]] bool is_next_hop_of(std::string_view wanted, std::string_view next_hop);

/// The name of a rule from which its webhook's secret is derived. Ids of rules are never reused;
/// catch-alls have the same name in every zone, so theirs includes the zone.
[[nodiscard]] std::string webhook_rule_name(std::string_view zone_name, std::string_view zone_id,
                                            std::string_view rule);

}  // namespace signpost::model
