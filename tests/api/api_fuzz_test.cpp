// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests of every kind to every endpoint, made from the OpenAPI document and then damaged:
// nothing may end in a 5xx (except 503 where this node lacks the function), and every answer must
// be as the document says.
//
//     SIGNPOST_FUZZ_REQUESTS   how many requests (2000)
//     SIGNPOST_FUZZ_SEED       another seed
#include <cstdlib>

#include "api/endpoints.hpp"
#include "api/openapi.hpp"
#include "base/text.hpp"
#include "tests/api/routing_fixture.hpp"
#include "tests/support/json_schema.hpp"

namespace signpost::test {
namespace {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : parse_uint(text).value_or(fallback);
}

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_') {
      out += c;
    } else {
      out += "%" + to_hex(as_bytes(std::string(1, c)));
    }
  }
  return out;
}

class ApiFuzz : public routing_api {
 protected:
  ApiFuzz() {
    auto w = world();
    const auto local = local_node.world();
    w.spool = local.spool;
    w.node = local.node;
    gate = std::make_unique<api::gateway>(std::move(w), 1);
    samples.pool["hostname"] = {"example.org", "a.example.org", "bücher.example", "x.test", "org"};
    samples.pool["email"] = {"a@example.org", "b@example.org", "C@a.example.org", "\"q q\"@x.test"};
    samples.pool["in"] = samples.pool["not_in"] = {{"192.0.2.0/24"}, json::array()};
    samples.pool["selector"] = {"s1", "s2"};
    samples.pool["account"] = {{{"id", account}}, {{"id", other_account}}};
    samples.pool["resources"] = {{{"com.cloudflare.api.account.*", "*"}},
                                 {{"com.cloudflare.api.user.*", "*"}},
                                 {{"com.cloudflare.api.account." + other_account, "*"}}};
    for (const auto& group : api::permission_groups()) {
      const json one{{"id", group.id}};
      samples.pool["permission_groups"].push_back(json::array({one}));
    }
  }

  ~ApiFuzz() override { gate.reset(); }

  // What the requests speak of, made again when they have removed it.
  void furnish() {
    // Requests renew, expire, restrict and remove tokens, that of the administrator too.
    time.advance(std::chrono::minutes(1));
    renew_administrator();
    ids.clear();
    auto now = store->read();
    const auto accounts = now->accounts({.per_page = 50});
    for (const auto& a : accounts->items) ids["account_id"].push_back(a.id);
    if (ids["account_id"].empty()) return;
    account = ids["account_id"].front();
    (void)gate->call(plain("POST", "/client/v4/zones",
                           {{"name", "example.org"}, {"account", {{"id", account}}}}));
    now = store->read();
    const auto zones = now->zones("", {.per_page = 20});
    for (const auto& z : zones->items) {
      ids["zone_id"].push_back(z.id);
      const auto rules = now->rules(z.id, {.per_page = 20});
      for (const auto& r : rules->items) ids["rule_identifier"].push_back(r.id);
    }
    ids["rule_id"] = ids["rule_identifier"];
    const auto addresses = now->addresses(account, {.per_page = 20});
    for (const auto& a : addresses->items) {
      ids["destination_address_identifier"].push_back(a.id);
    }
    const auto tokens = now->tokens("", {.per_page = 20});
    for (const auto& t : tokens->items) ids["token_id"].push_back(t.id);
    const auto log = now->audit_log({.max = 20});
    for (const auto& e : log->entries) ids["id"].push_back(e.id);
  }

