// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/api/documented.hpp"

#include <algorithm>

#include "api/openapi.hpp"
#include "base/text.hpp"
#include "tests/support/json_schema.hpp"

namespace signpost::test {
namespace {

using api::json;

const json none = nullptr;

bool matches(std::string_view pattern, std::string_view path) {
  const auto want = split(pattern, '/');
  const auto got = split(path, '/');
  if (want.size() != got.size()) return false;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (!want[i].starts_with('{') && want[i] != got[i]) return false;
  }
  return true;
}

// Fixed segments before variables, as the gateway chooses.
const json& path_item(std::string_view path) {
  const json* best = &none;
  std::size_t variables = SIZE_MAX;
  for (const auto& [pattern, item] : api::openapi_document().at("paths").items()) {
    const auto count = static_cast<std::size_t>(std::ranges::count(pattern, '{'));
    if (!matches(pattern, path) || count >= variables) continue;
    best = &item;
    variables = count;
  }
  return *best;
}

const json& content_of(const json& operation, int status, const json& document) {
  if (status < 300) return operation.at("responses").at("200").at("content");
  const auto name = status < 500 ? "Refused" : "Failed";
  return document.at("components").at("responses").at(name).at("content");
}

}  // namespace

const json& documented_operation(const std::string& method, std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto& item = path_item(path);
  // RFC 9110 §9.3.2: HEAD is documented with GET.
  const auto name = method == "HEAD" ? std::string("get") : to_lower(method);
  return item.is_object() && item.contains(name) ? item.at(name) : none;
}

testing::AssertionResult is_documented(const net::http_request& request,
                                       const net::http_response& response) {
  const auto fail = [&](const std::string& why) {
    return testing::AssertionFailure()
           << request.method << " " << request.path << "?" << request.query << " answered "
           << response.status << ": " << why << "\n"
           << response.body.substr(0, 2000);
  };
  const auto& document = api::openapi_document();
  const auto& operation = documented_operation(request.method, request.path);
  if (operation.is_null() && response.status < 400) return fail("there is no such operation");
  const auto& content = content_of(operation, response.status, document);
  const auto type = response.content_type.substr(0, response.content_type.find(';'));
  if (!content.contains(type)) return fail("not in the media type " + type);
  if (type != "application/json") return testing::AssertionSuccess();
  const auto body = json::parse(response.body, nullptr, false);
  if (body.is_discarded()) return fail("no JSON");
  const auto faults = schema_faults(body, content.at(type).at("schema"), document);
  if (!faults.empty()) return fail(faults.front());
  for (const auto* const name : {"Cache-Control", "X-Content-Type-Options"}) {
    if (response.header(name).empty()) return fail(std::string(name) + " is missing");
  }
  return testing::AssertionSuccess();
}

}  // namespace signpost::test
