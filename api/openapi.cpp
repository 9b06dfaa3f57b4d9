// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/openapi.hpp"

#include <fmt/format.h>

#include <string>

#include "api/endpoints.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

json reference_to(std::string_view kind, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

json in_content(std::string_view media_type, json schema) {
  return {{std::string(media_type), {{"schema", std::move(schema)}}}};
}

json in_texts(std::string_view media_types) {
  auto content = json::object();
  for (const auto type : split(media_types, ' ')) {
    content[std::string(type)] = {{"schema", {{"type", "string"}}}};
  }
  return content;
}

std::string_view tag_of(const endpoint& e) {
  const auto has = [&](std::string_view part) {
    return e.path.find(part) != std::string_view::npos;
  };
  if (e.prefix == own_prefix) return "Signpost";
  if (has("/email/routing")) return "E-mail routing";
  if (has("/tokens")) return "API tokens";
  if (has("audit")) return "Audit log";
  return e.path.starts_with("/zones") ? "Zones" : "Accounts";
}

// `GET /client/v4/zones/{zone_id}` is `client_v4_get_zones_zone_id`.
std::string operation_id_of(const endpoint& e) {
  auto id = fmt::format("{}_{}{}", e.prefix.substr(1), to_lower(e.method), e.path);
  std::erase_if(id, [](char c) { return c == '{' || c == '}'; });
  for (auto& c : id) {
    if (c == '/') c = '_';
  }
  return id;
}

json parameters_of(const endpoint& e, std::string_view path, const json& queries) {
  auto list = json::array();
  for (const auto segment : split(e.path.substr(1), '/')) {
    if (segment.starts_with('{')) {
      list.push_back(reference_to("parameters", segment.substr(1, segment.size() - 2)));
    }
  }
  const auto named = queries.find(fmt::format("{} {}", e.method, path));
  if (named == queries.end()) return list;
  for (const auto& name : *named) {
    list.push_back(reference_to("parameters", name.get<std::string>()));
  }
  return list;
}

json result_of(std::string_view schema) {
  constexpr std::string_view list = "[]";
  if (!schema.ends_with(list)) return reference_to("schemas", schema);
  schema.remove_suffix(list.size());
  return {{"type", "array"}, {"items", reference_to("schemas", schema)}};
}

// api::success.
json envelope_of(json result) {
  return {{"type", "object"},
          {"required", {"success", "errors", "messages", "result"}},
          {"properties",
           {{"success", {{"const", true}}},
            {"errors", {{"type", "array"}, {"maxItems", 0}}},
            {"messages", {{"type", "array"}, {"items", reference_to("schemas", "Message")}}},
            {"result", std::move(result)},
            {"result_info", reference_to("schemas", "ResultInfo")}}},
          {"additionalProperties", false}};
}

json responses_of(const endpoint& e) {
  const bool is_json = e.result_schema.find('/') == std::string_view::npos;
  auto content = is_json ? in_content("application/json", envelope_of(result_of(e.result_schema)))
                         : in_texts(e.result_schema);
  return {{"200", {{"description", e.summary}, {"content", std::move(content)}}},
          {"4XX", reference_to("responses", "Refused")},
          {"5XX", reference_to("responses", "Failed")}};
}

json operation_of(const endpoint& e, std::string_view path, const json& queries) {
  json out{{"operationId", operation_id_of(e)},
           {"tags", json::array({tag_of(e)})},
           {"summary", e.summary}};
  if (e.needs != permission::none) {
    out["description"] = fmt::format("Requires the permission '{}'.", to_string(e.needs));
  }
  if (auto list = parameters_of(e, path, queries); !list.empty()) {
    out["parameters"] = std::move(list);
  }
  if (!e.request_schema.empty()) {
    out["requestBody"]["content"] =
        in_content("application/json", reference_to("schemas", e.request_schema));
  }
  out["responses"] = responses_of(e);
  return out;
}

json failure_response(std::string_view description) {
  return {{"description", description},
          {"content", in_content("application/json", reference_to("schemas", "Failure"))}};
}

json header_scheme(std::string_view name, std::string_view description) {
  return {{"type", "apiKey"}, {"in", "header"}, {"name", name}, {"description", description}};
}

json components_of(json parts) {
  return {{"securitySchemes",
           {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"description", "An API token."}}},
            {"email",
             header_scheme("X-Auth-Email", "What older clients send with the key; not looked at.")},
            {"key", header_scheme("X-Auth-Key", "An API token, for clients that have a key.")}}},
          {"parameters", std::move(parts["parameters"])},
          {"responses",
           {{"Refused", failure_response("Refused; `errors` gives the reason")},
            {"Failed", failure_response("Not possible right now, or an error in the node")}}},
          {"schemas", std::move(parts["schemas"])}};
}

json make_document() {
  auto parts = json::parse(openapi_parts());
  auto paths = json::object();
  for (const auto& e : all_endpoints()) {
    const auto path = std::string(e.prefix) + std::string(e.path);
    paths[path][to_lower(e.method)] = operation_of(e, path, parts["queries"]);
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Signpost"},
            {"version", "1"},
            {"summary", "E-mail routing: zones, rules, destinations, queue"},
            {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
          {"servers", json::array({{{"url", "/"}}})},
          {"security", json::array({{{"token", json::array()}},
                                    {{"email", json::array()}, {"key", json::array()}}})},
          {"paths", std::move(paths)},
          {"components", components_of(std::move(parts))}};
}

}  // namespace

const json& openapi_document() {
  static const auto document = make_document();
  return document;
}

std::optional<net::http_response> openapi_page(const net::http_request& request) {
  if (request.path != "/openapi.json") return std::nullopt;
  static const auto text = to_text(openapi_document()) + "\n";
  net::http_response response{.status = 200, .body = text, .content_type = "application/json"};
  response.headers = {{"Cache-Control", "no-cache"}, {"X-Content-Type-Options", "nosniff"}};
  if (request.method == "GET" || request.method == "HEAD") return response;
  response.status = 405;
  response.body.clear();
  response.headers.push_back({"Allow", "GET, HEAD"});
  return response;
}

}  // namespace signpost::api
