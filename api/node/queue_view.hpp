// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The queue and its messages as JSON.
//
// Threads: those of the spool.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "base/body.hpp"
#include "base/result.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::api {

/// Recipients on one page of the queue; without `per_page`: `list_page_default`.
inline constexpr std::size_t list_page_max = 1000;
inline constexpr std::size_t list_page_default = 100;
/// Octets of message content that may be read at once: apart from the budget for mail, so that
/// looking at mail never keeps mail from being taken.
inline constexpr std::size_t content_budget_octets = 64 * 1024 * 1024;

struct queue_rows {
  json rows;           ///< recipients, each with what of its message a list shows
  std::string cursor;  ///< of the next page; empty on the last
};

/// A page of recipients; no `next_attempt` of one that is still open is before `now`. Fails as
/// `spool::list` does, and with errc::malformed for an invalid cursor.
[[nodiscard]] result<queue_rows> read_queue(storage::spool& spool,
                                            const storage::queue_filter& filter,
                                            const std::string& cursor, std::size_t max,
                                            wall_time now);

/// `queued`, `deferred`, …; errc::malformed for other words, whose context lists them.
[[nodiscard]] result<model::outcome> outcome_of(std::string_view word);

/// What is left of a message: all of it while it is queued, later its events alone. With `owner`
/// only what is that zone's own, without the other recipients' number. errc::not_found if there is
/// nothing of it (for that zone).
[[nodiscard]] result<json> read_message(storage::spool& spool, const model::queue_id& id,
                                        wall_time now,
                                        const std::optional<model::zone_scope>& owner = {});

/// The message as `message/rfc822`, or its header section. Fails as `spool::body` does.
[[nodiscard]] result<net::http_response> read_content(storage::spool& spool,
                                                      const model::queue_id& id,
                                                      memory_budget& budget, bool headers_only);

}  // namespace signpost::api
