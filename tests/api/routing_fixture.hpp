// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The client API over the real store in a folder that goes away, with a DNS of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/addresses/link.hpp"
#include "api/frame/access.hpp"
#include "api/frame/json.hpp"
#include "api/gateway.hpp"
#include "storage/control/control_store.hpp"
#include "tests/api/control_node.hpp"
#include "tests/api/documented.hpp"
#include "tests/api/remembered_keys.hpp"
#include "tests/storage/temporary_folder.hpp"
#include "tests/support/fake_node_operations.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/table_resolver.hpp"

namespace signpost::test {

using api::json;

struct reply {
  int status = 0;
  json body;
  net::http_response raw;
  [[nodiscard]] const json& result() const { return body.at("result"); }
  [[nodiscard]] int code() const {
    return body.at("errors").empty() ? 0 : body.at("errors").at(0).at("code").get<int>();
  }
};

/// Two accounts; the administrator's token, and one that owns nothing but the second account.
class routing_api : public testing::Test {
 protected:
  routing_api() {
    storage::control_store_options options;
    options.path = folder.path() + "/control";
    options.free_octets_min = 0;
    options.time = &time;
    auto opened = storage::open_control_store(options);
    EXPECT_TRUE(opened.has_value()) << to_string(opened.error());
    store = std::move(*opened);
    const auto text = api::prepare_store(*store, time, random);
    EXPECT_TRUE(text.has_value() && text->has_value());
    admin = **text;
    account = store->read()->accounts({})->items.front().id;
    make_other_account();
    gate = std::make_unique<api::gateway>(world(), 1);
  }
  ~routing_api() override {
    for (auto& one : threads) one.join();
    gate.reset();
  }

  void make_other_account() {
    other_account = api::new_object_id(random);
    other = api::new_token_text(random);
    auto token = api::administrator_token(other, time.now(), random);
    token.account = other_account;
    const auto done = store->change<void>([&](model::control_transaction& t) -> result<void> {
      SP_CHECK(t.put(model::account{.id = other_account, .name = "Other", .created = time.now()}));
      SP_CHECK(t.put(token));
      t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "create"});
      return {};
    });
    EXPECT_TRUE(done.has_value());
  }

  api::rest_world world() {
    api::rest_world w{
        .store = store.get(), .routing = config, .time = time, .random = random, .resolver = dns};
    w.host_name = "mx.signpost.example";
    w.public_url = "https://signpost.example";
    w.link_key = std::string(32, 'k');
    w.spf_mechanism = "a:mx.signpost.example";
    w.node = &node;
    w.dkim = &keys;
    return w;
  }

  /// `path` with its query, below `prefix`; by the administrator unless `token` says who else.
  net::http_response answer_at(std::string_view prefix, std::string_view method,
                               std::string_view path, const json& body, std::string_view token) {
    net::http_request request;
    request.method = method;
    const auto mark = path.find('?');
    request.path = std::string(prefix).append(path.substr(0, mark));
    if (mark != std::string_view::npos) request.query = path.substr(mark + 1);
    request.headers = {{"Authorization", "Bearer " + std::string(token.empty() ? admin : token)}};
    request.peer = "192.0.2.7";
    if (!body.is_null()) request.body = body.dump();
    auto raw = gate->call(request);
    EXPECT_TRUE(is_documented(request, raw));
    return raw;
  }
  reply call(std::string_view method, std::string_view path, const json& body = nullptr,
             std::string_view token = {}) {
    const auto raw = answer_at("/client/v4", method, path, body, token);
    return {.status = raw.status, .body = json::parse(raw.body), .raw = raw};
  }

  std::string zone(std::string_view name = "example.org") {
    const auto made = call("POST", "/zones", {{"name", name}, {"account", {{"id", account}}}});
    EXPECT_EQ(made.status, 200) << made.raw.body;
    return made.result().at("id").get<std::string>();
  }
  std::string rules(const std::string& zone_id) {
    return "/zones/" + zone_id + "/email/routing/rules";
  }
  std::string addresses() { return "/accounts/" + account + "/email/routing/addresses"; }
  std::string address(std::string_view email, bool verified) {
    const auto made = call("POST", addresses(), {{"email", email}});
    EXPECT_EQ(made.status, 200) << made.raw.body;
    auto id = made.result().at("id").get<std::string>();
    if (verified) {
      EXPECT_EQ(call("PATCH", addresses() + "/" + id, {{"status", "verified"}}).status, 200);
    }
    return id;
  }
  static json drop(std::string_view to) {
    return {{"matchers", {{{"type", "literal"}, {"field", "to"}, {"value", to}}}},
            {"actions", {{{"type", "drop"}}}}};
  }
  static json forward(std::string_view to, std::string_view destination) {
    return {{"matchers", {{{"type", "literal"}, {"field", "to"}, {"value", to}}}},
            {"actions", {{{"type", "forward"}, {"value", {destination}}}}}};
  }

  storage::temporary_folder folder;
  test::manual_clock time{storage::start};
  seeded_random random{7};
  fixed_config config;
  std::vector<std::thread> threads;
  test::table_resolver dns{[this](std::function<void()> f) { threads.emplace_back(std::move(f)); }};
  std::unique_ptr<model::control_store> store;
  std::unique_ptr<api::gateway> gate;
  std::string admin, other, account, other_account;
  fake_node_operations node;
  remembered_keys keys;
  const std::vector<api::own_mail>& mails = node.mails;
};

}  // namespace signpost::test
