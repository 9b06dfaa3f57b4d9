// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/copy_fields.hpp"

#include <algorithm>

#include "actors/queue/delivery_job.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/routing/webhook_url.hpp"
#include "proto/imf/received.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

bool fits_a_field(std::string_view address) {
  return !address.empty() && std::ranges::all_of(address, [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
  });
}

}  // namespace

std::string sender_of(const delivery_job& job, const srs::rewriter& rewriter,
                      const std::string& alias, wall_time now) {
  const auto& r = *job.record;
  if (r.sender.empty()) return r.sender;
  auto rewritten = rewriter.forward_or_fallback(r.sender, alias, now);
  if (rewritten) return *rewritten;
  // An address that was accepted at MAIL can always be rewritten or replaced by the fall-back; if
  // not, the null sender is the one that cannot be forged or bounce to a stranger.
  log_.error("srs.failed",
             {{"queue_id", r.id.to_string()}, {"error", to_string(rewritten.error())}});
  return "";
}

std::string received_of(const delivery_job& job, const std::string& host_name) {
  const auto& r = *job.record;
  const auto space = r.tls.find(' ');
  imf::received_info info;
  info.helo = r.helo;
  info.client_name = r.client_name;
  info.client_address = ip_address::parse(r.client_address).value_or(ip_address{});
  info.by_host = host_name;
  info.protocol = r.protocol;
  info.tls_version = r.tls.substr(0, space);
  if (space != std::string::npos) info.tls_cipher = r.tls.substr(space + 1);
  info.queue_id = r.id.to_string();
  // RFC 5321 §7.2: with several recipients the field would disclose one to the other.
  if (r.recipients == 1) info.for_recipient = job.envelopes.front().original;
  info.date = to_rfc5322_date(r.accepted);
  return imf::received_field(info);
}

std::string forwarded_fields_of(const delivery_job& job) {
  // As with Received: nobody learns of another recipient.
  if (job.record->recipients != 1) return {};
  const auto& e = job.envelopes.front();
  if (model::is_webhook_url(e.destination)) return {};
  if (!fits_a_field(e.original) || !fits_a_field(e.destination)) return {};
  return "X-Forwarded-To: " + e.destination + "\r\nX-Forwarded-For: " + e.original + " "
         + e.destination + "\r\n";
}

bool needs_smtputf8(const smtp::outgoing_message& m, const model::message_record& r,
                    const imf::message_view& view) {
  if (!is_ascii(m.sender) || !std::ranges::all_of(m.recipients, is_ascii)) return true;
  if (!is_ascii(m.prefix)) return true;
  // Asked for by the sender, but needed only if its header is not ASCII (RFC 6531 §3.2).
  if (!r.smtputf8) return false;
  return !is_ascii(view.octets().substr(0, view.body_offset()));
}

}  // namespace signpost::actors
