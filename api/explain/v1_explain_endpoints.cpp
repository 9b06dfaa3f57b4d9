// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What would happen to a message: the answer to RCPT TO, the judgement of its authentication, the
// rule that takes it, and the copies that go out. Nothing is sent and nothing is stored.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/explain/endpoints.hpp"
#include "api/explain/explain_input.hpp"
#include "api/explain/explain_scope.hpp"
#include "api/frame/body.hpp"
#include "api/frame/wait_for.hpp"
#include "model/admission_facts.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/control/control_reader.hpp"
#include "model/queue/next_hop.hpp"

namespace signpost::api {
namespace {

using model::route_decision;
using model::route_kind;

/// How long a request waits to be told of a rewritten sender.
constexpr seconds sender_wait_max{5};

json reply_or_null(const std::optional<smtp::reply>& reply) {
  return reply ? json(reply->to_string()) : json(nullptr);
}

bool is_refused(const route_decision& d) {
  return d.kind != route_kind::undecided && !is_accepted(d.kind);
}

// RCPT TO is answered before anything is known of the message.
json rcpt_json(const route_decision& d) {
  return {{"decision", model::to_string(d.kind)},
          {"accepted", !is_refused(d)},
          {"reply", is_refused(d) ? json(d.reply.to_string()) : json(nullptr)},
          // The reply to the final dot is then for this recipient alone: others get 452 before
          // that.
          {"alone", d.kind == route_kind::undecided}};
}

json facts_json(const model::authentication_results& found, std::uint64_t size) {
  return {{"spf", model::to_string(found.spf)},     {"dkim", model::to_string(found.dkim)},
          {"dmarc", model::to_string(found.dmarc)}, {"arc", model::to_string(found.arc)},
          {"author_domain", found.author_domain},   {"size", size}};
}

json admission_json(const model::admission& a) {
  return {{"reason", a.reason},
          {"refused", a.refusal.has_value()},
          {"marked", a.marked},
          {"reply", reply_or_null(a.refusal)}};
}

model::admission_facts facts_about(const rest_world& world, const explain_input& input,
                                   const model::routing_table& table, const route_decision& d) {
  const auto service = address::domain::parse(world.service_domain);
  model::message_envelope envelope{
      .sender = input.from, .host_name = world.host_name, .is_ours = [&](std::string_view name) {
        return (service && model::is_at_or_below(name, service->ascii())) || table.is_ours(name);
      }};
  model::add_zones_of(d, envelope.zones);
  return model::admission_facts_of(input.found, envelope);
}

// Which of our names may vouch for the author (docs/operating/authentication.md).
json author_json(const model::author_facts& author, const model::admission_facts& facts) {
  auto domains = json::array();
  for (const auto& d : author.domains) domains.push_back(d.name);
  return {{"domains", std::move(domains)},
          {"anybody", author.anybody},
          {"proven", author.proven},
          {"own_author", facts.author_is_ours},
          {"would_forge", !facts.can_be_sent}};
}

// As in the sealer: a forwarded message gets one of our names that may be lent, or stays unchanged.
json sender_then(const rest_world& world, const explain_input& input, std::string_view zone) {
  if (world.node == nullptr) return nullptr;
  const auto lent =
      model::alignment_guard(input.found.author).sender_domain(zone, world.host_name);
  const auto sender = input.from.to_string();
  if (!lent) return sender;
  const auto told = wait_for<std::string>(
      [&](auto done) { world.node->rewritten_sender(sender, std::string(*lent), std::move(done)); },
      sender_wait_max);
  return told && *told ? json(**told) : json(nullptr);
}

json envelopes_json(const rest_world& world, const explain_input& input, const route_decision& d) {
  auto list = json::array();
  for (const auto& to : d.destinations) {
    auto fallbacks = json::array();
    for (const auto& next : to.fallbacks) fallbacks.push_back(next.to_string());
    const auto zone = model::zone_of(to, d);
    list.push_back(
        {{"kind", to.is_webhook() ? "webhook" : "mailbox"},
         {"destination", to.to_string()},
         {"fallbacks", std::move(fallbacks)},
         {"next_hop", model::next_hop::of(to, zone).text()},
         {"zone", zone},
         {"rule", to.rule.empty() ? d.rule : to.rule},
         {"sender", to.is_webhook() ? json(nullptr) : sender_then(world, input, zone)}});
  }
  return list;
}

// The session asks more than the table: return addresses (SRS) come first, and doubtful recipients
// are deferred.
route_decision answer_to_rcpt(const rest_world& world, const explain_input& input,
                              const model::routing_table& table) {
  if (world.answer_to_rcpt) return world.answer_to_rcpt(input.from, input.to);
  return table.route(input.to);
}

bool sees_all(const rest_call& call) {
  return may(call.who.token, permission::administer, {});
}

// Only the operator learns whether a hash is right: others could try hashes here at no cost.
route_decision way_back(const rest_call& call, const explain_input& input, route_decision first) {
  first.steps = {"a return address of this node (SRS): rules do not apply"};
  if (is_refused(first) || !call.world.way_back_of) return first;
  if (!sees_all(call)) {
    first.steps.emplace_back("whether it is valid is checked when the message arrives");
    first.destinations.clear();
    return first;
  }
  auto last = call.world.way_back_of(input.to, std::move(first), input.message);
  last.steps.push_back(is_refused(last) ? "it is not valid" : "it is valid: back to the sender");
  if (!is_refused(last)) {
    for (const auto& to : last.destinations) last.steps.push_back("to " + to.to_string());
  }
  return last;
}

// The decision once the message has arrived.
route_decision final_decision(const rest_call& call, const explain_input& input,
                              const model::routing_table& table, const route_decision& first,
                              const model::message_facts& facts) {
  if (first.way_back) return way_back(call, input, first);
  auto last = table.explain(input.to, &facts);
  // What the session decided apart from the rules: in doubt, or accepted for the postmaster.
  const bool put_off = is_refused(first) && first.reply.transient();
  if (put_off || (is_refused(last) && !is_refused(first) && first.kind != route_kind::undecided)) {
    auto steps = std::move(last.steps);
    last = first;
    last.steps = std::move(steps);
    last.steps.push_back(put_off ? "deferred: it cannot be decided now"
                                 : "accepted for the postmaster: used by earlier versions");
  }
  return last;
}

// Disabled rules for the address: nothing else shows why they do not apply.
std::vector<std::string> disabled_rules(const rest_call& call, const explain_input& input,
                                        const route_decision& d) {
  std::vector<std::string> out;
  const auto& to = input.to.mailbox();
  if (call.now == nullptr || !to || d.zone.empty() || d.way_back) return out;
  const auto zone = call.now->zone_by_name(d.zone);
  if (!zone) return out;
  const auto rest = call.now->catch_all(zone->id);
  if (rest && !rest->enabled && d.kind == route_kind::unknown) {
    out.emplace_back("the catch-all is disabled");
  }
  const auto rule = call.now->rule_by_matcher(zone->id, "literal", to->to_string());
  if (rule && !rule->enabled) {
    out.push_back(fmt::format("rule {} has exactly this address and is disabled", rule->id));
  }
  return out;
}

answer<rest_result> explained(const rest_call& call, const explain_input& input,
                              const model::routing_snapshot& now) {
  const auto first = answer_to_rcpt(call.world, input, *now.table);
  const auto facts = model::facts_of(input.found, input.size);
  auto last = final_decision(call, input, *now.table, first, facts);
  for (auto& step : disabled_rules(call, input, last)) last.steps.push_back(std::move(step));
  const auto known = facts_about(call.world, input, *now.table, last);
  const auto judged = model::admit(input.found, last.admission, known);
  const bool hidden = hide_foreign(call, *now.table, last);
  const bool looked_at = !is_refused(first);
  const bool refused = is_refused(last) || (looked_at && judged.refusal);

  auto out = to_json(input.to.to_string(), last);
  out["accepted"] = !refused;
  if (looked_at && judged.refusal) out["reply"] = judged.refusal->to_string();
  out["revision"] = now.revision;
  out["sender"] = input.from.to_string();
  out["rcpt"] = rcpt_json(first);
  out["facts"] = facts_json(input.found, input.size);
  out["author"] = author_json(input.found.author, known);
  out["assumed"] = input.assumed;
  out["admission"] = looked_at ? admission_json(judged) : json(nullptr);
  out["envelopes"] = refused || hidden ? json::array() : envelopes_json(call.world, input, last);
  out["hidden"] = hidden;
  return rest_result{.result = std::move(out)};
}

answer<rest_result> explain(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  const auto now = call.world.routing.current();
  if (!now || !now->table) return refuse(unavailable("no zones are loaded"));
  SP_TRY(auto input, explain_input_of(call.world, body));
  SP_CHECK(check_recipient_in_scope(call, input.to));
  return explained(call, input, *now);
}

using enum permission;

constexpr std::array<endpoint, 2> explain_rows{{
    {"POST", "/zones/{zone_id}/rules/explain", rules_read, explain,
     "What would happen to a message for an address of the zone", "ExplainInput", "Explanation",
     true},
    on_every_node({"POST", "/rules/explain", administer, explain,
                   "What would happen to a message", "ExplainInput", "Explanation", true}),
}};

}  // namespace

std::span<const endpoint> v1_explain_endpoints() {
  return explain_rows;
}

}  // namespace signpost::api
