// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a webhook's answer means for the copy that was posted to it, like classify_reply.hpp for
// SMTP.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/queue/classify_reply.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

/// The shortest and the longest wait that a Retry-After field can ask for.
inline constexpr seconds retry_after_min{30};
inline constexpr seconds retry_after_max{24 * 3600};

/// The response, in terms of this layer.
struct webhook_reply {
  int status = 0;
  /// The response's Retry-After field, as received; empty = none.
  std::string_view retry_after;
};

struct webhook_outcome {
  disposition what = disposition::retry;
  /// Not before this time from now; honoured like any hint of a peer (next_retry).
  std::optional<seconds> retry_after;
  /// For the DSN (RFC 3463); its class agrees with `what`.
  smtp::enhanced_status status;
  /// A bounded word, for metrics.
  std::string_view reason;
};

/// 2xx is delivered; 408, 425, 429 and 5xx are tried again, when Retry-After says or by the queue's
/// schedule; everything else has failed permanently: 410 means exactly that, other 4xx mean that
/// this request will never be accepted, and a redirect (3xx) is not followed.
webhook_outcome classify_webhook_reply(const webhook_reply& reply, wall_time now);

/// There was no response. errc::malformed (the URL) and errc::denied (its address is not allowed)
/// are permanent failures; everything else (DNS, connection, TLS, time) is tried again.
webhook_outcome classify_webhook_failure(errc why);

/// RFC 9110 §10.2.3: delay-seconds or an HTTP-date (RFC 9110 §5.6.7, all three forms), as a wait
/// from `now`; a date that has passed is ignored. Nothing if it is neither. Clamped to the limits
/// above.
std::optional<seconds> parse_retry_after(std::string_view value, wall_time now);

}  // namespace signpost::model
