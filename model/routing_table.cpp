// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.hpp"
#include "model/replies.hpp"
#include "model/rule_index.hpp"

namespace signpost::model {
namespace {

constexpr std::string_view catch_all_rule = "catch-all";
constexpr std::string_view postmaster_rule = "postmaster";

// What is routed for one domain name.
struct domain_entry {
  std::uint32_t zone = 0;
  const catch_all* rest = nullptr;  // nullptr: none
};

struct rule_ref {
  std::uint32_t zone = 0;
  std::uint32_t rule = 0;
};

bool is_postmaster(std::string_view local) {
  return equals_ignoring_case(local, "postmaster");
}

bool same_mailbox(const address::mailbox& a, const address::mailbox& b) {
  return a.host() == b.host() && a.literal() == b.literal()
         && equals_ignoring_case(a.local(), b.local());
}

bool contains(const std::vector<address::mailbox>& list, const address::mailbox& wanted) {
  return std::ranges::any_of(list, [&](const auto& m) { return same_mailbox(m, wanted); });
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
  const zone* in = nullptr;
  std::string_view rule;
  const std::vector<address::mailbox>* destinations = nullptr;
  std::string_view reject_text;
};

match from_action(const zone& z, std::string_view rule, const rule_action& action) {
  match m{.kind = route_kind::drop, .in = &z, .rule = rule};
  if (action.kind == action_kind::forward) {
    m.kind = route_kind::forward;
    m.destinations = &action.destinations;
  } else if (action.kind == action_kind::reject) {
    m.kind = route_kind::reject;
    m.reject_text = action.reject_text;
  }
  return m;
}

match to_postmaster(const zone* z, const std::vector<address::mailbox>& destinations) {
  return {.kind = route_kind::postmaster,
          .in = z,
          .rule = postmaster_rule,
          .destinations = &destinations};
}

// What is wrong with an action; empty if nothing is.
std::string_view objection(const rule_action& action) {
  if (action.kind == action_kind::forward && action.destinations.empty()) {
    return "forwards to nobody";
  }
  const auto printable_ascii = [](char c) { return c >= ' ' && c <= '~'; };
  if (!std::ranges::all_of(action.reject_text, printable_ascii)) {
    return "the reject text must be printable ASCII";
  }
  return {};
}

// Where mail leaves us, while forwards between our own addresses are followed.
struct expansion {
  std::vector<address::mailbox> followed;
  std::vector<address::mailbox> outside;
  bool dropped = false;
};

}  // namespace

struct routing_table::impl {
  std::vector<zone> zones;
  node_identity node;
  std::unordered_map<std::string_view, domain_entry> domains;
  std::vector<rule_ref> rules;
  rule_index index;

  result<void> add_domain(const address::domain& name, std::uint32_t number, const catch_all* rest);
  result<void> add_domains(std::uint32_t number);
  result<void> add_subdomain_catch_alls(std::uint32_t number);
  result<void> add_rule(const zone& z, const rule_ref& ref);
  result<void> check_chains() const;
  result<void> check_chain(const std::vector<address::mailbox>& first,
                           const std::string& where) const;

