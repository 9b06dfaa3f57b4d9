// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Posts copies to webhooks with the HTTP client of net/.
//
// Threads: any. The client outlives it; what is being read when it goes is not posted any more.
#pragma once

#include <cstddef>
#include <memory>

#include "actors/delivery/webhook_poster.hpp"
#include "actors/settings.hpp"
#include "net/web_client.hpp"

namespace signpost::actors {

/// What the client is to be made with: `webhook.*`.
[[nodiscard]] net::web_client_options web_client_options_of(const webhook_settings& s,
                                                            std::string user_agent);

/// Requests to webhooks that may be under way at once, all of them together.
[[nodiscard]] std::size_t webhooks_at_once(const webhook_settings& s);

class web_poster final : public webhook_poster {
 public:
  web_poster(net::web_client& client, const webhook_settings& settings);
  ~web_poster() override;
  void post(webhook_post what, std::function<void(result<webhook_answer>)> done) override;

 private:
  /// The client, for as long as there is one.
  struct client_slot;
  std::shared_ptr<client_slot> client_;
  milliseconds connect_timeout_;
  milliseconds timeout_;
  bool allow_private_;
};

}  // namespace signpost::actors
