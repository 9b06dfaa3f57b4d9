// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/webhook_signing.hpp"

#include "actors/delivery/webhook_order.hpp"
#include "actors/queue/delivery_job.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"
#include "model/routing/webhook_url.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::actors {
std::string webhook_secret(std::string_view key, std::string_view zone_name,
                           std::string_view rule_id) {
  auto text = std::string(zone_name) + "\n";
  text += rule_id;
  return to_hex(crypto::hmac_sha256(key, text));
}

std::string webhook_signature(std::string_view secret, const webhook_stamp& stamp) {
  std::string text(stamp.timestamp);
  text += '.';
  text += stamp.queue_id;
  text += '.';
  text += stamp.content_digest;
  return "v1=" + to_hex(crypto::hmac_sha256(secret, text));
}

std::string webhook_field_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet < 0x7f && c != '%') {
      out += c;
      continue;
    }
    out += '%';
    out += digits[octet >> 4];
    out += digits[octet & 0x0f];
  }
  return out;
}

webhook_order webhook_order_of(const delivery_job& job, std::string_view key, wall_time now) {
  SP_ASSERT(job.envelopes.size() == 1);
  const auto& e = job.envelopes.front();
  const auto id = e.id.to_string();
  const auto since_1970 = std::chrono::duration_cast<seconds>(now.time_since_epoch());
  const auto timestamp = std::to_string(since_1970.count());
  return {.url = e.destination,
          .fields = {{"Content-Type", "message/rfc822"},
                     {"Signpost-Queue-Id", id},
                     {"Signpost-Recipient", webhook_field_text(e.original)},
                     {"Signpost-Sender", webhook_field_text(job.record->sender)},
                     {"Signpost-Zone", webhook_field_text(e.zone)},
                     {"Signpost-Rule", webhook_field_text(e.rule)},
                     {"Signpost-Timestamp", timestamp}},
          .sign = [timestamp, id,
                   secret = webhook_secret(
                       key, e.zone, model::webhook_rule_name(e.zone, e.zone_id, e.rule))](
                      std::string_view content_digest) {
            return std::pair(std::string("Signpost-Signature"),
                             webhook_signature(secret, {.timestamp = timestamp,
                                                        .queue_id = id,
                                                        .content_digest = content_digest}));
          }};
}

}  // namespace signpost::actors
