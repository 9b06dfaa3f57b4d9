// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/router.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/ingress/messages.hpp"
#include "actors/routing/envelopes.hpp"
#include "actors/routing/messages.hpp"
#include "actors/status_messages.hpp"
#include "base/text.hpp"
#include "model/admission_facts.hpp"
#include "model/queue/bounce_policy.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::actors {
namespace {

std::string tls_text(const client_facts& client) {
  return client.tls ? client.tls->version + " " + client.tls->cipher : "";
}

// Above our Received-SPF, so that it can be distinguished from one that came with the message. The
// domain is a stranger's text inside a comment, so only a valid name is written.
std::string disposition_field(const model::authentication_results& authentication,
                              std::string_view reason) {
  const auto is_name = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  const auto& author = authentication.author_domain;
  const bool named = !author.empty() && std::ranges::all_of(author, is_name);
  return "X-Signpost-Disposition: quarantine (dmarc=" + std::string(to_string(authentication.dmarc))
         + (named ? " header.from=" + author : "")
         + (reason == "own_author" ? " reason=own-author" : "") + ")\r\n";
}

model::message_record record_of(const incoming_message& in,
                                const model::authentication_results& authentication,
                                const model::admission& admission) {
  const imf::message_view view(in.body->octets());
  const auto sender_domain = model::domain_of(in.sender);
  const auto& sender = in.sender.mailbox();
  const auto sender_local = sender ? std::string_view(sender->local()) : std::string_view();
  model::message_record r;
  r.accepted = in.received;
  r.sender = in.sender.to_string();
  r.helo = in.client.helo;
  r.client_address = in.client.address.to_string();
  r.client_name = in.client.name;
  r.protocol = in.client.protocol;
  r.tls = tls_text(in.client);
  if (const auto* id = view.find("Message-ID")) r.message_id = imf::unfold(id->value);
  r.eight_bit = in.eight_bit;
  r.smtputf8 = in.smtputf8;
  const model::bounce_signs signs{.null_sender = in.sender.is_null(),
                                  .auto_submitted = imf::is_auto_submitted(view),
                                  .list = imf::is_list_mail(view),
                                  .spf = authentication.spf,
                                  .sender_local = sender_local,
                                  .sender_domain = sender_domain,
                                  .dkim_domains = authentication.dkim_domains};
  r.may_bounce = model::may_bounce(signs);
  r.automatic = model::is_automatic(signs);
  r.sender_proven = model::is_sender_proven(signs);
  r.size = in.body->size();
  r.author = authentication.author;
  if (admission.marked) r.prefix = disposition_field(authentication, admission.reason);
  r.prefix += authentication.fields;
  return r;
}

// Two copies are the same if their mailbox is the same. A webhook gets every recipient, under the
// name of
// the rule that sends to it.
std::string place_of(const model::destination& to, const model::envelope& e) {
  return to.is_webhook() ? to.webhook + '\n' + e.rule + '\n' + e.original : to.mailbox.folded();
}

model::activity_event event_of(const model::message_record& record, model::event_kind kind,
                               const accepted_recipient& recipient) {
  model::activity_event event;
  event.at = record.accepted;
  event.kind = kind;
  event.zone = recipient.route.zone;
  event.zone_id = recipient.route.zone_id;
  event.sender = record.sender;
  event.recipient = recipient.path.to_string();
  event.host = record.client_address;
  event.tls = record.tls;
  event.size = record.size;
  event.details = {{"rule", recipient.route.rule}};
  return event;
}

}  // namespace

storage::new_message route_message(const incoming_message& incoming,
                                   const model::authentication_results& authentication,
                                   const model::admission& admission,
                                   const model::retry_policy& policy) {
  storage::new_message out;
  out.message = record_of(incoming, authentication, admission);
  const auto verdicts = model::event_details(authentication, admission);
  out.body = incoming.body;
  std::set<std::pair<std::string, std::string>> seen;  // zone and place
  for (const auto& recipient : incoming.recipients) {
    const bool dropped = recipient.route.kind == model::route_kind::drop;
    auto event = event_of(
        out.message, dropped ? model::event_kind::dropped : model::event_kind::received, recipient);
    event.details.emplace_back("helo", incoming.client.helo);
    event.details.insert(event.details.end(), verdicts.begin(), verdicts.end());
    out.events.push_back(std::move(event));
    if (dropped) continue;
    for (const auto& destination : recipient.route.destinations) {
      auto e = make_envelope({.original = recipient.path.to_string(),
                              .destination = destination,
                              .zone = recipient.route.zone,
                              .zone_id = recipient.route.zone_id,
                              .rule = recipient.route.rule,
                              .accepted = incoming.received,
                              .null_sender = incoming.sender.is_null()},
                             policy);
      if (!seen.emplace(e.zone, place_of(destination, e)).second) continue;
      e.index = static_cast<std::uint32_t>(out.envelopes.size());
      out.envelopes.push_back(std::move(e));
    }
  }
  out.message.recipients = static_cast<std::uint32_t>(out.envelopes.size());
  return out;
}

void assign_id(storage::new_message& message, const model::queue_id& id) {
  message.message.id = id;
  for (auto& e : message.envelopes) e.id = id;
  for (auto& event : message.events) event.id = id;
}

router_actor::behavior_type router(router_actor::pointer, model::retry_policy policy) {
  return {
      [policy](const route_request& m) {
        return route_response{route_message(*m.message, m.authentication, m.admission, policy)};
      },
      [](get_status) { return status_report{.actor = "router", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