  const routing_rule& rule_of(std::uint32_t number) const {
    return zones[rules[number].zone].rules[rules[number].rule];
  }
  const routing_rule* find_rule(std::string_view local, const address::domain& host) const;
  const domain_entry* find_domain(const address::domain& name) const;
  const routing_rule* match_rule(const zone& z, const address::mailbox& to, step_list& steps) const;
  match match_postmaster(const zone& z, const domain_entry& entry, step_list& steps) const;
  match match_in_zone(const domain_entry& entry, const address::mailbox& to,
                      step_list& steps) const;
  match match_node(const address::mailbox& to, step_list& steps) const;
  match match_address(const address::mailbox& to, step_list& steps) const;
  result<void> expand(const std::vector<address::mailbox>& from, std::size_t depth,
                      expansion& x) const;
  route_decision decide(const smtp::forward_path& recipient, step_list steps) const;
};

result<void> routing_table::impl::add_domain(const address::domain& name, std::uint32_t number,
                                             const catch_all* rest) {
  const auto [at, added] = domains.try_emplace(name.ascii(), domain_entry{number, rest});
  if (added) return {};
  return fail(errc::conflict,
              fmt::format("domain {} is claimed by zone {} and by zone {}", name.ascii(),
                          zones[at->second.zone].name.ascii(), zones[number].name.ascii()));
}

result<void> routing_table::impl::add_domains(std::uint32_t number) {
  const auto& z = zones[number];
  const auto& apex = z.apex_catch_all;
  if (const auto wrong = objection(apex.action); apex.enabled && !wrong.empty()) {
    return fail(errc::malformed, fmt::format("zone {}, catch-all: {}", z.name.ascii(), wrong));
  }
  SP_CHECK(add_domain(z.name, number, apex.enabled ? &apex : nullptr));
  for (const auto& sub : z.subdomains) {
    if (!sub.is_under(z.name)) {
      return fail(errc::malformed,
                  fmt::format("zone {}: {} is not a subdomain of it", z.name.ascii(), sub.ascii()));
    }
    SP_CHECK(add_domain(sub, number, nullptr));
  }
  return add_subdomain_catch_alls(number);
}

result<void> routing_table::impl::add_subdomain_catch_alls(std::uint32_t number) {
  const auto& z = zones[number];
  for (const auto& rest : z.subdomain_catch_alls) {
    const auto where = [&] {
      return fmt::format("zone {}, catch-all of {}: ", z.name.ascii(), rest.domain.ascii());
    };
    const auto at = domains.find(rest.domain.ascii());
    if (at == domains.end() || at->second.zone != number || rest.domain == z.name) {
      return fail(errc::malformed, where() + "the name is not a subdomain of the zone");
    }
    if (!rest.rule.enabled) continue;
    if (const auto wrong = objection(rest.rule.action); !wrong.empty()) {
      return fail(errc::malformed, where() + std::string(wrong));
    }
    at->second.rest = &rest.rule;
  }
  return {};
}

result<void> routing_table::impl::add_rule(const zone& z, const rule_ref& ref) {
  const auto& rule = z.rules[ref.rule];
  const auto refuse = [&](errc code, std::string_view why) {
    return fail(code, fmt::format("zone {}, rule {}: {}", z.name.ascii(),
                                  printable(rule.address.to_string()), why));
  };
  const auto* entry = rule.address.literal() ? nullptr : find_domain(rule.address.host());
  if (entry == nullptr || entry->zone != ref.zone) {
    return refuse(errc::malformed, "the address is not at a domain of the zone");
  }
  if (const auto wrong = objection(rule.action); !wrong.empty()) {
    return refuse(errc::malformed, wrong);
  }
  if (contains(rule.action.destinations, rule.address)) {
    return refuse(errc::malformed, "forwards to itself");
  }
  const auto hash = address_hash(rule.address.local(), rule.address.host().ascii());
  const auto other = index.insert(
      hash, static_cast<std::uint32_t>(rules.size()),
      [&](std::uint32_t there) { return same_mailbox(rule_of(there).address, rule.address); });
  if (other != rule_index::none) {
    return refuse(errc::conflict, "there is another rule for the same address");
  }
  rules.push_back(ref);
  return {};
}

// Collects where mail for `from` leaves us. What was followed once is not followed again, so the
// work is bounded by destinations_max and a circle ends.
result<void> routing_table::impl::expand(const std::vector<address::mailbox>& from,
                                         std::size_t depth, expansion& x) const {
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
    const auto m = match_address(to, silent);
    if (m.kind == route_kind::not_ours) {
      x.outside.push_back(to);
    } else if (m.kind == route_kind::drop) {
      x.dropped = true;
    } else if (m.destinations == nullptr || m.destinations->empty()) {
      return fail(errc::malformed, fmt::format("forwards to {}, an address of ours that takes no "
                                               "mail",
                                               printable(to.to_string())));
    } else {
      x.followed.push_back(to);
      SP_CHECK(expand(*m.destinations, depth + 1, x));
    }
  }
  return {};
}

