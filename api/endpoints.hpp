// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of all endpoints. Each subject's folder provides its rows (its `endpoints.hpp`); the
// gateway, the OpenAPI document and the matrix of the authorization test are built from them.
//
// Threads: any.
#pragma once

#include <vector>

#include "api/frame/endpoint.hpp"

namespace signpost::api {

/// All of them, fixed segments before variables.
[[nodiscard]] const std::vector<endpoint>& all_endpoints();

}  // namespace signpost::api