  void renew_administrator() {
    admin = api::new_token_text(random);
    const auto done = store->change<void>([&](model::control_transaction& t) -> result<void> {
      SP_CHECK(t.put(api::administrator_token(admin, time.now(), random)));
      t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "create"});
      return {};
    });
    ASSERT_TRUE(done.has_value());
  }

  net::http_request plain(std::string method, std::string path, const json& body = nullptr) {
    net::http_request r{.method = std::move(method), .path = std::move(path)};
    r.headers = {{"Authorization", "Bearer " + admin}};
    r.peer = "192.0.2.7";
    if (!body.is_null()) r.body = body.dump();
    return r;
  }

  std::string variable(const std::string& name) {
    const auto known = ids.find(name);
    if (known != ids.end() && !known->second.empty() && !samples.one_in(8)) {
      return known->second[samples.below(known->second.size())];
    }
    if (name == "selector" && !samples.one_in(4)) return "s1";
    if (samples.one_in(2)) return samples.valid({{"pattern", "^[0-9a-f]{32}$"}}).get<std::string>();
    const auto odd = percent_encoded(samples.odd_text());
    return odd.empty() ? "%20" : odd;
  }

  std::string path_of(const api::endpoint& e) {
    std::string path(e.prefix);
    for (const auto segment : split(e.path.substr(1), '/')) {
      path += '/';
      path += segment.starts_with('{')
                  ? variable(std::string(segment.substr(1, segment.size() - 2)))
                  : std::string(segment);
    }
    return path;
  }

  std::string query_of(const json& operation) {
    std::string query;
    for (const auto& named : operation.value("parameters", json::array())) {
      const auto& p = resolved(named, api::openapi_document());
      if (p.at("in") != "query") continue;
      if (samples.one_in(2) && !p.value("required", false)) continue;
      auto value = samples.valid(p.at("schema"));
      if (value.is_array()) value = value.empty() ? json("") : value[0];
      auto text = value.is_string() ? value.get<std::string>() : value.dump();
      if (samples.one_in(6)) text = samples.odd_text();
      query += (query.empty() ? "" : "&") + p.at("name").get<std::string>() + "="
               + (samples.one_in(20) ? text : percent_encoded(text));
    }
    if (samples.one_in(20)) query += "&" + samples.odd_text() + "=%zz";
    return query;
  }

  std::string damaged(std::string text) {
    for (auto n = 1 + samples.below(3); n > 0 && !text.empty(); --n) {
      const auto at = samples.below(text.size());
      switch (samples.below(5)) {
        case 0:
          text.resize(at);
          break;
        case 1:
          text[at] = static_cast<char>(samples.below(256));
          break;
        case 2:
          text.insert(at, samples.odd_text());
          break;
        case 3:
          text.insert(at, text.substr(0, 200));
          break;
        default:
          // The same member twice.
          if (text.starts_with("{")) text.insert(1, "\"name\": 1, \"name\": \"two\", ");
      }
    }
    return text;
  }

  std::string body_of(const api::endpoint& e) {
    const auto kind = samples.below(10);
    if (e.request_schema.empty() || kind == 0) {
      return samples.one_in(3) ? samples.odd_text() : samples.one_in(2) ? "{}" : "";
    }
    auto body = samples.valid({{"$ref", "#/components/schemas/" + std::string(e.request_schema)}});
    if (kind < 5) return body.dump();
    for (auto n = 1 + samples.below(3); n > 0; --n) body = samples.mutated(std::move(body));
    auto text = body.dump(-1, ' ', false, json::error_handler_t::ignore);
    return kind < 9 ? text : damaged(std::move(text));
  }

  net::http_request any_request() {
    const auto& all = api::all_endpoints();
    const auto& e = all[samples.below(all.size())];
    auto r = plain(std::string(e.method), path_of(e));
    if (samples.one_in(40)) r.method = "BREW";
    r.query = query_of(
        documented_operation(std::string(e.method), std::string(e.prefix) + std::string(e.path)));
    r.body = body_of(e);
    if (samples.one_in(10)) r.headers = {{"Authorization", "Bearer " + other}};
    if (samples.one_in(50)) r.headers = {{"Authorization", samples.odd_text()}};
    if (samples.one_in(30)) r.path = damaged(r.path);
    return r;
  }

  static bool may_be_missing(const net::http_request& r) {
    return r.path.starts_with(api::own_prefix);
  }

  control_node local_node;
  std::map<std::string, std::vector<std::string>> ids;
  schema_samples samples{api::openapi_document(), setting("SIGNPOST_FUZZ_SEED", 20261124)};
};

TEST_F(ApiFuzz, NothingEndsInAFaultOfTheNode) {
  const auto count = setting("SIGNPOST_FUZZ_REQUESTS", 2000);
  std::map<int, std::uint64_t> statuses;
  bool shut_out = false;
  for (std::uint64_t i = 0; i < count && !HasFailure(); ++i) {
    if (i % 200 == 0 || shut_out) furnish();
    time.advance(milliseconds(200));
    const auto request = any_request();
    const auto response = gate->call(request);
    ++statuses[response.status];
    shut_out = response.status == 401 || response.status == 429;
    EXPECT_TRUE(response.status < 500 || (response.status == 503 && may_be_missing(request)))
        << "request " << i << ": " << request.method << " " << request.path << "?" << request.query
        << "\n"
        << request.body.substr(0, 2000) << "\n"
        << response.body;
    EXPECT_TRUE(is_documented(request, response)) << "request " << i << "\n"
                                                  << request.body.substr(0, 2000);
    for (auto& one : threads) one.join();
    threads.clear();
  }
  for (const auto& [status, times] : statuses) {
    RecordProperty("status_" + std::to_string(status), std::to_string(times));
  }
  EXPECT_GT(statuses[200], count / 10) << "the requests are too damaged to test anything";
}

}  // namespace
}  // namespace signpost::test
