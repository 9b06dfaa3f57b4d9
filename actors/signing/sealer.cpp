// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/sealer.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/received.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

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
  // RFC 5321 §7.2: with several recipients the field would tell one of the other.
  if (r.recipients == 1) info.for_recipient = job.envelopes.front().original;
  info.date = to_rfc5322_date(r.accepted);
  return imf::received_field(info);
}

std::string sender_of(const delivery_job& job, const sealer_dependencies& with) {
  const auto& r = *job.record;
  if (r.sender.empty()) return r.sender;
  // Mail for the node's own postmaster belongs to no zone: it is sent on in the node's name.
  const auto& alias = job.zone().empty() ? with.host_name : job.zone();
  auto rewritten = with.keys.current()->forward_or_fallback(r.sender, alias, with.time.now());
  if (rewritten) return *rewritten;
  // An address that was accepted at MAIL can always be rewritten or replaced by the fall-back; if
  // not, the null sender is the one that cannot be forged or bounce to a stranger.
  log_.error("srs.failed",
             {{"queue_id", r.id.to_string()}, {"error", to_string(rewritten.error())}});
  return "";
}

bool needs_smtputf8(const smtp::outgoing_message& m, const model::message_record& r) {
  if (!is_ascii(m.sender) || !std::ranges::all_of(m.recipients, is_ascii)) return true;
  if (!is_ascii(m.prefix)) return true;
  // Asked for by the sender, but needed only if its header is not ASCII (RFC 6531 §3.2).
  if (!r.smtputf8) return false;
  const imf::message_view view(m.body->octets());
  return !is_ascii(m.body->octets().substr(0, view.body_offset()));
}

}  // namespace

smtp::outgoing_message seal(const delivery_job& job, const sealer_dependencies& with) {
  smtp::outgoing_message out;
  out.sender = sender_of(job, with);
  for (const auto& e : job.envelopes) out.recipients.push_back(e.destination);
  // What we wrote ourselves (a notification) has its own header and came from nowhere.
  if (!job.record->client_address.empty()) out.prefix = received_of(job, with.host_name);
  out.prefix += job.record->prefix;
  out.body = job.body;
  out.smtputf8 = needs_smtputf8(out, *job.record);
  out.eight_bit = job.record->eight_bit || !is_ascii(out.prefix);
  return out;
}

sealer_actor::behavior_type sealer(sealer_actor::pointer, sealer_dependencies with) {
  return {
      [with](const seal_request& m) { return seal_response{seal(*m.job, with)}; },
      [](get_status) { return status_report{.actor = "sealer", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
