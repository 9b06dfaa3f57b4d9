// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a webhook gets besides the message, and how it can verify that the request is ours: header
// fields of the POST, one of them an HMAC-SHA256 (RFC 2104) over time, queue id and content.
// docs/operating/webhooks.md explains it to receivers.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/delivery/webhook_order.hpp"
#include "actors/interfaces.hpp"
#include "base/clock.hpp"

namespace signpost::actors {

/// What the requests of a rule are signed with, and what its owner is shown: HMAC-SHA256 of zone
/// name, line feed and rule id under the node's own `key`, in hexadecimal. The text itself is the
/// secret, not the octets that it encodes.
[[nodiscard]] std::string webhook_secret(std::string_view key, std::string_view zone_name,
                                         std::string_view rule_id);

struct webhook_stamp {
  std::string_view timestamp;  ///< Unix seconds, as in Signpost-Timestamp
  std::string_view queue_id;
  std::string_view content_digest;  ///< SHA-256 of the content in hexadecimal, lower case
};

/// `v1=` and the hexadecimal HMAC-SHA256 of timestamp, queue id and digest, joined by full stops.
[[nodiscard]] std::string webhook_signature(std::string_view secret, const webhook_stamp& stamp);

/// Octets that a header field may not contain, and `%`, are written as `%` and two hexadecimal
/// digits (RFC 3986 §2.1): addresses can contain UTF-8 and anything quoted.
[[nodiscard]] std::string webhook_field_text(std::string_view text);

/// How a copy is posted. `job` has one envelope, `key` is the node's.
[[nodiscard]] webhook_order webhook_order_of(const delivery_job& job, std::string_view key,
                                             wall_time now);

}  // namespace signpost::actors
