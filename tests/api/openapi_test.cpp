// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The OpenAPI document: complete, without loose ends, and checked by something that can say no.
// Whether it is true, every other test of the API says, for each answer that it gets.
#include "api/openapi.hpp"

#include <algorithm>
#include <set>

#include "api/endpoints.hpp"
#include "base/text.hpp"
#include "tests/api/routing_fixture.hpp"
#include "tests/support/json_schema.hpp"

namespace signpost::test {
namespace {

const json& document() {
  return api::openapi_document();
}

void collect_refs(const json& value, std::set<std::string>& refs) {
  if (value.is_object() && value.contains("$ref")) refs.insert(value["$ref"].get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& one : value) collect_refs(one, refs);
}

TEST(OpenapiDocument, HasEveryEndpointAndNoOther) {
  std::set<std::string> served;
  for (const auto& e : api::all_endpoints()) {
    served.insert(to_lower(e.method) + " " + std::string(e.prefix) + std::string(e.path));
    EXPECT_FALSE(e.result_schema.empty()) << e.method << " " << e.path;
    EXPECT_FALSE(e.summary.empty()) << e.method << " " << e.path;
  }
  std::set<std::string> documented;
  std::set<std::string> ids;
  for (const auto& [path, item] : document().at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      documented.insert(method + " " + path);
      EXPECT_TRUE(ids.insert(operation.at("operationId").get<std::string>()).second) << path;
    }
  }
  EXPECT_EQ(served, documented);
}

TEST(OpenapiDocument, HasNoLooseEnds) {
  std::set<std::string> used;
  collect_refs(document(), used);
  for (const auto& one : used) {
    EXPECT_FALSE(resolved(json{{"$ref", one}}, document()).is_null()) << one;
  }
  for (const auto& [kind, parts] : document().at("components").items()) {
    if (kind == "securitySchemes") continue;
    for (const auto& [name, part] : parts.items()) {
      EXPECT_TRUE(used.contains("#/components/" + kind + "/" + name)) << kind << " " << name;
    }
  }
}

TEST(OpenapiDocument, NamesEveryVariableAndTheQueriesOfEndpointsAlone) {
  std::set<std::string> endpoints;
  for (const auto& e : api::all_endpoints()) {
    endpoints.insert(std::string(e.method) + " " + std::string(e.prefix) + std::string(e.path));
  }
  const auto parts = json::parse(api::openapi_parts());
  for (const auto& [name, parameters] : parts.at("queries").items()) {
    EXPECT_TRUE(endpoints.contains(name)) << name;
  }
  for (const auto& [path, item] : document().at("paths").items()) {
    const auto variables = std::ranges::count(path, '{');
    for (const auto& [method, operation] : item.items()) {
      const auto list = operation.value("parameters", json::array());
      const auto in_path = [](const json& p) {
        return resolved(p, document()).value("in", "") == "path";
      };
      EXPECT_EQ(std::count_if(list.begin(), list.end(), in_path), variables) << path;
    }
  }
}

TEST(OpenapiDocument, AllowsWhatItsOwnSamplesAre) {
  schema_samples samples(document(), 11);
  for (const auto& [name, schema] : document().at("components").at("schemas").items()) {
    for (int i = 0; i < 20; ++i) {
      const auto value = samples.valid(schema);
      const auto faults = schema_faults(value, schema, document());
      EXPECT_TRUE(faults.empty()) << name << " " << faults.front() << " " << value.dump();
    }
  }
}

TEST(OpenapiDocument, IsForEverybody) {
  net::http_request request{.method = "GET", .path = "/openapi.json"};
  const auto page = api::openapi_page(request);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(json::parse(page->body), document());
  request.method = "POST";
  EXPECT_EQ(api::openapi_page(request)->status, 405);
  request.path = "/openapi";
  EXPECT_FALSE(api::openapi_page(request).has_value());
}

TEST(SchemaFaults, NameWhatIsNotAllowed) {
  const auto schema = json::parse(R"({"type": "object", "required": ["a"], "properties": {
      "a": {"type": ["integer", "null"], "minimum": 1, "maximum": 3},
      "b": {"type": "string", "minLength": 2, "maxLength": 3},
      "c": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["x", "y"]}},
      "d": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
      "e": {"type": "string", "format": "date-time"},
      "f": {"oneOf": [{"const": 1}, {"type": "integer"}]}}, "additionalProperties": false})");
  struct fault_case {
    const char* value;
    const char* want;
  };
  const fault_case cases[] = {
      {R"({"a": 1})", ""},
      {R"({"a": null, "b": "éé", "c": ["x"], "f": 2})", ""},
      {R"([])", "/: is not of type \"object\""},
      {R"({})", "/: lacks a"},
      {R"({"a": 1.5})", "/a: is not of type [\"integer\",\"null\"]"},
      {R"({"a": 0})", "/a: is too small"},
      {R"({"a": 4})", "/a: is too large"},
      {R"({"a": 1, "z": 1})", "/z: is not allowed"},
      {R"({"a": 1, "b": "é"})", "/b: is too short"},
      {R"({"a": 1, "b": "abcd"})", "/b: is too long"},
      {R"({"a": 1, "c": []})", "/c: has too few elements"},
      {R"({"a": 1, "c": ["x", "y", "x"]})", "/c: has too many elements"},
      {R"({"a": 1, "c": ["z"]})", "/c/0: is none of [\"x\",\"y\"]"},
      {R"({"a": 1, "d": "0123"})", "/d: does not match ^[0-9a-f]{32}$"},
      {R"({"a": 1, "e": "2026-11-24"})", "/e: is no time"},
      {R"({"a": 1, "f": 1})", "/f: does not fit exactly one of oneOf"},
  };
  for (const auto& c : cases) {
    const auto faults = schema_faults(json::parse(c.value), schema, json::object());
    EXPECT_EQ(faults.empty() ? "" : faults.front(), c.want) << c.value;
  }
  EXPECT_FALSE(schema_faults(1, json{{"multipleOf", 2}}, json::object()).empty());
}

class DocumentedAnswers : public routing_api {};

TEST_F(DocumentedAnswers, AreRefusedWhenTheyHaveMoreOrLess) {
  const net::http_request request{.method = "GET", .path = "/client/v4/zones/" + zone()};
  auto sent = request;
  sent.headers = {{"Authorization", "Bearer " + admin}};
  const auto response = gate->call(sent);
  EXPECT_TRUE(is_documented(request, response));
  auto body = json::parse(response.body);
  body["result"]["surprise"] = true;
  auto more = response;
  more.body = body.dump();
  EXPECT_FALSE(is_documented(request, more));
  body["result"].erase("surprise");
  body["result"].erase("plan");
  auto less = response;
  less.body = body.dump();
  EXPECT_FALSE(is_documented(request, less));
  auto bare = response;
  bare.headers.clear();
  EXPECT_FALSE(is_documented(request, bare));
}

}  // namespace
}  // namespace signpost::test
