// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/recipient_policy.hpp"

#include "actors/routing/envelopes.hpp"
#include "base/text.hpp"
#include "model/replies.hpp"
#include "model/routing/pattern_supply.hpp"
#include "proto/dsn/classify.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::actors {
namespace {

bool is_ours(const model::routing_table& table, const address::domain& host) {
  return table.find_zone(host) != nullptr || host == table.node().host_name;
}

// The zone that a name of ours belongs to; the node's own belongs to none.
void name_zone(model::route_decision& d, const model::routing_table& table,
               const address::domain& host) {
  const auto* zone = table.find_zone(host);
  if (zone == nullptr) return;
  d.zone = zone->name().ascii();
  d.zone_id = zone->id();
}

model::route_decision refused(model::route_decision d, model::reply_kind why) {
  d.kind = model::route_kind::unknown;
  d.destinations.clear();
  d.reply = model::make_reply(why);
  return d;
}

// A notification comes from whichever host gave up, often without SPF for its name, unsigned, and
// from `MAILER-DAEMON <>`. If an author's domain wants such mail refused, this is done here as
// everywhere.
model::admission_policy notification_policy() {
  model::admission_policy p;
  p.require_authentication = false;
  p.require_author = false;
  return p;
}

// Bounces of mail whose rewritten sender would have been too long: we cannot tell the sender, so a
// person is notified. Only mail that no rule of the zone takes gets here.
model::route_decision to_postmaster(const model::routing_table& table, const address::domain& host,
                                    model::pattern_supply& supply) {
  const smtp::forward_path postmaster(address::mailbox::make("postmaster", host));
  auto d = table.route(postmaster, nullptr, supply);
  d.rule = way_back_fallback_rule;
  d.admission = notification_policy();
  return d;
}

// Of senders that were too long to be rewritten: see srs::rewriter::forward_or_fallback.
bool is_fallback(const address::domain& at, const address::mailbox& original) {
  return original.host() == at && equals_ignoring_case(original.local(), "postmaster");
}

std::vector<model::destination> ways_back(const model::routing_table& table,
                                          const address::domain& at,
                                          const address::mailbox& original,
                                          model::pattern_supply& supply) {
  if (is_fallback(at, original)) return to_postmaster(table, at, supply).destinations;
  return destinations_of(table, original, supply);
}

}  // namespace

model::route_decision put_off_in_doubt(model::route_decision d) {
  d.kind = model::route_kind::unavailable;
  d.doubtful = true;
  d.reply = model::make_reply(model::reply_kind::setup_doubtful);
  return d;
}

recipient_policy::recipient_policy(const model::routing_source& routing, const srs_keys& keys,
                                   recipient_policy_options o, const clock& time)
    : routing_(routing),
      keys_(keys),
      fallback_local_(std::move(o.fallback_local)),
      time_(time),
      limits_(o.way_back, o.secret) {}

model::route_decision recipient_policy::decide(const smtp::reverse_path& sender,
                                               const smtp::forward_path& recipient,
                                               model::pattern_supply& supply) const {
  const auto snapshot = routing_.current();
  const auto& table = *snapshot->table;
  const auto& mailbox = recipient.mailbox();
  const bool named = mailbox && !mailbox->literal();
  if (named && srs::is_srs(mailbox->local()) && is_ours(table, mailbox->host())) {
    return way_back(sender, *mailbox, table, supply);
  }
  auto d = table.route(recipient, nullptr, supply);
  // While it is not known which domains are ours, a permanent refusal would lose mail.
  const bool not_ours = d.kind == model::route_kind::not_ours && snapshot->doubtful;
  const bool unclaimed = named && d.kind == model::route_kind::unknown && sender.is_null();
  if (unclaimed && equals_ignoring_case(mailbox->local(), fallback_local_)
      && is_ours(table, mailbox->host())) {
    return to_postmaster(table, mailbox->host(), supply);
  }
  const bool unknown = d.kind == model::route_kind::unknown && snapshot->incomplete;
  if (not_ours || unknown) return put_off_in_doubt(std::move(d));
  d.doubtful = d.kind == model::route_kind::undecided && snapshot->incomplete;
  return d;
}

std::string recipient_policy::account_of(std::string_view zone) const {
  const auto name = address::domain::parse(zone);
  const auto now = routing_.current();
  const auto* found = name && now && now->table ? now->table->find_zone(*name) : nullptr;
  return found == nullptr ? std::string() : found->account();
}

