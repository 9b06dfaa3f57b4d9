// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "model/host_map.hpp"
#include "model/replies.hpp"

namespace signpost::model {
namespace {

constexpr std::string_view postmaster_rule = "postmaster";

bool is_postmaster(std::string_view local) {
  return equals_ignoring_case(local, "postmaster");
}

bool same_place(const destination& a, const destination& b) {
  return a.webhook == b.webhook && a.mailbox.host() == b.mailbox.host()
         && a.mailbox.literal() == b.mailbox.literal()
         && equals_ignoring_case(a.mailbox.local(), b.mailbox.local());
}

bool contains(const std::vector<destination>& list, const destination& wanted) {
  return std::ranges::any_of(list, [&](const auto& m) { return same_place(m, wanted); });
}

// Collects the steps of explain(); costs nothing when nobody wants them.
class step_list {
 public:
  explicit step_list(std::vector<std::string>* steps) : steps_(steps) {}
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    if (steps_ != nullptr) steps_->push_back(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::vector<std::string>* steps_;
};

// What matched an address of ours.
struct match {
  route_kind kind = route_kind::unknown;
  const zone_routes* in = nullptr;
  std::string_view rule;
  std::vector<destination> destinations;
  std::string_view reject_text;
};

match from_action(const zone_routes& z, const zone_routes::packed_rule& rule) {
  match m{.kind = route_kind::drop, .in = &z, .rule = rule.id};
  if (rule.kind == action_kind::forward) {
    m.kind = route_kind::forward;
    m.destinations = rule.destinations();
  } else if (rule.kind == action_kind::reject) {
    m.kind = route_kind::reject;
    m.reject_text = rule.reject_text;
  }
  return m;
}

match to_postmaster(const zone_routes* z, std::vector<destination> destinations) {
  return {.kind = route_kind::postmaster,
          .in = z,
          .rule = postmaster_rule,
          .destinations = std::move(destinations)};
}

// Where mail leaves us, while forwards between our own addresses are followed.
struct expansion {
  std::vector<destination> followed;
  std::vector<destination> outside;
  bool dropped = false;
};

}  // namespace

struct routing_table::impl {
  host_map hosts;
  node_identity node;
  std::size_t zones = 0;
  std::size_t rules = 0;

