// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control_zone.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace signpost::model {
namespace {

// The reason, for `left_out`.
template <typename T>
using or_reason = tl::expected<T, std::string>;

tl::unexpected<std::string> because(std::string reason) {
  return tl::unexpected<std::string>(std::move(reason));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

or_reason<rule_action> forward_of(const std::vector<std::string>& emails,
                                  const std::optional<address::mailbox>& own,
                                  const verified_question& is_verified) {
  rule_action action{.kind = action_kind::forward, .destinations = {}, .reject_text = {}};
  std::string reason = "it has no destination";
  for (const auto& email : emails) {
    auto to = address::mailbox::parse(email);
    if (!to) {
      reason = "a destination is no address";
    } else if (own && to->folded() == own->folded()) {
      reason = "it forwards to itself";
    } else if (!is_verified(email)) {
      reason = "its destination is not verified";
    } else {
      action.destinations.push_back({.mailbox = std::move(*to)});
    }
  }
  if (action.destinations.empty()) return because(std::move(reason));
  return action;
}

or_reason<rule_action> action_of(const rule_object& rule,
                                 const std::optional<address::mailbox>& own,
                                 const verified_question& is_verified) {
  if (rule.actions.size() != 1) return because("it has not exactly one action");
  const auto& asked = rule.actions.front();
  const auto values = asked.value.value_or(std::vector<std::string>());
  if (asked.type == "forward") return forward_of(values, own, is_verified);
  if (asked.type == "drop") {
    return rule_action{.kind = action_kind::drop, .destinations = {}, .reject_text = {}};
  }
  if (asked.type == "reject") {
    auto text = values.empty() ? std::string() : values.front();
    if (!is_printable(text)) return because("its text is not printable ASCII");
    return rule_action{
        .kind = action_kind::reject, .destinations = {}, .reject_text = std::move(text)};
  }
  return because("this node cannot do '" + printable(asked.type, 40) + "'");
}

or_reason<address::mailbox> address_of(const rule_object& rule, const zone& z) {
  if (rule.matchers.size() != 1 || rule.matchers.front().type != "literal") {
    return because("it is not for exactly one address");
  }
  const auto& matcher = rule.matchers.front();
  if (matcher.field && *matcher.field != "to") return because("it does not match the recipient");
  auto own = address::mailbox::parse(matcher.value.value_or(""));
  if (!own) return because("its address is none");
  const auto& host = own->host();
  if (host != z.name && std::ranges::find(z.subdomains, host) == z.subdomains.end()) {
    return because("its address is not in a domain that the zone routes");
  }
  return std::move(*own);
}

or_reason<routing_rule> rule_of(const rule_object& rule, const zone& z,
                                const verified_question& is_verified) {
  auto own = address_of(rule, z);
  if (!own) return because(std::move(own.error()));
  auto action = action_of(rule, *own, is_verified);
  if (!action) return because(std::move(action.error()));
  return routing_rule{.id = rule.id,
                      .name = rule.name.value_or(""),
                      .enabled = true,
                      .address = std::move(*own),
                      .action = std::move(*action)};
}

void add_rule(const rule_object& rule, const verified_question& is_verified,
              std::set<std::string>& taken, zone_reading& out) {
  if (rule.catch_all) {
    auto action = action_of(rule, std::nullopt, is_verified);
    if (action) {
      out.routed.apex_catch_all = {.enabled = true, .action = std::move(*action)};
    } else {
      out.left_out.push_back(rule.id + ": " + action.error());
    }
    return;
  }
  auto made = rule_of(rule, out.routed, is_verified);
  if (!made) {
    out.left_out.push_back(rule.id + ": " + made.error());
  } else if (!taken.insert(made->address.folded()).second) {
    out.left_out.push_back(rule.id + ": another rule has its address");
  } else {
    out.routed.rules.push_back(std::move(*made));
  }
}

// The zone without its rules.
result<zone> frame_of(const zone_object& object) {
  zone z;
  z.id = object.id;
  SP_TRY(z.name, address::domain::parse(object.name));
  z.enabled = object.routing_enabled && !object.paused;
  z.subaddressing = object.support_subaddress;
  z.admission = object.admission;
  for (const auto& subdomain : object.subdomains) {
    if (!subdomain.enabled) continue;
    SP_TRY(auto name, address::domain::parse(subdomain.name));
    z.subdomains.push_back(std::move(name));
  }
  return z;
}

}  // namespace

result<zone_reading> zone_of(const zone_object& object, const std::vector<rule_object>& rules,
                             const verified_question& is_verified) {
  zone_reading out;
  SP_TRY(out.routed, frame_of(object));
  std::set<std::string> taken;
  for (const auto& rule : rules) {
    if (rule.enabled) add_rule(rule, is_verified, taken, out);
  }
  return out;
}

result<void> check_rule(const rule_object& rule, const zone_object& object) {
  SP_TRY(const auto z, frame_of(object));
  const auto everybody = [](std::string_view) { return true; };
  std::string reason;
  if (rule.catch_all) {
    if (auto made = action_of(rule, std::nullopt, everybody); !made) reason = made.error();
  } else if (auto made = rule_of(rule, z, everybody); !made) {
    reason = made.error();
  }
  if (reason.empty()) return {};
  return fail(errc::malformed, std::move(reason));
}

}  // namespace signpost::model
