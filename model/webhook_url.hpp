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

}  // namespace signpost::model
