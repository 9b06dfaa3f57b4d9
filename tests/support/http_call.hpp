// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One request to a server of ours, for its tests: blocks until the answer is there.
#pragma once

#include <future>
#include <string>
#include <variant>
#include <vector>

#include "net/http/web_client.hpp"

namespace signpost::test {

struct http_call_options {
  /// Path of a Unix socket, or a TCP endpoint.
  std::variant<std::string, endpoint> server;
  std::string method = "GET";
  /// Path and query, percent-encoded, beginning with `/`.
  std::string target = "/";
  std::vector<net::http_header> headers = {};
  std::string body = {};
  milliseconds timeout{30'000};
};

inline result<net::web_response> http_call(const http_call_options& options) {
  const auto* const where = std::get_if<endpoint>(&options.server);
  net::web_request request{
      .method = options.method,
      .url = "http://" + (where != nullptr ? where->to_string() : "localhost") + options.target,
      .headers = options.headers,
      .timeout = options.timeout,
      .addresses = net::address_policy::any,
      .allow_http = true};
  if (where == nullptr) request.unix_socket = std::get<std::string>(options.server);
  if (!options.body.empty()) {
    request.body.push_back(std::make_shared<const message_body>(options.body));
  }
  std::promise<result<net::web_response>> answered;
  SP_TRY(const auto client, net::web_client::make());
  client->send(std::move(request),
               [&](result<net::web_response> got) { answered.set_value(std::move(got)); });
  return answered.get_future().get();
}

}  // namespace signpost::test