result<void> routing_table::impl::check_chain(const std::vector<address::mailbox>& first,
                                              const std::string& where) const {
  expansion x;
  auto done = expand(first, 0, x);
  if (done && x.outside.empty() && !x.dropped && !first.empty()) {
    done = fail(errc::malformed, "the forwards between addresses of ours go round in a circle");
  }
  if (done) return {};
  return fail(done.error().code, where + ": " + done.error().context);
}

result<void> routing_table::impl::check_chains() const {
  for (const auto& ref : rules) {
    const auto& z = zones[ref.zone];
    const auto& rule = z.rules[ref.rule];
    if (std::ranges::none_of(rule.action.destinations,
                             [&](const auto& to) {
                               return find_domain(to.host()) != nullptr
                                      || to.host() == node.host_name;
                             })
        && rule.action.destinations.size() <= destinations_max) {
      continue;  // the common case, without a copy
    }
    SP_CHECK(check_chain(
        rule.action.destinations,
        fmt::format("zone {}, rule {}", z.name.ascii(), printable(rule.address.to_string()))));
  }
  for (const auto& [name, entry] : domains) {
    if (entry.rest == nullptr) continue;
    SP_CHECK(check_chain(entry.rest->action.destinations, fmt::format("catch-all of {}", name)));
  }
  for (const auto& z : zones) {
    SP_CHECK(check_chain(z.postmaster, fmt::format("zone {}, postmaster", z.name.ascii())));
  }
  return check_chain(node.postmaster, "postmaster of the node");
}

const domain_entry* routing_table::impl::find_domain(const address::domain& name) const {
  const auto at = domains.find(name.ascii());
  return at == domains.end() ? nullptr : &at->second;
}

const routing_rule* routing_table::impl::find_rule(std::string_view local,
                                                   const address::domain& host) const {
  const auto found = index.find(address_hash(local, host.ascii()), [&](std::uint32_t number) {
    const auto& there = rule_of(number).address;
    return there.host() == host && equals_ignoring_case(there.local(), local);
  });
  return found == rule_index::none ? nullptr : &rule_of(found);
}

const routing_rule* routing_table::impl::match_rule(const zone& z, const address::mailbox& to,
                                                    step_list& steps) const {
  if (const auto* rule = find_rule(to.local(), to.host()); rule != nullptr) {
    steps.add("rule {} ({}) has exactly this address", rule->id, rule->address.folded());
    return rule;
  }
  steps.add("no rule has exactly this address");
  const auto plus = to.local().find('+');
  if (plus == std::string::npos || plus == 0) return nullptr;
  if (!z.subaddressing) {
    steps.add("subaddressing is off: +detail is an ordinary part of the address");
    return nullptr;
  }
  const auto user = std::string_view(to.local()).substr(0, plus);
  const auto* rule = find_rule(user, to.host());
  if (rule != nullptr) {
    steps.add("subaddressing: rule {} has {}", rule->id, rule->address.folded());
  } else {
    steps.add("subaddressing: no rule has {}@{}", printable(user), to.host().ascii());
  }
  return rule;
}

// RFC 5321 §4.5.1: "Any system that includes an SMTP server supporting mail relaying or delivery
// MUST support the reserved mailbox "postmaster" as a case-insensitive local name."
match routing_table::impl::match_postmaster(const zone& z, const domain_entry& entry,
                                            step_list& steps) const {
  if (!z.postmaster.empty()) {
    steps.add("to the postmaster of the zone");
    return to_postmaster(&z, z.postmaster);
  }
  if (entry.rest != nullptr && entry.rest->action.kind == action_kind::forward) {
    steps.add("the catch-all takes it");
    return from_action(z, catch_all_rule, entry.rest->action);
  }
  steps.add("to the postmaster of the node{}", node.postmaster.empty() ? ", who is not set" : "");
  return to_postmaster(&z, node.postmaster);
}

