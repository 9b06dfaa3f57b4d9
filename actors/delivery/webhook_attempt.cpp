// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/webhook_attempt.hpp"

#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::actors {
namespace {

// `hooks.example:8443 (192.0.2.7)`, as mail hosts are written.
std::string host_of(std::string_view url, std::string_view server) {
  constexpr std::string_view scheme = "https://";
  const auto origin = model::webhook_origin(url);
  auto host = origin ? origin->substr(scheme.size()) : std::string();
  if (!host.empty() && !server.empty()) host += " (" + std::string(server) + ")";
  return host;
}

smtp::recipient_result result_of(std::string_view url, smtp::reply reply) {
  smtp::recipient_result r;
  r.recipient = url;
  r.reply = std::move(reply);
  r.command = "POST";
  return r;
}

}  // namespace

webhook_post post_of(deliver_request request) {
  SP_ASSERT(request.webhook);
  auto& m = request.message;
  return {.url = std::move(request.webhook->url),
          .tenant = std::move(request.tenant),
          .fields = std::move(request.webhook->fields),
          .sign = std::move(request.webhook->sign),
          .content = {std::make_shared<const message_body>(std::move(m.prefix)), m.body}};
}

deliver_response response_of(std::string_view url, const result<webhook_answer>& got,
                             wall_time now) {
  deliver_response r;
  if (got) {
    r.webhook = model::classify_webhook_reply(
        {.status = got->status, .retry_after = got->retry_after}, now);
    r.results.push_back(result_of(url, {.code = static_cast<std::uint16_t>(got->status),
                                        .status = r.webhook->status,
                                        .lines = {"webhook: " + got->phrase}}));
    r.host = host_of(url, got->server);
    return r;
  }
  r.webhook = model::classify_webhook_failure(got.error().code);
  r.results.push_back(result_of(
      url, {.code = 0, .status = r.webhook->status, .lines = {"webhook: " + got.error().context}}));
  r.host = host_of(url, {});
  // The host did not answer, so other requests that wait for it will hardly do better now. Not
  // counted if it was never asked, or did not get everything.
  const auto why = got.error().code;
  const bool asked = why != errc::limit_exceeded && why != errc::corrupt;
  r.host_failed = asked && r.webhook->what == model::disposition::retry;
  return r;
}

}  // namespace signpost::actors