// Only a null sender may use the way back: that is what notifications have (RFC 5321 §4.5.5). Other
// mail to such an address would be relayed for strangers under our good name.
model::route_decision recipient_policy::way_back(const smtp::reverse_path& sender,
                                                 const address::mailbox& recipient,
                                                 const model::routing_table& table,
                                                 model::pattern_supply& supply) const {
  model::route_decision d;
  name_zone(d, table, recipient.host());
  d.rule = way_back_rule;
  d.way_back = true;
  if (!sender.is_null()) return refused(std::move(d), model::reply_kind::way_back_refused);
  const auto original = keys_.current()
                            ->claimed(recipient.to_string(), time_.now())
                            .and_then(&address::mailbox::parse_from_peer);
  if (original) d.destinations = ways_back(table, recipient.host(), *original, supply);
  if (supply.budget().used_up()) {
    d.kind = model::route_kind::costly;
    d.destinations.clear();
    d.reply = model::make_reply(model::reply_kind::rules_costly);
    return d;
  }
  if (d.destinations.empty()) return refused(std::move(d), model::reply_kind::way_back_refused);
  // It is mail from a stranger to a stranger: no zone vouches for it with its signature.
  for (auto& to : d.destinations) {
    if (to.rule.empty()) to.rule = way_back_rule;
  }
  d.kind = model::route_kind::undecided;
  d.admission = notification_policy();
  return d;
}

std::vector<model::destination> recipient_policy::report_destinations(
    const address::mailbox& to) const {
  const auto snapshot = routing_.current();
  const auto& table = *snapshot->table;
  if (to.literal() || !is_ours(table, to.host())) return destinations_of(table, to);
  if (srs::is_srs(to.local())) {
    const auto sender = keys_.current()
                            ->reverse(to.to_string(), time_.now())
                            .and_then(&address::mailbox::parse_from_peer);
    if (sender && is_fallback(to.host(), *sender)) {
      model::pattern_supply supply(model::compiling::once,
                                   model::step_budget(model::route_options{}.steps_max));
      return to_postmaster(table, to.host(), supply).destinations;
    }
    return sender ? destinations_of(table, *sender) : std::vector<model::destination>{};
  }
  auto found = destinations_of(table, to);
  if (!found.empty() || !equals_ignoring_case(to.local(), fallback_local_)) return found;
  return destinations_of(table, address::mailbox::make("postmaster", to.host()));
}

std::optional<smtp::reply> recipient_policy::refusal_of(std::uint64_t octets) const {
  if (octets <= limits_.options().message_octets_max) return std::nullopt;
  return model::make_reply(model::reply_kind::way_back_refused);
}

model::admission_policy recipient_policy::policy_for(std::string_view message) const {
  const auto kind = dsn::classify_notification(imf::message_view(message));
  return kind == dsn::notification_kind::none ? model::admission_policy{} : notification_policy();
}

model::route_decision recipient_policy::look(const smtp::forward_path& recipient,
                                             model::route_decision route,
                                             std::string_view message) const {
  const auto keys = keys_.current();
  const auto address = recipient.to_string();
  const bool good = !refusal_of(message.size())
                    && keys->claimed(address, time_.now())
                           .and_then(&address::mailbox::parse_from_peer)
                    && keys->reverse(address, time_.now());
  if (!good) return refused(std::move(route), model::reply_kind::way_back_refused);
  if (!message.empty()) route.admission = policy_for(message);
  route.kind = model::route_kind::forward;
  return route;
}

// Capacity is checked first, so that only a returned notification shows that a hash is right.
recipient_policy::settled recipient_policy::settle(const smtp::forward_path& recipient,
                                                   model::route_decision route,
                                                   const ip_address& client) const {
  const auto now = time_.steady_now();
  const auto address = recipient.to_string();
  const auto keys = keys_.current();
  const auto claimed =
      keys->claimed(address, time_.now()).and_then(&address::mailbox::parse_from_peer);
  if (!claimed) {  // it was valid at RCPT, the day before
    return {refused(std::move(route), model::reply_kind::way_back_refused), "way_back"};
  }
  if (!limits_.has_room(client, *claimed, now)) {
    return {refused(std::move(route), model::reply_kind::way_back_later), "way_back_later"};
  }
  if (!keys->reverse(address, time_.now())) {
    limits_.guessed(client, address, now);
    return {refused(std::move(route), model::reply_kind::way_back_refused), "way_back_guess"};
  }
  limits_.used(*claimed, now);
  route.kind = model::route_kind::forward;
  return {std::move(route), {}};
}

}  // namespace signpost::actors