  using chain_fault = builder::chain_fault;
  void check_zone(const zone_routes& z, std::vector<chain_fault>& faults) const;
  result<void> check_chain(const std::vector<destination>& first, const std::string& where) const;
  [[nodiscard]] bool leads_back(const std::vector<destination>& destinations) const;
  std::optional<zone_routes::packed_rule> match_rule(const zone_routes& z,
                                                     const address::mailbox& to,
                                                     step_list& steps) const;
  match match_postmaster(const host_map::place& at, step_list& steps) const;
  match match_in_zone(const host_map::place& at, const address::mailbox& to,
                      step_list& steps) const;
  match match_node(const address::mailbox& to, step_list& steps) const;
  match match_address(const address::mailbox& to, step_list& steps) const;
  result<void> expand(const std::vector<destination>& from, std::size_t depth, expansion& x) const;
  route_decision decide(const smtp::forward_path& recipient, step_list steps) const;
};

// Collects where mail for `from` leaves us. What was followed once is not followed again, so the
// work is bounded by destinations_max and a circle ends.
result<void> routing_table::impl::expand(const std::vector<destination>& from, std::size_t depth,
                                         expansion& x) const {
  if (depth > forward_depth_max) {
    return fail(errc::malformed, fmt::format("the forwards between addresses of ours go on for "
                                             "over {} steps",
                                             forward_depth_max));
  }
  step_list silent(nullptr);
  for (const auto& to : from) {
    if (contains(x.outside, to) || contains(x.followed, to)) continue;
    if (x.outside.size() + x.followed.size() >= destinations_max) {
      return fail(errc::limit_exceeded, fmt::format("over {} destinations", destinations_max));
    }
    if (to.is_webhook()) {
      x.outside.push_back(to);
      continue;
    }
    const auto m = match_address(to.mailbox, silent);
    if (m.kind == route_kind::not_ours) {
      x.outside.push_back(to);
    } else if (m.kind == route_kind::drop) {
      x.dropped = true;
    } else if (m.destinations.empty()) {
      return fail(errc::malformed, fmt::format("forwards to {}, an address of ours that takes no "
                                               "mail",
                                               printable(to.to_string())));
    } else {
      x.followed.push_back(to);
      SP_CHECK(expand(m.destinations, depth + 1, x));
    }
  }
  return {};
}

result<void> routing_table::impl::check_chain(const std::vector<destination>& first,
                                              const std::string& where) const {
  expansion x;
  auto done = expand(first, 0, x);
  if (done && x.outside.empty() && !x.dropped && !first.empty()) {
    done = fail(errc::malformed, "the forwards between addresses of ours go round in a circle");
  }
  if (done) return {};
  return fail(done.error().code, where + ": " + done.error().context);
}

bool routing_table::impl::leads_back(const std::vector<destination>& destinations) const {
  return std::ranges::any_of(destinations, [&](const auto& to) {
    const auto& host = to.mailbox.host();
    return !to.is_webhook() && (hosts.find(host.ascii()) != nullptr || host == node.host_name);
  });
}

void routing_table::impl::check_zone(const zone_routes& z, std::vector<chain_fault>& faults) const {
  (void)z.for_each([&](const zone_routes::packed_rule& rule) -> result<void> {
    const auto destinations = rule.destinations();
    // The common case costs a look-up for each destination.
    if (destinations.size() <= destinations_max && !leads_back(destinations)) return {};
    const auto id = std::string(rule.id.empty() ? postmaster_rule : rule.id);
    const auto what = rule.address.empty() ? id : "rule " + printable(rule.address);
    auto done = check_chain(destinations, fmt::format("zone {}, {}", z.name().ascii(), what));
    if (!done) faults.push_back({.zone = z.id(), .rule = id, .why = std::move(done.error())});
    return {};
  });
}

std::optional<zone_routes::packed_rule> routing_table::impl::match_rule(const zone_routes& z,
                                                                        const address::mailbox& to,
                                                                        step_list& steps) const {
  if (auto rule = z.find(to)) {
    steps.add("rule {} ({}) has exactly this address", rule->id, rule->address);
    return rule;
  }
  steps.add("no rule has exactly this address");
  const auto plus = to.local().find('+');
  if (plus == std::string::npos || plus == 0) return std::nullopt;
  if (!z.subaddressing()) {
    steps.add("subaddressing is off: +detail is an ordinary part of the address");
    return std::nullopt;
  }
  const auto user = address::mailbox::make(to.local().substr(0, plus), to.host());
  auto rule = z.find(user);
  if (rule) {
    steps.add("subaddressing: rule {} has {}", rule->id, rule->address);
  } else {
    steps.add("subaddressing: no rule has {}", printable(user.to_string()));
  }
  return rule;
}

// RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery
// MUST support the reserved mailbox "postmaster" as a case-insensitive local name."
match routing_table::impl::match_postmaster(const host_map::place& at, step_list& steps) const {
  const auto& z = *at.zone;
  if (const auto own = z.postmaster()) {
    steps.add("to the postmaster of the zone");
    return to_postmaster(&z, own->destinations());
  }
  const auto rest = z.rest(at.host);
  if (rest && rest->kind == action_kind::forward) {
    steps.add("the catch-all takes it");
    return from_action(z, *rest);
  }
  steps.add("to the postmaster of the node{}", node.postmaster.empty() ? ", who is not set" : "");
  return to_postmaster(&z, to_destinations(node.postmaster));
}

match routing_table::impl::match_in_zone(const host_map::place& at, const address::mailbox& to,
                                         step_list& steps) const {
  const auto& z = *at.zone;
  const bool postmaster = is_postmaster(to.local());
  if (const auto rule = match_rule(z, to, steps)) {
    if (!postmaster || rule->kind != action_kind::reject) return from_action(z, *rule);
    steps.add("postmaster is never refused: the rule is passed over");
  }
  if (postmaster) return match_postmaster(at, steps);
  if (const auto rest = z.rest(at.host)) {
    steps.add("the catch-all takes it");
    return from_action(z, *rest);
  }
  steps.add("no catch-all: no such address");
  return {.kind = route_kind::unknown, .in = &z};
}

// Addresses at the node's own name and addresses.
match routing_table::impl::match_node(const address::mailbox& to, step_list& steps) const {
  const bool at_literal = to.literal().has_value();
  const bool ours = at_literal
                        ? std::ranges::find(node.addresses, *to.literal()) != node.addresses.end()
                        : !to.host().empty() && to.host() == node.host_name;
  if (!ours) {
    steps.add("{} is not a domain of ours", at_literal ? "the literal" : to.host().ascii());
    return {.kind = route_kind::not_ours};
  }
  // RFC 2142 §4 wants abuse@ beside postmaster@ at a host that takes mail.
  if (is_postmaster(to.local()) || (!at_literal && equals_ignoring_case(to.local(), "abuse"))) {
    steps.add("to the postmaster of the node{}", node.postmaster.empty() ? ", who is not set" : "");
    return to_postmaster(nullptr, to_destinations(node.postmaster));
  }
  steps.add("this node has no mailboxes of its own but postmaster");
  return {.kind = route_kind::unknown};
}

match routing_table::impl::match_address(const address::mailbox& to, step_list& steps) const {
  const auto* at = to.literal() ? nullptr : hosts.find(to.host().ascii());
  if (at == nullptr) return match_node(to, steps);
  steps.add("{} is routed by zone {}", to.host().ascii(), at->zone->name().ascii());
  return match_in_zone(*at, to, steps);
}

route_decision routing_table::impl::decide(const smtp::forward_path& recipient,
                                           step_list steps) const {
  const auto m = recipient.mailbox() ? match_address(*recipient.mailbox(), steps)
                                     : to_postmaster(nullptr, to_destinations(node.postmaster));
  route_decision d{.kind = m.kind, .rule = std::string(m.rule)};
  if (m.in != nullptr) {
    d.zone = m.in->name().ascii();
    d.admission = m.in->admission();
  } else {
    d.admission.require_authentication = false;
  }
  if (m.kind == route_kind::forward || m.kind == route_kind::postmaster) {
    expansion x;
    // Chains were followed when their zone came in. This fails for an unset postmaster, and when a
    // later change elsewhere took away what a chain led to.
    if (expand(m.destinations, 0, x)) d.destinations = std::move(x.outside);
    for (const auto& to : d.destinations) steps.add("to {}", printable(to.to_string()));
    if (d.destinations.empty()) d.kind = x.dropped ? route_kind::drop : route_kind::unknown;
  }
  if (d.kind == route_kind::unknown) d.reply = make_reply(reply_kind::unknown_recipient);
  if (d.kind == route_kind::not_ours) d.reply = make_reply(reply_kind::relaying_denied);
  if (d.kind == route_kind::reject) d.reply = make_reply(reply_kind::rule_reject, m.reject_text);
  if (d.reply.code != 0) steps.add("refused: {} {}", d.reply.code, d.reply.status.to_string());
  return d;
}

routing_table::routing_table(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
routing_table::~routing_table() = default;

struct routing_table::builder::state {
  impl made;
  host_map::editor hosts;
  std::vector<std::shared_ptr<const zone_routes>> added;

  void forget(const std::shared_ptr<const zone_routes>& old) {
    made.zones -= 1;
    made.rules -= old->rule_count();
    std::erase(added, old);
  }
};

routing_table::builder::builder(node_identity node)
    : state_(new state{.made = {}, .hosts = host_map::editor({}), .added = {}}) {
  state_->made.node = std::move(node);
}

routing_table::builder::builder(const routing_table& from)
    : state_(new state{
        .made = *from.impl_, .hosts = host_map::editor(from.impl_->hosts), .added = {}}) {}

routing_table::builder::~builder() = default;

result<void> routing_table::builder::put(const zone& z) {
  if (!z.enabled) {
    remove(z.name);
    return {};
  }
  SP_TRY(const auto routes, zone_routes::build(z));
  const auto* at = state_->hosts.find(z.name.ascii());
  const auto old = at != nullptr && at->host == 0 ? at->zone : nullptr;
  if (old) state_->hosts.remove(*old);
  if (const auto* other = state_->hosts.add(routes)) {
    const auto name = other->name().ascii();
    state_->hosts.remove(*routes);
    if (old) (void)state_->hosts.add(old);
    return fail(errc::conflict,
                fmt::format("a domain of zone {} is claimed by zone {}", z.name.ascii(), name));
  }
  if (old) state_->forget(old);
  state_->made.zones += 1;
  state_->made.rules += routes->rule_count();
  state_->added.push_back(routes);
  return {};
}

void routing_table::builder::remove(const address::domain& name) {
  const auto* at = state_->hosts.find(name.ascii());
  if (at == nullptr || at->host != 0) return;
  const auto old = at->zone;
  state_->hosts.remove(*old);
  state_->forget(old);
}

result<std::shared_ptr<const routing_table>> routing_table::builder::finish() {
  std::vector<chain_fault> faults;
  auto made = finish(faults);
  if (!faults.empty()) return tl::unexpected(std::move(faults.front().why));
  return made;
}

std::shared_ptr<const routing_table> routing_table::builder::finish(
    std::vector<chain_fault>& faults) {
  auto made = std::make_unique<impl>(std::move(state_->made));
  made->hosts = state_->hosts.finish();
  for (const auto& z : state_->added) made->check_zone(*z, faults);
  if (auto done =
          made->check_chain(to_destinations(made->node.postmaster), "postmaster of the node");
      !done) {
    faults.push_back(
        {.zone = {}, .rule = std::string(postmaster_rule), .why = std::move(done.error())});
  }
  return std::shared_ptr<const routing_table>(new routing_table(std::move(made)));
}

result<std::shared_ptr<const routing_table>> routing_table::build(const std::vector<zone>& zones,
                                                                  node_identity node) {
  builder b(std::move(node));
  for (const auto& z : zones) {
    if (z.enabled && b.has(z.name)) {
      return fail(errc::conflict, fmt::format("domain {} is claimed by two zones", z.name.ascii()));
    }
    SP_CHECK(b.put(z));
  }
  return b.finish();
}

bool routing_table::builder::has(const address::domain& name) const {
  return state_->hosts.find(name.ascii()) != nullptr;
}

route_decision routing_table::route(const smtp::forward_path& recipient,
                                    const message_facts* /*facts*/) const {
  return impl_->decide(recipient, step_list(nullptr));
}

route_decision routing_table::explain(const smtp::forward_path& recipient,
                                      const message_facts* /*facts*/) const {
  std::vector<std::string> steps;
  auto d = impl_->decide(recipient, step_list(&steps));
  d.steps = std::move(steps);
  return d;
}

const zone_routes* routing_table::find_zone(const address::domain& name) const {
  const auto* at = impl_->hosts.find(name.ascii());
  return at == nullptr ? nullptr : at->zone.get();
}

std::size_t routing_table::zone_count() const {
  return impl_->zones;
}

std::size_t routing_table::rule_count() const {
  return impl_->rules;
}

const node_identity& routing_table::node() const {
  return impl_->node;
}

}  // namespace signpost::model
