// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A gateway on a fresh store, and an administrator who calls it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/endpoints.hpp"
#include "api/gateway.hpp"
#include "storage/control/control_store.hpp"
#include "tests/api/documented.hpp"
#include "tests/storage/temporary_folder.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::api {

class no_config final : public model::routing_source {
 public:
  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override {
    return nullptr;
  }
};

class no_resolver final : public dns::resolver {
 public:
  void resolve(dns::question, callback) override {}
};

class gateway_test : public testing::Test {
 protected:
  gateway_test() {
    auto opened = storage::open_control_store({.path = folder_.path() + "/config", .time = &time_});
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    store_ = std::move(*opened);
    const auto text = prepare_store(*store_, time_, random_);
    if (!text || !*text) throw std::runtime_error("no first token");
    administrator_ = **text;
    gateway_ = std::make_unique<gateway>(rest_world{.store = store_.get(),
                                                    .routing = config_,
                                                    .time = time_,
                                                    .random = random_,
                                                    .resolver = resolver_,
                                                    .limits = {.requests_per_minute_max = 0},
                                                    .host_name = "mx.example.net",
                                                    .public_url = "https://mx.example.net"},
                                         1);
  }

  struct got {
    int status = 0;
    json body;
  };
  got ask(const std::string& token, std::string method, const std::string& path,
          const json& body = nullptr, std::string query = {}) {
    return ask_at(token, std::move(method), "/client/v4" + path, body, std::move(query));
  }
  /// The same with the whole path.
  got ask_at(const std::string& token, std::string method, std::string path,
             const json& body = nullptr, std::string query = {}) {
    net::http_request r;
    r.method = std::move(method);
    r.path = std::move(path);
    r.query = std::move(query);
    r.peer = "192.0.2.9";
    if (!token.empty()) r.headers.push_back({"Authorization", "Bearer " + token});
    if (!body.is_null()) r.body = to_text(body);
    const auto response = gateway_->call(r);
    EXPECT_TRUE(test::is_documented(r, response));
    return {response.status, json::parse(response.body, nullptr, false)};
  }
  int code(const got& g) { return g.body["errors"][0]["code"].get<int>(); }

  static json request(std::string_view group, const std::string& resource) {
    json policy{{"effect", "allow"}};
    for (const auto& g : permission_groups()) {
      if (g.name == group) policy["permission_groups"] = json::array({{{"id", g.id}}});
    }
    policy["resources"] = {{resource, "*"}};
    return {{"name", "a token"}, {"policies", json::array({policy})}};
  }
  std::string account() {
    return ask(administrator_, "GET", "/accounts").body["result"][0]["id"].get<std::string>();
  }
  /// Made by the administrator: its id and its text.
  std::pair<std::string, std::string> make(const json& wanted, const std::string& at = "/user") {
    const auto made = ask(administrator_, "POST", at + "/tokens", wanted);
    EXPECT_EQ(made.status, 200) << to_text(made.body);
    if (made.status != 200) return {};
    return {made.body["result"]["id"].get<std::string>(),
            made.body["result"]["value"].get<std::string>()};
  }

  storage::temporary_folder folder_;
  test::manual_clock time_;
  system_random random_;
  no_config config_;
  no_resolver resolver_;
  std::unique_ptr<model::control_store> store_;
  std::unique_ptr<gateway> gateway_;
  std::string administrator_;
};

}  // namespace signpost::api
