// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The user's configuration: zones, rules, destinations, in Cloudflare's terms where they exist.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/authentication/admission.hpp"
#include "model/routing/address_pattern.hpp"
#include "model/routing/message_facts.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::model {

/// Where one copy of a message goes: a mailbox, or a webhook.
struct destination {
  address::mailbox mailbox = {};
  /// An https URL to which the message is posted; there is then no mailbox. See webhook_url.hpp.
  std::string webhook = {};
  /// Failover: tried in this order, one at a time, when mail to the previous one has failed
  /// permanently.
  std::vector<address::mailbox> fallbacks = {};
  /// For a webhook reached through a chain of forwards between our own addresses: the zone and the
  /// rule that name it. Empty: those of the decision. Only routing_table::route fills them.
  std::string zone = {};
  std::string zone_id = {};
  std::string rule = {};
  friend bool operator==(const destination&, const destination&) = default;

  [[nodiscard]] bool is_webhook() const { return !webhook.empty(); }
  /// The mailbox as written in the envelope, or the URL.
  [[nodiscard]] std::string to_string() const {
    return is_webhook() ? webhook : mailbox.to_string();
  }
};

/// A copy to each.
[[nodiscard]] inline std::vector<destination> to_destinations(
    const std::vector<address::mailbox>& mailboxes) {
  std::vector<destination> list;
  list.reserve(mailboxes.size());
  for (const auto& m : mailboxes) list.push_back({.mailbox = m});
  return list;
}

enum class action_kind : std::uint8_t { forward, drop, reject };

/// What a rule does with a message.
struct rule_action {
  action_kind kind = action_kind::forward;
  /// forward: one or several, each gets a copy.
  std::vector<destination> destinations;
  /// reject: the text after `550 5.7.1`; printable ASCII.
  std::string reject_text;
  friend bool operator==(const rule_action&, const rule_action&) = default;
};

/// How a rule names its addresses, the most specific first.
enum class matcher_kind : std::uint8_t {
  literal,  ///< one `address`
  glob,     ///< those that match `pattern`
  regex,    ///< the same
  all,      ///< every address of the zone and its subdomains
};

std::string_view to_string(matcher_kind k);

/// What happens to mail for some addresses of the zone. routing_table::route defines which of
/// several rules decides.
struct routing_rule {
  std::string id;    ///< stable, shown in logs; the name of a webhook's secret
  std::string name;  ///< for human readers
  bool enabled = true;
  matcher_kind matcher = matcher_kind::literal;
  /// literal: `local` at one domain of the zone.
  address::mailbox address = {};
  /// glob and regex.
  address_pattern pattern = {};
  /// Lower numbers go first; any number except NaN.
  double priority = 0;
  /// The rule only applies to messages for which these hold.
  rule_conditions conditions = {};
  rule_action action;

  /// True for an address without conditions: such rules are looked up, all others (ordered rules)
  /// are tried one after the other.
  [[nodiscard]] bool is_plain() const {
    return matcher == matcher_kind::literal && conditions.empty();
  }
  /// The address, the pattern, or `*`.
  [[nodiscard]] std::string subject() const;
  friend bool operator==(const routing_rule&, const routing_rule&) = default;
};

/// The place of a rule in the order in which rules are tried.
struct rule_place {
  double priority = 0;
  matcher_kind matcher = matcher_kind::literal;
  friend auto operator<=>(const rule_place&, const rule_place&) = default;
};

struct catch_all {
  bool enabled = false;
  rule_action action{.kind = action_kind::drop, .destinations = {}, .reject_text = {}};
  friend bool operator==(const catch_all&, const catch_all&) = default;
};

/// The catch-all of one subdomain.
struct subdomain_catch_all {
  address::domain domain;
  catch_all rule;
  friend bool operator==(const subdomain_catch_all&, const subdomain_catch_all&) = default;
};

/// A domain whose mail is routed, with its routed subdomains.
struct zone {
  std::string id;
  /// The owner; empty = the operator. Zones of one account are routed into each other; mail for
  /// another account's goes where the DNS sends it.
  std::string account = {};
  address::domain name;
  bool enabled = true;
  /// `user+detail@` falls back to the rule of `user@`.
  bool subaddressing = false;
  std::vector<address::domain> subdomains;
  std::vector<routing_rule> rules;
  /// The first rule that is missing from `rules` because it is over a limit. It might have applied
  /// to any mail that no earlier rule applies to, so such mail is deferred (451) and not refused.
  std::optional<rule_place> missing_from = {};
  /// Applies to the zone's apex only.
  catch_all apex_catch_all;
  /// Each names one of `subdomains`; a subdomain without one has no catch-all.
  std::vector<subdomain_catch_all> subdomain_catch_alls;
  /// Where mail for `postmaster@` of the zone goes when no rule takes it; empty = to the node's.
  std::vector<address::mailbox> postmaster;
  /// The required authentication of mail for any of its addresses.
  admission_policy admission;
  friend bool operator==(const zone&, const zone&) = default;
};

}  // namespace signpost::model
