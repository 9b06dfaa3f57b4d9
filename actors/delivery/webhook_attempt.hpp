// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One copy for one webhook as a POST, and its response as that of a delivery attempt.
//
// Threads: pure functions.
#pragma once

#include <string_view>

#include "actors/delivery/messages.hpp"
#include "actors/delivery/webhook_poster.hpp"

namespace signpost::actors {

/// For a request whose `webhook` is set.
[[nodiscard]] webhook_post post_of(deliver_request request);

/// `url` is where it was posted to; for the response see model/queue/webhook_reply.hpp.
[[nodiscard]] deliver_response response_of(std::string_view url, const result<webhook_answer>& got,
                                           wall_time now);

}  // namespace signpost::actors
