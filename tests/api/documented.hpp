// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Holds every answer that the tests get against the OpenAPI document.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "net/http/http_message.hpp"

namespace signpost::test {

/// The operation of the document that answers there; null if there is none.
[[nodiscard]] const api::json& documented_operation(const std::string& method,
                                                    std::string_view path);

/// Success if the document allows this answer.
[[nodiscard]] testing::AssertionResult is_documented(const net::http_request& request,
                                                     const net::http_response& response);

}  // namespace signpost::test
