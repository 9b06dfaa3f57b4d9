// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Posts copies to webhooks with the HTTP client of net/.
//
// Threads: any. The client outlives it; a message that is being read when it is destroyed is no
// longer posted.
#pragma once

#include <cstddef>
#include <memory>

#include "actors/delivery/webhook_poster.hpp"
#include "actors/settings.hpp"
#include "net/http/web_client.hpp"

namespace signpost::actors {

/// The options for the client, from `webhook.*`.
[[nodiscard]] net::web_client_options web_client_options_of(const webhook_settings& s,
                                                            std::string user_agent);

/// How many requests to all webhooks together may be under way at once.
[[nodiscard]] std::size_t webhooks_at_once(const webhook_settings& s);

class web_poster final : public webhook_poster {
 public:
  web_poster(net::web_client& client, const webhook_settings& settings);
  ~web_poster() override;
  void post(webhook_post what, std::function<void(result<webhook_answer>)> done) override;

 private:
  /// The client, as long as it exists.
  struct client_slot;
  std::shared_ptr<client_slot> client_;
  milliseconds connect_timeout_;
  milliseconds timeout_;
  bool allow_private_;
};

}  // namespace signpost::actors
