// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What would happen to a message: the answer to RCPT TO, the judgement of its authentication, the
// rule that takes it, and the copies that go out. Nothing is sent and nothing is stored.
#include <fmt/format.h>

#include <array>

#include "api/rest/body.hpp"
#include "api/rest/endpoint.hpp"
#include "api/rest/explain_input.hpp"
#include "api/rest/explain_scope.hpp"
#include "model/webhook_url.hpp"

namespace signpost::api::rest {
namespace {

using model::route_decision;
using model::route_kind;

json reply_or_null(const std::optional<smtp::reply>& reply) {
  return reply ? json(reply->to_string()) : json(nullptr);
}

bool is_refused(const route_decision& d) {
  return d.kind != route_kind::undecided && !is_accepted(d.kind);
}

// RCPT TO is answered before anything is known of the message.
json rcpt_json(const route_decision& d) {
  return {{"decision", api::to_string(d.kind)},
          {"accepted", !is_refused(d)},
          {"reply", is_refused(d) ? json(d.reply.to_string()) : json(nullptr)},
          // The reply to the final dot is then for this recipient: others get 452 meanwhile.
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

std::string next_hop_of(const model::destination& to) {
  if (!to.is_webhook()) return to.mailbox.host_text();
  return model::webhook_origin(to.webhook).value_or("");
}

json envelopes_json(const rest_world& world, const explain_input& input, const route_decision& d) {
  auto list = json::array();
  for (const auto& to : d.destinations) {
    auto fallbacks = json::array();
    for (const auto& next : to.fallbacks) fallbacks.push_back(next.to_string());
    const bool rewrites = world.rewritten_sender && !to.is_webhook();
    list.push_back(
        {{"kind", to.is_webhook() ? "webhook" : "mailbox"},
         {"destination", to.to_string()},
         {"fallbacks", std::move(fallbacks)},
         {"next_hop", next_hop_of(to)},
         {"zone", to.rule.empty() ? d.zone : to.zone},
         {"rule", to.rule.empty() ? d.rule : to.rule},
         {"sender", rewrites ? json(world.rewritten_sender(input.from.to_string(), d.zone))
                             : json(nullptr)}});
  }
  return list;
}

answer<rest_result> explained(const rest_call& call, const explain_input& input,
                              const model::config_snapshot& now) {
  const auto first = now.table->route(input.to);
  const auto facts = model::facts_of(input.found, input.size);
  auto last = now.table->explain(input.to, &facts);
  const bool hidden = hide_foreign(call, *now.table, last);
  const auto judged = model::admit(input.found, last.admission);
  const bool looked_at = !is_refused(first);
  const bool refused = is_refused(last) || (looked_at && judged.refusal);

  auto out = to_json(input.to.to_string(), last);
  out["accepted"] = !refused;
  if (looked_at && judged.refusal) out["reply"] = judged.refusal->to_string();
  out["revision"] = now.revision;
  out["sender"] = input.from.to_string();
  out["rcpt"] = rcpt_json(first);
  out["facts"] = facts_json(input.found, input.size);
  out["assumed"] = input.assumed;
  out["admission"] = looked_at ? admission_json(judged) : json(nullptr);
  out["envelopes"] = refused || hidden ? json::array() : envelopes_json(call.world, input, last);
  out["hidden"] = hidden;
  return rest_result{.result = std::move(out)};
}

answer<rest_result> explain(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  const auto now = call.world.config.current();
  if (!now || !now->table) return refuse(unavailable("no zones are loaded"));
  SP_TRY(auto input, explain_input_of(call.world, body));
  SP_CHECK(check_recipient_in_scope(call, input.to));
  return explained(call, input, *now);
}

using enum permission;

constexpr std::array<endpoint, 2> rows{{
    {"POST", "/zones/{zone_id}/rules/explain", rules_read, explain,
     "What would happen to a message for an address of the zone", "ExplainInput", "Explanation",
     true},
    {"POST", "/rules/explain", administer, explain, "What would happen to a message",
     "ExplainInput", "Explanation", true},
}};

}  // namespace

std::span<const endpoint> v1_explain_endpoints() {
  return rows;
}

}  // namespace signpost::api::rest
