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

/// The name of a rule under which its webhook's secret is made. Ids of rules are never used again;
/// of catch-alls each zone has one of the same name, so that theirs says which zone of that name is
/// meant.
[[nodiscard]] std::string webhook_rule_name(std::string_view zone_name, std::string_view zone_id,
                                            std::string_view rule);

}  // namespace signpost::model
