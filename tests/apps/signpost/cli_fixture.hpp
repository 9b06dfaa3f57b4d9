// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole program with a server that knows its answers by heart: arguments in; requests, text and
// exit status out.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/signpost/command_line.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::cli {

struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Remembers what it was asked.
struct fake_server {
  std::map<std::string, api_response, std::less<>> answers;  ///< by `METHOD target`
  std::vector<std::string> requests;                         ///< `METHOD target`
  std::vector<nlohmann::json> bodies;                        ///< null where there was none
  std::vector<api_server> connected;
  bool is_there = true;

  void answer(const std::string& request, nlohmann::json result, nlohmann::json info = nullptr,
              nlohmann::json messages = nlohmann::json::array()) {
    nlohmann::json body{{"success", true},
                        {"errors", nlohmann::json::array()},
                        {"messages", std::move(messages)},
                        {"result", std::move(result)}};
    if (!info.is_null()) body["result_info"] = std::move(info);
    answers[request] = {.status = 200, .body = body.dump()};
  }
  void refuse(const std::string& request, int status, int code, const std::string& text) {
    const nlohmann::json body{{"success", false},
                              {"errors", {{{"code", code}, {"message", text}}}},
                              {"messages", nlohmann::json::array()},
                              {"result", nullptr}};
    answers[request] = {.status = status, .body = body.dump()};
  }
};

class fake_connection final : public api_connection {
 public:
  explicit fake_connection(fake_server& server) : server_(server) {}
  result<api_response> send(const api_request& request) override {
    if (!server_.is_there) return fail(errc::unavailable, "connection refused");
    const auto name = request.method + " " + request.target;
    server_.requests.push_back(name);
    server_.bodies.push_back(request.body.empty() ? nlohmann::json()
                                                  : nlohmann::json::parse(request.body));
    const auto at = server_.answers.find(name);
    if (at != server_.answers.end()) return at->second;
    return api_response{.status = 404,
                        .body = R"({"success":false,"errors":[{"code":7003,"message":"nothing at )"
                                + name + R"("}],"messages":[],"result":null})"};
  }

 private:
  fake_server& server_;
};

/// Ids as the API has them.
inline std::string id_of(char digit) {
  return std::string(32, digit);
}

class CliFixture : public ::testing::Test {
 protected:
  CliFixture() {
    server_.answer("GET /client/v4/accounts?page=1&per_page=50",
                   {{{"id", id_of('a')}, {"name", "Example"}}});
    server_.answer("GET " + zones_named("zone.example"), nlohmann::json::array({zone()}));
    server_.answer("GET /client/v4/zones/" + id_of('1'), zone());
  }

  static std::string zones_named(const std::string& name) {
    return "/client/v4/zones?name=" + name + "&page=1&per_page=50";
  }
  static nlohmann::json zone() {
    return {{"id", id_of('1')},
            {"name", "zone.example"},
            {"status", "active"},
            {"paused", false},
            {"created_on", "2026-11-23T00:00:00.000Z"},
            {"account", {{"id", id_of('a')}, {"name", "Example"}}}};
  }
  /// Paths of that zone.
  static std::string at_zone(const std::string& rest) {
    return "/client/v4/zones/" + id_of('1') + rest;
  }
  static std::string at_own_zone(const std::string& rest) {
    return "/signpost/v1/zones/" + id_of('1') + rest;
  }

  outcome run(std::vector<std::string> arguments) {
    outcome o;
    const console to{.out = [&](std::string_view t) { o.out += t; },
                     .err = [&](std::string_view t) { o.err += t; },
                     .confirm =
                         [&](std::string_view question) {
                           o.err += question;
                           return confirmed_;
                         },
                     .time = time_,
                     .ask_secret = [&](std::string_view) { return typed_; },
                     .read_input = [&] { return input_; },
                     .colours = colours_};
    o.status = cli::run(arguments, environment_, to, [this](const api_server& server) {
      server_.connected.push_back(server);
      return result<std::unique_ptr<api_connection>>(std::make_unique<fake_connection>(server_));
    });
    return o;
  }
  /// Against the fake server, in place of a node's socket.
  outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--socket", "/run/fake.sock"});
    return run(std::move(arguments));
  }
  nlohmann::json ask_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return nlohmann::json::parse(ask(std::move(arguments)).out, nullptr, false);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_.path(name); }

  fake_server server_;
  test::temporary_directory directory_;
  test::manual_clock time_{wall_time{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)}};
  config::environment environment_{{"SIGNPOST_CONFIG", settings_file()},
                                   {"HOME", directory_.path("home")}};
  bool confirmed_ = false;
  bool colours_ = false;
  std::optional<std::string> typed_;
  std::string input_;

 private:
  std::string settings_file() {
    test::write_file(directory_.path("signpost.yaml"),
                     "node: {data_dir: " + directory_.path("data") + "}\n");
    return directory_.path("signpost.yaml");
  }
};

}  // namespace signpost::cli