match routing_table::impl::match_in_zone(const domain_entry& entry, const address::mailbox& to,
                                         step_list& steps) const {
  const auto& z = zones[entry.zone];
  const bool postmaster = is_postmaster(to.local());
  if (const auto* rule = match_rule(z, to, steps); rule != nullptr) {
    if (!postmaster || rule->action.kind != action_kind::reject) {
      return from_action(z, rule->id, rule->action);
    }
    steps.add("postmaster is never refused: the rule is passed over");
  }
  if (postmaster) return match_postmaster(z, entry, steps);
  if (entry.rest != nullptr) {
    steps.add("the catch-all takes it");
    return from_action(z, catch_all_rule, entry.rest->action);
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
    return to_postmaster(nullptr, node.postmaster);
  }
  steps.add("this node has no mailboxes of its own but postmaster");
  return {.kind = route_kind::unknown};
}

match routing_table::impl::match_address(const address::mailbox& to, step_list& steps) const {
  const auto* entry = to.literal() ? nullptr : find_domain(to.host());
  if (entry == nullptr) return match_node(to, steps);
  steps.add("{} is routed by zone {}", to.host().ascii(), zones[entry->zone].name.ascii());
  return match_in_zone(*entry, to, steps);
}

route_decision routing_table::impl::decide(const smtp::forward_path& recipient,
                                           step_list steps) const {
  const auto m = recipient.mailbox() ? match_address(*recipient.mailbox(), steps)
                                     : to_postmaster(nullptr, node.postmaster);
  route_decision d{.kind = m.kind, .rule = std::string(m.rule)};
  if (m.in != nullptr) {
    d.zone = m.in->name.ascii();
    d.admission = m.in->admission;
  } else {
    d.admission.require_authentication = false;
  }
  if (m.destinations != nullptr) {
    expansion x;
    // build() has followed every chain: this can fail for an unset postmaster only.
    if (expand(*m.destinations, 0, x)) d.destinations = std::move(x.outside);
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

result<std::shared_ptr<const routing_table>> routing_table::build(std::vector<zone> zones,
                                                                  node_identity node) {
  auto made = std::make_unique<impl>();
  made->node = std::move(node);
  made->zones = std::move(zones);
  std::erase_if(made->zones, [](const zone& z) { return !z.enabled; });
  std::size_t rules = 0;
  for (std::uint32_t i = 0; i < made->zones.size(); ++i) {
    SP_CHECK(made->add_domains(i));
    rules += made->zones[i].rules.size();
  }
  made->index.reset(rules);
  made->rules.reserve(rules);
  for (std::uint32_t i = 0; i < made->zones.size(); ++i) {
    const auto& z = made->zones[i];
    for (std::uint32_t r = 0; r < z.rules.size(); ++r) {
      if (z.rules[r].enabled) SP_CHECK(made->add_rule(z, {i, r}));
    }
  }
  SP_CHECK(made->check_chains());
  return std::shared_ptr<const routing_table>(new routing_table(std::move(made)));
}

route_decision routing_table::route(const smtp::forward_path& recipient) const {
  return impl_->decide(recipient, step_list(nullptr));
}

route_decision routing_table::explain(const smtp::forward_path& recipient) const {
  std::vector<std::string> steps;
  auto d = impl_->decide(recipient, step_list(&steps));
  d.steps = std::move(steps);
  return d;
}

const zone* routing_table::find_zone(const address::domain& name) const {
  const auto* entry = impl_->find_domain(name);
  return entry == nullptr ? nullptr : &impl_->zones[entry->zone];
}

std::size_t routing_table::zone_count() const {
  return impl_->zones.size();
}

std::size_t routing_table::rule_count() const {
  return impl_->rules.size();
}

const node_identity& routing_table::node() const {
  return impl_->node;
}

}  // namespace signpost::model
