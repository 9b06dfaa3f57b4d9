// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/web_poster.hpp"

#include <algorithm>
#include <utility>

namespace signpost::actors {
namespace {

// The answer is judged by its status alone; reading on a little lets the connection be used again.
constexpr std::size_t answer_octets_max = 16 * 1024;
/// Requests under way to all webhooks together, in concurrencies of one.
constexpr std::size_t hosts_at_once = 16;

webhook_answer answer_of(const net::web_response& r) {
  return {.status = r.status,
          .phrase = std::string(net::reason_phrase(r.status)),
          .retry_after = std::string(r.header("Retry-After")),
          .server = r.server.address.is_unspecified() ? "" : r.server.address.to_string()};
}

}  // namespace

net::web_client_options web_client_options_of(const webhook_settings& s, std::string user_agent) {
  const auto per_host = static_cast<std::size_t>(s.concurrency);
  return {.user_agent = std::move(user_agent),
          .ca_file = s.ca_file,
          .active_max = per_host * hosts_at_once,
          .active_per_host_max = per_host};
}

web_poster::web_poster(net::web_client& client, const webhook_settings& settings)
    : client_(client),
      connect_timeout_(std::min(settings.connect_timeout, settings.timeout)),
      timeout_(settings.timeout),
      allow_private_(settings.allow_private) {}

void web_poster::post(webhook_post what, std::function<void(result<webhook_answer>)> done) {
  net::web_request request;
  request.url = std::move(what.url);
  for (auto& [name, value] : what.fields) {
    request.headers.push_back({.name = std::move(name), .value = std::move(value)});
  }
  request.body = std::move(what.content);
  request.connect_timeout = connect_timeout_;
  request.timeout = timeout_;
  request.response_octets_max = answer_octets_max;
  request.addresses = allow_private_ ? net::address_policy::any : net::address_policy::public_only;
  client_.post(std::move(request), [done = std::move(done)](result<net::web_response> got) {
    done(got ? result<webhook_answer>(answer_of(*got)) : tl::unexpected(got.error()));
  });
}

}  // namespace signpost::actors
