// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/admission_facts.hpp"

#include <algorithm>

#include "model/authentication/alignment_guard.hpp"
#include "model/queue/bounce_policy.hpp"

namespace signpost::model {

std::string domain_of(const smtp::reverse_path& sender) {
  const auto& mailbox = sender.mailbox();
  return mailbox && !mailbox->literal() ? mailbox->host().ascii() : std::string();
}

void add_zones_of(const route_decision& route, std::vector<std::string_view>& zones) {
  if (route.kind == route_kind::drop) return;
  if (route.destinations.empty()) zones.emplace_back(route.zone);
  for (const auto& to : route.destinations) zones.push_back(zone_of(to, route));
}

admission_facts admission_facts_of(const authentication_results& found,
                                   const message_envelope& envelope) {
  const auto& author = found.author;
  if (author.proven) return {};
  const auto sender_domain = domain_of(envelope.sender);
  const outgoing_names names{
      .null_sender = envelope.sender.is_null(),
      .sender_domain = sender_domain,
      .sender_proven = is_sender_proven({.null_sender = envelope.sender.is_null(),
                                         .spf = found.spf,
                                         .sender_domain = sender_domain,
                                         .dkim_domains = found.dkim_domains}),
      .host_name = envelope.host_name,
      .zones = envelope.zones};
  const auto is_ours = [&](const author_domain& d) { return envelope.is_ours(d.name); };
  return {.author_is_ours = envelope.is_ours && std::ranges::any_of(author.domains, is_ours),
          .can_be_sent = names.zones.empty() || can_be_sent(author, names)};
}

}  // namespace signpost::model
