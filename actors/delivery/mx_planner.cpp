// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/mx_planner.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/delivery/planner_messages.hpp"
#include "actors/dns_counts.hpp"
#include "actors/status_messages.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/routing/webhook_url.hpp"

namespace signpost::actors {
namespace {

// A refusal because of the DNS is checked again after this time; the queue's own schedule is slower
// anyway.
constexpr seconds refusal_ttl{60};
constexpr seconds fixed_ttl{3600};
// Each may query the addresses of delivery.mx_hosts_max hosts at once.
constexpr std::size_t plans_of_organization_max = 8;

seconds shorter(seconds a, seconds b) {
  return a == seconds{0} ? b : std::min(a, b);
}

}  // namespace

caf::typed_response_promise<plan_response> mx_planner_state::plan(const model::next_hop& next_hop) {
  auto promise = self_->make_response_promise<plan_response>();
  auto& w = works_[next_hop];
  w.askers.push_back(promise);
  if (w.askers.size() == 1) begin(next_hop, w);
  return promise;
}

void mx_planner_state::begin(const model::next_hop& next_hop, work& w) {
  w.plan.next_hop = next_hop;
  w.plan.port = with_->port;
  if (next_hop.is_webhook()) {
    plan_webhook(w.plan);
    finish(next_hop);
    return;
  }
  if (const auto* route = with_->routes.find(next_hop.text())) {
    w.route = route;
    w.plan.port = route->port;
    if (route->host.empty()) {
      w.plan.fixed.push_back(
          {.host = route->address->to_string(), .where = {*route->address, route->port}});
      w.plan.ttl = fixed_ttl;
      finish(next_hop);
    } else {
      w.hosts = {route->host};
      ask_addresses(next_hop, w);
    }
    return;
  }
  if (next_hop.what() == model::next_hop::kind::literal) {
    finish(next_hop);
    return;
  }
  const auto domain = address::domain::parse_from_peer(next_hop.text());
  if (!domain) {
    w.plan.refusal = model::make_reply(model::reply_kind::no_such_domain);
    finish(next_hop);
    return;
  }
  w.plan.domain = *domain;
  w.plan.routed_here = with_->routed_here && with_->routed_here(*domain);
  w.plan.in_doubt = !w.plan.routed_here && with_->in_doubt && with_->in_doubt();
  w.organization = model::widest_organization(domain->ascii(), {}, false);
  auto& of = lanes_[w.organization];
  if (of.open < plans_of_organization_max) {
    ++of.open;
    ask_mx(next_hop, w);
  } else {
    of.waiting.push_back(next_hop);
  }
}

void mx_planner_state::ask_mx(const model::next_hop& next_hop, work& w) {
  ask(next_hop, w, {.name = next_hop.text(), .type = dns::record_type::mx});
}

// The next one takes its place.
void mx_planner_state::leave(const std::string& organization) {
  const auto at = lanes_.find(organization);
  auto& of = at->second;
  if (of.waiting.empty()) {
    if (--of.open == 0) lanes_.erase(at);
    return;
  }
  const auto next = std::move(of.waiting.front());
  of.waiting.pop_front();
  ask_mx(next, works_.at(next));
}

void mx_planner_state::plan_webhook(delivery_plan& plan) const {
  plan.kind = plan_kind::webhook;
  plan.site = plan.next_hop.text();
  plan.ttl = fixed_ttl;
  // Made by next_hop::of() from the webhook of a rule: nothing else is possible here.
  const auto& hop = plan.next_hop.text();
  const auto place = model::parse_webhook_next_hop(hop);
  if (!place || model::webhook_next_hop(place->origin, place->zone) != hop) {
    plan.refusal = model::make_reply(model::reply_kind::no_such_domain,
                                     "webhook: the destination is not valid");
  } else if (!with_->webhooks) {
    plan.refusal = {
        .code = 451, .status = {4, 3, 5}, .lines = {"webhooks are not enabled on this node"}};
  } else if (!place->zone.empty()) {
    if (with_->account_of) plan.tenant = with_->account_of(place->zone);
    if (plan.tenant.empty()) plan.tenant = place->zone;
  }
}

void mx_planner_state::ask(const model::next_hop& next_hop, work& w, dns::question q) {
  ++w.open_questions;
  const auto asked = with_->time.steady_now();
  with_->resolver.resolve(
      q, [planner = mx_planner_actor{self_}, next_hop, q, asked](const dns::answer& answer) {
        caf::anon_send(planner, dns_answered{next_hop, q, answer, asked});
      });
}

void mx_planner_state::answered(const dns_answered& message) {
  count_answer(with_->metrics.dns, message.question, message.answer,
               with_->time.steady_now() - message.asked);
  const auto it = works_.find(message.next_hop);
  if (it == works_.end()) return;
  auto& w = it->second;
  --w.open_questions;
  if (message.question.type == dns::record_type::mx) {
    mx_answered(message.next_hop, w, message.answer);
    return;
  }
  auto& host = w.plan.addresses[message.question.name];
  (message.question.type == dns::record_type::aaaa ? host.aaaa : host.a) = message.answer;
  if (message.answer.status == dns::status::records) {
    w.plan.ttl = shorter(w.plan.ttl, message.answer.ttl);
  }
  if (w.open_questions == 0) finish(message.next_hop);
}

void mx_planner_state::mx_answered(const model::next_hop& next_hop, work& w, const dns::answer& a) {
  w.plan.mx = a;
  w.plan.ttl = a.ttl;
  const auto policy = policy_for(w.plan, with_->mx);
  const auto hosts = model::mx_hosts(w.plan.domain, a, policy, with_->random);
  if (hosts.failure) {
    w.plan.refusal = hosts.failure->reply;
    finish(next_hop);
    return;
  }
  w.plan.site = model::site_key(hosts.hosts);
  for (const auto& host : hosts.hosts) w.hosts.push_back(host.name);
  ask_addresses(next_hop, w);
}

void mx_planner_state::ask_addresses(const model::next_hop& next_hop, work& w) {
  // A family that is switched off counts as having no records.
  dns::answer absent;
  absent.status = dns::status::nodata;
  const auto hosts = w.hosts;
  for (const auto& host : hosts) {
    auto& addresses = w.plan.addresses[host];
    addresses = {.a = absent, .aaaa = absent};
    if (with_->use_ipv6) ask(next_hop, w, {.name = host, .type = dns::record_type::aaaa});
    if (with_->use_ipv4) ask(next_hop, w, {.name = host, .type = dns::record_type::a});
  }
  if (w.open_questions == 0) finish(next_hop);
}

void mx_planner_state::finish(const model::next_hop& next_hop) {
  auto node = works_.extract(next_hop);
  auto& w = node.mapped();
  complete(w);
  if (!w.organization.empty()) leave(w.organization);
  for (auto& asker : w.askers) asker.deliver(plan_response{w.plan});
}

void mx_planner_state::complete(work& w) const {
  auto& plan = w.plan;
  if (w.route != nullptr && !w.route->host.empty()) complete_route(w);
  if (plan.next_hop.what() == model::next_hop::kind::literal && plan.fixed.empty()) {
    const auto address = plan.next_hop.literal().value_or(ip_address{});
    const auto found = model::literal_targets(address, with_->mx);
    if (found.failure) plan.refusal = found.failure->reply;
    for (const auto& t : found.targets) {
      plan.fixed.push_back({.host = t.host, .where = {t.address, plan.port}});
    }
    plan.ttl = fixed_ttl;
  }
  if (plan.kind == plan_kind::mail && !plan.refusal && plan.fixed.empty()) {
    plan.refusal = targets_of(plan, with_->mx, with_->random).refusal;
  }
  if (plan.refusal) {
    // A site of its own: an unreachable next hop shares nothing.
    plan.site = "!" + plan.next_hop.text();
    plan.ttl = refusal_ttl;
  } else if (!plan.fixed.empty()) {
    plan.site = plan.fixed.front().where.to_string();
  }
}

// The host of a static route is the operator's choice: private addresses are allowed.
void mx_planner_state::complete_route(work& w) const {
  for (const auto& [host, answers] : w.plan.addresses) {
    for (const auto* answer : {&answers.aaaa, &answers.a}) {
      for (const auto& record : answer->records) {
        w.plan.fixed.push_back({.host = host, .where = {record.address, w.route->port}});
      }
    }
  }
  const auto most = static_cast<std::size_t>(with_->mx.addresses_max);
  if (w.plan.fixed.size() > most) w.plan.fixed.resize(most);
  if (w.plan.fixed.empty()) {
    w.plan.refusal =
        model::make_reply(model::reply_kind::dns_failed,
                          "the host of the static route has no address: " + w.route->host);
  }
}

status_report mx_planner_state::status() const {
  return {.actor = name, .numbers = {{"plans_open", static_cast<std::int64_t>(works_.size())}}};
}

mx_planner_actor::behavior_type mx_planner(mx_planner_state::pointer self,
                                           mx_planner_dependencies with) {
  self->state.start(std::move(with));
  return {
      [self](const plan_request& m) -> caf::result<plan_response> {
        return self->state.plan(m.next_hop);
      },
      [self](const dns_answered& m) { self->state.answered(m); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
