// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The OpenAPI 3.1 document of both APIs. Its paths come from the table of endpoints, so that none
// is forgotten; the schemas of requests and results are in openapi_parts.json:
//
//     queries      "GET /client/v4/zones" → names of parameters
//     parameters   by those names, and by the names of the variables of paths
//     schemas      by the names in endpoint::request_schema and endpoint::result_schema
//
// A result schema `Zone[]` is a list of `Zone`; one with a slash, such as `message/rfc822`, is not
// JSON but an answer of that media type, or of one of several separated by spaces. Schemas of
// results are closed: an undescribed member is an error, and the tests check every answer they get.
//
// Threads: any.
#pragma once

#include <optional>
#include <string_view>

#include "api/frame/json.hpp"
#include "net/http/http_message.hpp"

namespace signpost::api {

[[nodiscard]] const json& openapi_document();

/// Answers `/openapi.json`, for anybody; nothing for other paths.
[[nodiscard]] std::optional<net::http_response> openapi_page(const net::http_request& request);

/// The text of openapi_parts.json.
[[nodiscard]] std::string_view openapi_parts();

}  // namespace signpost::api
