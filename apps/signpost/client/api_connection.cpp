// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/api_connection.hpp"

#include <future>
#include <utility>

#include "base/ip.hpp"
#include "net/http/web_client.hpp"

namespace signpost::cli {
namespace {

// The node asks its actors one after the other for their status, 2 s each; the DNS is waited for.
constexpr seconds patience{30};
constexpr std::size_t answer_octets_max = 64 * 1024 * 1024;
constexpr std::string_view plain_scheme = "http://";

class web_connection final : public api_connection {
 public:
  web_connection(std::unique_ptr<net::web_client> client, const api_server& server)
      : client_(std::move(client)),
        socket_(server.socket),
        url_(server.is_local() ? "http://localhost" : server.url),
        token_(server.token) {}

  result<api_response> send(const api_request& request) override {
    std::promise<result<net::web_response>> promise;
    auto future = promise.get_future();
    client_->send(to_web(request),
                  [&](result<net::web_response> got) { promise.set_value(std::move(got)); });
    SP_TRY(auto response, future.get());
    if (response.truncated) {
      return fail(errc::limit_exceeded, "the answer is too large, or was cut off");
    }
    return api_response{.status = response.status,
                        .body = std::move(response.body),
                        .retry_after = std::string(response.header("Retry-After"))};
  }

 private:
  [[nodiscard]] net::web_request to_web(const api_request& request) const {
    net::web_request out{.method = request.method,
                         .url = url_ + request.target,
                         .timeout = patience,
                         .response_octets_max = answer_octets_max,
                         // Of the user's own choice: a node at home or on this machine.
                         .addresses = net::address_policy::any,
                         .allow_http = url_.starts_with(plain_scheme),
                         .unix_socket = socket_};
    if (!token_.empty()) out.headers.push_back({"Authorization", "Bearer " + token_});
    if (!request.body.empty()) {
      out.headers.push_back({"Content-Type", "application/json"});
      out.body.push_back(std::make_shared<message_body>(request.body));
    }
    return out;
  }

  std::unique_ptr<net::web_client> client_;
  std::string socket_;
  std::string url_;
  std::string token_;
};

// True for `http://127.0.0.1:9980/base`: a token goes unencrypted to an address alone, which no DNS
// can turn elsewhere.
bool is_plain_address(std::string_view url) {
  if (!url.starts_with(plain_scheme)) return false;
  url.remove_prefix(plain_scheme.size());
  return endpoint::parse(url.substr(0, url.find('/'))).has_value();
}

}  // namespace

result<std::unique_ptr<api_connection>> open_connection(const api_server& server) {
  const bool is_https = server.url.starts_with("https://");
  if (!server.is_local() && !is_https && !is_plain_address(server.url)) {
    return fail(errc::malformed, "write https://HOST or http://ADDRESS:PORT");
  }
  SP_TRY(auto client, net::web_client::make({.user_agent = "signpost-cli",
                                             .ca_file = server.ca_file,
                                             .use_proxy_environment = is_https}));
  return std::make_unique<web_connection>(std::move(client), server);
}

}  // namespace signpost::cli
