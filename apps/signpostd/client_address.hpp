// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The client's address behind one of our proxies.
//
// Only a peer that the operator has listed as a proxy is trusted, and only for what it can know: in
// `X-Forwarded-For` each proxy appends the peer that it saw, so the list is read from the right,
// past our own proxies, to the first address that is not one of them. The client may have made up
// everything to the left of that. The field `Forwarded` (RFC 7239) is not read: two fields that can
// disagree give two chances to impersonate somebody.
//
// Threads: pure functions. Limits: `hops_max` entries are read.
#pragma once

#include <string>
#include <vector>

#include "base/client_network.hpp"
#include "net/http/http_message.hpp"

namespace signpost {

inline constexpr std::size_t hops_max = 32;

/// The address that the request is charged to. If the list is missing, ends, or becomes unreadable,
/// that of the last trusted proxy.
[[nodiscard]] ip_address client_address(const net::http_request& request, const ip_address& peer,
                                        const std::vector<ip_network>& proxies);

}  // namespace signpost
