// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/api_connection.hpp"

#include <future>
#include <optional>
#include <utility>

#include "base/ip.hpp"
#include "net/http_client.hpp"
#include "net/web_client.hpp"

namespace signpost::cli {
namespace {

// The node asks its actors one after the other for their status, 2 s each; the DNS is waited for.
constexpr seconds patience{30};
constexpr std::string_view plain_scheme = "http://";

class plain_connection final : public api_connection {
 public:
  plain_connection(std::variant<std::string, endpoint> server, std::string base, std::string token)
      : server_(std::move(server)), base_(std::move(base)), token_(std::move(token)) {}

  result<api_response> send(const api_request& request) override {
    net::http_call_options call{.server = server_,
                                .method = request.method,
                                .target = base_ + request.target,
                                .headers = {{"User-Agent", "signpost-cli"}},
                                .body = request.body,
                                .timeout = patience};
    if (!token_.empty()) call.headers.push_back({"Authorization", "Bearer " + token_});
    SP_TRY(auto response, net::http_call(call));
    return api_response{.status = response.status,
                        .body = std::move(response.body),
                        .retry_after = std::string(response.header("Retry-After"))};
  }

 private:
  std::variant<std::string, endpoint> server_;
  std::string base_;  // path before every target
  std::string token_;
};

class web_connection final : public api_connection {
 public:
  web_connection(std::unique_ptr<net::web_client> client, std::string url, std::string token)
      : client_(std::move(client)), url_(std::move(url)), token_(std::move(token)) {}

  result<api_response> send(const api_request& request) override {
    std::promise<result<net::web_response>> promise;
    auto future = promise.get_future();
    client_->post(to_web(request),
                  [&](result<net::web_response> got) { promise.set_value(std::move(got)); });
    SP_TRY(auto response, future.get());
    if (response.truncated) return fail(errc::limit_exceeded, "the answer is too large");
    return api_response{.status = response.status,
                        .body = std::move(response.body),
                        .retry_after = std::string(response.header("Retry-After"))};
  }

 private:
  [[nodiscard]] net::web_request to_web(const api_request& request) const {
    net::web_request out{.method = request.method,
                         .url = url_ + request.target,
                         .headers = {{"Authorization", "Bearer " + token_}},
                         .timeout = patience,
                         .response_octets_max = net::http_response_octets_max,
                         // Of the user's own choice: a node at home or on this machine.
                         .addresses = net::address_policy::any};
    if (!request.body.empty()) {
      out.headers.push_back({"Content-Type", "application/json"});
      out.body.push_back(std::make_shared<message_body>(request.body));
    }
    return out;
  }

  std::unique_ptr<net::web_client> client_;
  std::string url_;
  std::string token_;
};

// `http://127.0.0.1:9980/base` as an endpoint and `/base`; nothing for other URLs.
std::optional<std::pair<endpoint, std::string>> plain_endpoint(std::string_view url) {
  if (!url.starts_with(plain_scheme)) return std::nullopt;
  url.remove_prefix(plain_scheme.size());
  const auto slash = url.find('/');
  const auto where = endpoint::parse(url.substr(0, slash));
  if (!where) return std::nullopt;
  return std::pair{*where, slash == std::string_view::npos ? "" : std::string(url.substr(slash))};
}

}  // namespace

result<std::unique_ptr<api_connection>> open_connection(const api_server& server) {
  if (server.is_local()) {
    return std::make_unique<plain_connection>(server.socket, "", server.token);
  }
  if (auto plain = plain_endpoint(server.url)) {
    return std::make_unique<plain_connection>(plain->first, std::move(plain->second), server.token);
  }
  if (!server.url.starts_with("https://")) {
    return fail(errc::malformed, "write https://HOST or http://ADDRESS:PORT");
  }
  SP_TRY(auto client, net::web_client::make({.user_agent = "signpost-cli",
                                             .ca_file = server.ca_file,
                                             .use_proxy_environment = true}));
  return std::make_unique<web_connection>(std::move(client), server.url, server.token);
}

}  // namespace signpost::cli
