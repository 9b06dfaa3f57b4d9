// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "model/routing/routing_table.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::model {
namespace {

using texts = std::vector<std::string>;

tl::unexpected<std::string> because(std::string reason) {
  return tl::unexpected<std::string>(std::move(reason));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

constexpr std::array<std::string_view, 4> address_types{"literal", "all", "glob", "regex"};

bool is_condition(const rule_matcher& m) {
  return m.type == "authentication" || m.type == "size";
}

// Those of `emails` that may be used; at least one, or all if the reader is strict.
or_reason<std::vector<address::mailbox>> mailboxes_of(const texts& emails,
                                                      const address::mailbox* own,
                                                      const rule_reader& reader) {
  std::vector<address::mailbox> list;
  std::string reason = emails.empty() ? "it has no destination" : "";
  for (const auto& email : emails) {
    auto to = address::mailbox::parse(email);
    if (!to) {
      reason = "a destination is not an e-mail address";
    } else if (own != nullptr && to->folded() == own->folded()) {
      reason = "it forwards to itself";
    } else if (!reader.is_verified(email)) {
      reason = "its destination is not verified";
    } else {
      list.push_back(std::move(*to));
    }
  }
  if (list.empty() || (reader.strict && !reason.empty())) return because(std::move(reason));
  return list;
}

or_reason<rule_action> forward_of(const texts& values, const address::mailbox* own,
                                  const rule_reader& reader) {
  auto list = mailboxes_of(values, own, reader);
  if (!list) return because(std::move(list.error()));
  if (list->size() > routing_table::destinations_max) {
    return because(
        fmt::format("it has more than {} destinations", routing_table::destinations_max));
  }
  return rule_action{
      .kind = action_kind::forward, .destinations = to_destinations(*list), .reject_text = {}};
}

// A destination that is not verified is left out, and the next takes its place.
or_reason<rule_action> failover_of(const texts& values, const address::mailbox* own,
                                   const rule_reader& reader) {
  if (values.size() < 2) return because("failover needs at least two destinations");
  if (values.size() > zone_routes::fallbacks_max + 1) {
    return because(fmt::format("it has more than {} destinations", zone_routes::fallbacks_max + 1));
  }
  auto list = mailboxes_of(values, own, reader);
  if (!list) return because(std::move(list.error()));
  destination to{.mailbox = std::move(list->front())};
  list->erase(list->begin());
  to.fallbacks = std::move(*list);
  return rule_action{
      .kind = action_kind::forward, .destinations = {std::move(to)}, .reject_text = {}};
}

or_reason<rule_action> webhook_of(const texts& values) {
  if (values.size() != 1) return because("a webhook needs exactly one URL");
  if (const auto origin = webhook_origin(values.front()); !origin) {
    return because("its webhook: " + origin.error().context);
  }
  return rule_action{.kind = action_kind::forward,
                     .destinations = {{.webhook = values.front()}},
                     .reject_text = {}};
}

or_reason<rule_action> reject_of(const texts& values) {
  if (values.size() > 1) return because("a rejection needs exactly one text");
  auto text = values.empty() ? std::string() : values.front();
  if (!is_printable(text)) return because("its text is not printable ASCII");
  return rule_action{
      .kind = action_kind::reject, .destinations = {}, .reject_text = std::move(text)};
}

or_reason<rule_action> action_of(const rule_object& rule, const address::mailbox* own,
                                 const rule_reader& reader) {
  if (rule.actions.size() != 1) return because("it does not have exactly one action");
  const auto& asked = rule.actions.front();
  const auto values = asked.value.value_or(texts());
  if (asked.type == "forward") return forward_of(values, own, reader);
  if (asked.type == "failover") return failover_of(values, own, reader);
  if (asked.type == "webhook") return webhook_of(values);
  if (asked.type == "reject") return reject_of(values);
  if (asked.type == "drop") {
    return rule_action{.kind = action_kind::drop, .destinations = {}, .reject_text = {}};
  }
  if (asked.type == "worker") return because("this node does not run workers");
  return because("this node does not support the action '" + printable(asked.type, 40) + "'");
}

bool is_routed(const address::domain& host, const zone& z) {
  return host == z.name || std::ranges::find(z.subdomains, host) != z.subdomains.end();
}

or_reason<address::mailbox> address_of(const rule_matcher& matcher, const zone& z) {
  auto own = address::mailbox::parse(matcher.value.value_or(""));
  if (!own) return because("its address is not an e-mail address");
  if (!is_routed(own->host(), z)) {
    return because("its address is not in a domain that the zone routes");
  }
  return std::move(*own);
}

or_reason<address_pattern> pattern_of(const rule_matcher& matcher, const rule_reader& reader) {
  const bool is_regex = matcher.type == "regex";
  const auto text = matcher.value.value_or("");
  auto made = [&]() -> result<address_pattern> {
    if (const auto* known = reader.compiled(text, is_regex)) return *known;
    return is_regex ? address_pattern::regex(text) : address_pattern::glob(text);
  }();
  if (!made) return because("its pattern: " + made.error().context);
  const auto& z = reader.in;
  const auto may_match = [&](const address::domain& d) { return made->may_match_at(d.ascii()); };
  if (!may_match(z.name) && !std::ranges::any_of(z.subdomains, may_match)) {
    return because("its pattern is not in a domain that the zone routes");
  }
  return std::move(*made);
}

// The addresses that the rule is for; nothing, or the reason why not.
std::string read_address(const rule_matcher& matcher, const rule_reader& reader,
                         routing_rule& out) {
  if (matcher.field && *matcher.field != "to") return "its matcher is not for the recipient";
  if (matcher.type == "literal") {
    auto own = address_of(matcher, reader.in);
    if (!own) return std::move(own.error());
    out.address = std::move(*own);
    return {};
  }
  if (matcher.type == "all") {
    out.matcher = matcher_kind::all;
    return {};
  }
  auto pattern = pattern_of(matcher, reader);
  if (!pattern) return std::move(pattern.error());
  out.matcher = pattern->is_regex() ? matcher_kind::regex : matcher_kind::glob;
  out.pattern = std::move(*pattern);
  return {};
}

std::string read_size(const rule_matcher& matcher, rule_conditions& out) {
  const auto octets = parse_uint(matcher.value.value_or(""));
  if (!octets) return "a size must be a number of octets";
  const auto field = matcher.field.value_or("");
  auto& limit = field == "over" ? out.size_over : out.size_under;
  if (field != "over" && field != "under") return "the field of a size must be 'over' or 'under'";
  if (limit) return "it limits the size of a message more than once";
  limit = octets;
  if (out.size_over && out.size_under && *out.size_under <= *out.size_over + 1) {
    return "no message can have such a size";
  }
  return {};
}

std::string read_condition(const rule_matcher& matcher, rule_conditions& out) {
  if (matcher.type == "size") return read_size(matcher, out);
  const auto method = parse_authentication_method(matcher.field.value_or(""));
  if (!method) return "its condition: " + method.error().context;
  const auto wanted = verdict_set::parse(matcher.value.value_or(""));
  if (!wanted) return "its condition: " + wanted.error().context;
  const auto same =
      std::ranges::find(out.authentication, *method, &authentication_condition::method);
  if (same == out.authentication.end()) {
    out.authentication.push_back({.method = *method, .results = *wanted});
    return {};
  }
  same->results = same->results & *wanted;
  return same->results.empty() ? "no message can have such results" : "";
}

std::string read_matchers(const rule_object& rule, const rule_reader& reader, routing_rule& out) {
  std::size_t addresses = 0;
  for (const auto& matcher : rule.matchers) {
    const bool is_address = names_addresses(matcher.type);
    if (!is_address && !is_condition(matcher)) {
      return "this node does not support the matcher '" + printable(matcher.type, 40) + "'";
    }
    if (is_address && ++addresses > 1) break;
    auto reason =
        is_address ? read_address(matcher, reader, out) : read_condition(matcher, out.conditions);
    if (!reason.empty()) return reason;
  }
  return addresses == 1 ? "" : "it does not have exactly one address or pattern";
}

rule_object_action object_action(std::string_view type, texts values) {
  return {.type = std::string(type), .value = std::move(values)};
}

rule_matcher object_matcher(std::string_view type, std::string_view field, std::string value) {
  return {.type = std::string(type), .field = std::string(field), .value = std::move(value)};
}

or_reason<rule_object_action> forward_object(const std::vector<destination>& destinations) {
  texts to;
  for (const auto& one : destinations) {
    to.push_back(one.to_string());
    if ((one.is_webhook() || !one.fallbacks.empty()) && destinations.size() > 1) {
      return because("a webhook or failover cannot be combined with other destinations");
    }
    for (const auto& next : one.fallbacks) to.push_back(next.to_string());
  }
  if (to.empty()) return because("no destination");
  const auto& first = destinations.front();
  if (first.is_webhook()) return object_action("webhook", std::move(to));
  return object_action(first.fallbacks.empty() ? "forward" : "failover", std::move(to));
}

}  // namespace

bool names_addresses(std::string_view matcher_type) {
  return std::ranges::find(address_types, matcher_type) != address_types.end();
}

or_reason<routing_rule> rule_reader::rule(const rule_object& object) const {
  routing_rule out;
  out.id = object.id;
  out.name = object.name.value_or("");
  out.priority = object.priority;
  if (auto reason = read_matchers(object, *this, out); !reason.empty()) {
    return because(std::move(reason));
  }
  const bool literal = out.matcher == matcher_kind::literal;
  auto action = action_of(object, literal ? &out.address : nullptr, *this);
  if (!action) return because(std::move(action.error()));
  out.action = std::move(*action);
  return out;
}

or_reason<rule_action> rule_reader::catch_all_action(const rule_object& object) const {
  if (std::ranges::any_of(object.matchers, is_condition)) {
    return because("a catch-all cannot have conditions; use a rule for all addresses instead");
  }
  return action_of(object, nullptr, *this);
}

std::vector<rule_matcher> matchers_of(const routing_rule& rule) {
  std::vector<rule_matcher> out;
  if (rule.matcher == matcher_kind::all) {
    out.push_back({.type = "all", .field = {}, .value = {}});
  } else {
    out.push_back(object_matcher(to_string(rule.matcher), "to", rule.subject()));
  }
  for (const auto& one : rule.conditions.authentication) {
    out.push_back(
        object_matcher("authentication", to_string(one.method), one.results.to_string()));
  }
  const auto size = [&](std::string_view field, const std::optional<std::uint64_t>& octets) {
    if (octets) out.push_back(object_matcher("size", field, std::to_string(*octets)));
  };
  size("over", rule.conditions.size_over);
  size("under", rule.conditions.size_under);
  return out;
}

or_reason<rule_object_action> action_of(const rule_action& action) {
  switch (action.kind) {
    case action_kind::drop:
      return rule_object_action{.type = "drop", .value = {}};
    case action_kind::reject:
      return object_action("reject", {action.reject_text});
    case action_kind::forward:
      break;
  }
  return forward_object(action.destinations);
}

}  // namespace signpost::model
