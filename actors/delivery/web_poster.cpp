// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/web_poster.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "actors/delivery/content_digest.hpp"

namespace signpost::actors {
namespace {

// The answer is judged by its status alone; reading a little further lets the connection be reused.
constexpr std::size_t answer_octets_max = 16 * 1024;
/// Requests under way to all webhooks together, in concurrencies of one.
constexpr std::size_t hosts_at_once = 32;

webhook_answer answer_of(const net::web_response& r) {
  return {.status = r.status,
          .phrase = std::string(net::reason_phrase(r.status)),
          .retry_after = std::string(r.header("Retry-After")),
          .server = r.server.address.is_unspecified() ? "" : r.server.address.to_string()};
}

}  // namespace

net::web_client_options web_client_options_of(const webhook_settings& s, std::string user_agent) {
  return {.user_agent = std::move(user_agent),
          .ca_file = s.ca_file,
          .active_max = webhooks_at_once(s),
          .active_per_host_max = static_cast<std::size_t>(s.concurrency)};
}

std::size_t webhooks_at_once(const webhook_settings& s) {
  return static_cast<std::size_t>(s.concurrency) * hosts_at_once;
}

struct web_poster::client_slot {
  std::mutex mutex;
  net::web_client* client;  ///< guarded by mutex; null: it is being destroyed
};

web_poster::web_poster(net::web_client& client, const webhook_settings& settings)
    : client_(std::make_shared<client_slot>()),
      connect_timeout_(std::min(settings.connect_timeout, settings.timeout)),
      timeout_(settings.timeout),
      allow_private_(settings.allow_private) {
  client_->client = &client;
}

web_poster::~web_poster() {
  const std::lock_guard lock(client_->mutex);
  client_->client = nullptr;
}

void web_poster::post(webhook_post what, std::function<void(result<webhook_answer>)> done) {
  net::web_request request;
  request.url = std::move(what.url);
  request.tenant = std::move(what.tenant);
  for (auto& [name, value] : what.fields) {
    request.headers.push_back({.name = std::move(name), .value = std::move(value)});
  }
  request.body = what.content;
  request.connect_timeout = connect_timeout_;
  request.timeout = timeout_;
  request.response_octets_max = answer_octets_max;
  request.addresses = allow_private_ ? net::address_policy::any : net::address_policy::public_only;
  const auto send = [slot = client_, done](net::web_request ready) {
    const std::lock_guard lock(slot->mutex);
    if (slot->client == nullptr) return done(fail(errc::unavailable, "the node is stopping"));
    slot->client->send(std::move(ready), [done](result<net::web_response> got) {
      done(got ? result<webhook_answer>(answer_of(*got)) : tl::unexpected(got.error()));
    });
  };
  if (!what.sign) return send(std::move(request));
  // The receiver gets the digest before the first octet.
  digest_content(std::move(what.content),
                 [send, done, sign = std::move(what.sign),
                  request = std::move(request)](const result<std::string>& digest) {
                   if (!digest) return done(tl::unexpected(digest.error()));
                   auto ready = request;
                   auto [name, value] = sign(*digest);
                   ready.headers.push_back({.name = std::move(name), .value = std::move(value)});
                   send(std::move(ready));
                 });
}

}  // namespace signpost::actors
