// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/routing_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "model/routing/host_map.hpp"
#include "model/routing/route_decider.hpp"

namespace signpost::model {

struct routing_table::impl {
  host_map hosts;
  node_identity node;
  std::size_t zones = 0;
  std::size_t rules = 0;
  bool apart = false;

  using chain_fault = builder::chain_fault;
  void check_zone(const zone_routes& z, std::vector<chain_fault>& faults) const;
  [[nodiscard]] route_decider decider(pattern_supply& patterns,
                                      const message_facts* facts = nullptr,
                                      std::vector<std::string>* steps = nullptr) const {
    return route_decider({.hosts = hosts, .node = node, .patterns = patterns}, facts, steps);
  }
};

void routing_table::impl::check_zone(const zone_routes& z, std::vector<chain_fault>& faults) const {
  pattern_supply patterns(
      compiling::once, step_budget(check_steps_max + check_steps_per_rule * z.rule_count()));
  auto checker = decider(patterns);
  const auto first_fault = faults.size();
  std::uint64_t looked_up = 0;
  (void)z.for_each([&](const zone_routes::packed_rule& rule) -> result<void> {
    const auto destinations = rule.destinations();
    looked_up += destinations.size();
    // The common case costs a look-up for each destination.
    if (destinations.size() <= destinations_max && !checker.leads_back(destinations)) return {};
    const auto id = std::string(rule.id.empty() ? postmaster_rule : rule.id);
    const auto what = rule.address.empty() ? id : "rule " + printable(rule.address);
    auto done =
        checker.check_chain(destinations, fmt::format("zone {}, {}", z.name().ascii(), what),
                            &z.account());
    if (done) return {};
    faults.push_back({.zone = z.id(),
                      .rule = id,
                      .why = std::move(done.error()),
                      .asked = checker.asked()});
    // What is left of the zone stays unchecked: it is decided when mail comes.
    if (patterns.budget().used_up()) return fail(errc::limit_exceeded, "");
    return {};
  });
  const auto steps = patterns.budget().spent() + looked_up * route_decider::steps_of_a_lookup;
  for (auto i = first_fault; i < faults.size(); ++i) faults[i].steps = steps;
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

result<void> routing_table::builder::put(const zone& z, std::string* rival) {
  if (!z.enabled) {
    remove(z.name);
    return {};
  }
  SP_TRY(const auto routes, zone_routes::build(z));
  const auto* at = state_->hosts.find(z.name.ascii());
  const auto old = at != nullptr && at->host == 0 ? at->zone : nullptr;
  // Its own names must not count as a rival's; if there is one, the old zone stays in force.
  if (old) state_->hosts.remove(*old);
  if (const auto* other = state_->hosts.add(routes)) {
    const auto name = other->name().ascii();
    state_->hosts.remove(*routes);
    if (old) (void)state_->hosts.add(old);
    if (rival != nullptr) *rival = name;
    return fail(errc::conflict,
                fmt::format("a domain of zone {} is claimed by zone {}", z.name.ascii(), name));
  }
  if (old) state_->forget(old);
  state_->made.zones += 1;
  state_->made.rules += routes->rule_count();
  state_->added.push_back(routes);
  return {};
}

void routing_table::builder::check_again(const address::domain& name, std::string_view id) {
  const auto* at = state_->hosts.find(name.ascii());
  if (at == nullptr || at->host != 0 || at->zone->id() != id) return;
  if (std::ranges::find(state_->added, at->zone) == state_->added.end()) {
    state_->added.push_back(at->zone);
  }
}

void routing_table::builder::remove(const address::domain& name) {
  const auto* at = state_->hosts.find(name.ascii());
  if (at == nullptr || at->host != 0) return;
  const auto old = at->zone;
  state_->hosts.remove(*old);
  state_->forget(old);
}

void routing_table::builder::remove(const address::domain& name, std::string_view id) {
  const auto* at = state_->hosts.find(name.ascii());
  if (at != nullptr && at->host == 0 && at->zone->id() == id) remove(name);
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
  pattern_supply patterns(compiling::once, step_budget(check_steps_max));
  if (auto done = made->decider(patterns).check_chain(to_destinations(made->node.postmaster),
                                              "postmaster of the node", nullptr);
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

void routing_table::builder::keep_apart(bool several_accounts) {
  state_->made.apart = several_accounts;
}

bool routing_table::builder::has(const address::domain& name) const {
  return state_->hosts.find(name.ascii()) != nullptr;
}

route_decision routing_table::route(const smtp::forward_path& recipient,
                                    const message_facts* facts,
                                    const route_options& options) const {
  pattern_supply supply(options.patterns, step_budget(options.steps_max));
  return route(recipient, facts, supply);
}

route_decision routing_table::route(const smtp::forward_path& recipient,
                                    const message_facts* facts, pattern_supply& supply) const {
  // The same table decides when the message has arrived, so that what was said at RCPT stays true.
  auto d = impl_->decider(supply, facts).decide(recipient);
  if (d.kind == route_kind::undecided) d.undecided = shared_from_this();
  return d;
}

route_decision routing_table::explain(const smtp::forward_path& recipient,
                                      const message_facts* facts) const {
  std::vector<std::string> steps;
  const route_options options;
  pattern_supply supply(options.patterns, step_budget(options.steps_max));
  auto d = impl_->decider(supply, facts, &steps).decide(recipient);
  if (d.kind == route_kind::undecided) d.undecided = shared_from_this();
  d.steps = std::move(steps);
  return d;
}

std::string_view zone_of(const destination& to, const route_decision& route) {
  return to.rule.empty() ? route.zone : to.zone;
}

const zone_routes* routing_table::find_zone(const address::domain& name) const {
  const auto* at = impl_->hosts.find(name.ascii());
  return at == nullptr ? nullptr : at->zone.get();
}

bool routing_table::is_ours(std::string_view name) const {
  const auto& host = impl_->node.host_name.ascii();
  for (;;) {
    if (name == host || impl_->hosts.find(name) != nullptr) return true;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return false;
    name.remove_prefix(dot + 1);
  }
}

bool routing_table::keeps_apart() const {
  return impl_->apart;
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

std::string_view to_string(route_kind kind) {
  switch (kind) {
    case route_kind::forward:
      return "forward";
    case route_kind::drop:
      return "drop";
    case route_kind::reject:
      return "reject";
    case route_kind::unknown:
      return "unknown";
    case route_kind::not_ours:
      return "not_ours";
    case route_kind::postmaster:
      return "postmaster";
    case route_kind::undecided:
      return "undecided";
    case route_kind::costly:
      return "costly";
    case route_kind::unavailable:
      return "unavailable";
  }
  return "unknown";
}

bool is_accepted(route_kind kind) {
  return kind == route_kind::forward || kind == route_kind::drop
         || kind == route_kind::postmaster || kind == route_kind::undecided;
}

}  // namespace signpost::model
