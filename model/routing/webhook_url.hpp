// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The address of a webhook: an https URL (RFC 9110 §4.2.2, RFC 3986) that names a host, and in
// nothing more than it needs: no user, no password, no fragment.
//
// Threads: pure functions. Limits: `webhook_url_octets_max`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::model {

inline constexpr std::size_t webhook_url_octets_max = 2048;

/// True if `text` is meant as a URL and not as a mailbox: it begins with `https:`. No mailbox text
/// does, for a colon makes a local part a quoted one.
[[nodiscard]] bool is_webhook_url(std::string_view text);

/// `https://host[:port]` of a URL: scheme and host in lower case, without the port if it is 443.
/// errc::malformed says what is wrong with it, errc::limit_exceeded names the limit.
[[nodiscard]] result<std::string> webhook_origin(std::string_view url);

/// What copies for a webhook are routed by: `https://host[:port]#zone`, its origin and in whose
/// name it is called. Hosts are shared by many who know nothing of each other, so what one zone's
/// webhooks do to a host says nothing about another's. Without a zone, the origin.
[[nodiscard]] std::string webhook_next_hop(std::string_view origin, std::string_view zone);

struct webhook_place {
  std::string origin;
  std::string zone;  ///< empty: none is named
};
/// Reads a next hop that webhook_next_hop() made, or the URL of a webhook; as webhook_origin().
[[nodiscard]] result<webhook_place> parse_webhook_next_hop(std::string_view text);

/// True for `next_hop` itself and, of an origin without zone, for that of every zone.
[[nodiscard]] bool is_next_hop_of(std::string_view wanted, std::string_view next_hop);

/// The name of a rule under which its webhook's secret is made. Ids of rules are never used again;
/// of catch-alls each zone has one of the same name, so that theirs says which zone of that name is
/// meant.
[[nodiscard]] std::string webhook_rule_name(std::string_view zone_name, std::string_view zone_id,
                                            std::string_view rule);

}  // namespace signpost::model
