// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/recipient_policy.hpp"

#include "actors/routing/envelopes.hpp"
#include "base/text.hpp"
#include "model/replies.hpp"

namespace signpost::actors {
namespace {

model::route_decision refused(std::string zone, std::string_view text) {
  model::route_decision d;
  d.kind = model::route_kind::unknown;
  d.zone = std::move(zone);
  d.rule = "srs";
  d.reply = model::make_reply(model::reply_kind::unknown_recipient, text);
  return d;
}

}  // namespace

model::route_decision recipient_policy::decide(const smtp::reverse_path& sender,
                                               const smtp::forward_path& recipient,
                                               model::pattern_supply& supply) const {
  const auto snapshot = config_.current();
  const auto& mailbox = recipient.mailbox();
  if (mailbox && !mailbox->literal()) {
    const bool srs = srs::is_srs(mailbox->local());
    const bool fallback = equals_ignoring_case(mailbox->local(), fallback_local_);
    if (srs || fallback) {
      const auto* zone = snapshot->table->find_zone(mailbox->host());
      const bool ours = zone != nullptr || mailbox->host() == snapshot->table->node().host_name;
      auto zone_name = zone != nullptr ? zone->name().ascii() : std::string();
      if (ours && srs) return way_back(sender, *mailbox, std::move(zone_name), supply);
      if (ours && sender.is_null()) {
        // Bounces of mail whose rewritten sender would have been too long: nobody to send them to.
        model::route_decision d;
        d.kind = model::route_kind::drop;
        d.zone = std::move(zone_name);
        d.rule = "srs-fallback";
        d.admission = model::admission_policy::open();
        return d;
      }
    }
  }
  return snapshot->table->route(recipient, nullptr, supply);
}

// Only a null sender may use the way back: that is what notifications have (RFC 5321 §4.5.5). Mail
// of people to such an address would be relayed for them with our good name.
model::route_decision recipient_policy::way_back(const smtp::reverse_path& sender,
                                                 const address::mailbox& recipient,
                                                 std::string zone,
                                                 model::pattern_supply& supply) const {
  if (!sender.is_null()) {
    return refused(std::move(zone), "this address takes delivery notifications only");
  }
  const auto original = keys_.current()->reverse(recipient.to_string(), time_.now());
  if (!original) return refused(std::move(zone), "this return address is not valid (any more)");
  const auto destination = address::mailbox::parse_from_peer(*original);
  if (!destination) return refused(std::move(zone), "this return address is not valid");
  model::route_decision d;
  d.kind = model::route_kind::forward;
  d.zone = std::move(zone);
  d.rule = "srs";
  // A notification comes from whichever host gave up, and the signed address says that it answers
  // mail of ours: nothing more is asked of it.
  d.admission = model::admission_policy::open();
  d.destinations = destinations_of(*config_.current()->table, *destination, supply);
  if (supply.budget().used_up()) {
    d.kind = model::route_kind::costly;
    d.destinations.clear();
    d.reply = model::make_reply(model::reply_kind::rules_costly);
    return d;
  }
  if (d.destinations.empty()) {
    return refused(std::move(d.zone), "the original sender takes no mail (any more)");
  }
  return d;
}

}  // namespace signpost::actors
