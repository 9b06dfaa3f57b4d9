// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of this folder in the table of endpoints, one function for each file of them. Those
// whose names begin with `v1` are under `own_prefix`, the others under `client_prefix`.
//
// Threads: any.
#pragma once

#include <span>

#include "api/frame/endpoint.hpp"

namespace signpost::api {

std::span<const endpoint> zone_endpoints();
std::span<const endpoint> routing_settings_endpoints();  ///< settings, dns, routing/zones
std::span<const endpoint> v1_ownership_endpoints();      ///< ownership of zones
std::span<const endpoint> v1_authentication_endpoints();  ///< required authentication of senders

}  // namespace signpost::api
