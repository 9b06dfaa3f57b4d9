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

std::span<const endpoint> identity_endpoints();  ///< user, accounts, memberships
std::span<const endpoint> token_endpoints();
std::span<const endpoint> audit_endpoints();

}  // namespace signpost::api
