// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/json.hpp"

#include "base/text.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::api {
namespace {

net::http_response as_response(const json& body) {
  return {.status = 200,
          .body = to_text(body) + "\n",
          .content_type = "application/json",
          .headers = {{"Cache-Control", "no-store"}}};
}

json texts_of(const std::vector<model::destination>& list) {
  auto out = json::array();
  for (const auto& one : list) out.push_back(one.to_string());
  return out;
}

}  // namespace

json to_json(const model::message_record& m) {
  return {{"queue_id", m.id.to_string()},
          {"accepted", to_rfc3339(m.accepted)},
          {"sender", m.sender},
          {"helo", m.helo},
          {"client_address", m.client_address},
          {"client_name", m.client_name},
          {"protocol", m.protocol},
          {"tls", m.tls},
          {"message_id", m.message_id},
          {"eight_bit", m.eight_bit},
          {"smtputf8", m.smtputf8},
          {"may_bounce", m.may_bounce},
          {"size", m.size},
          {"recipients", m.recipients}};
}

json to_json(const model::envelope& e) {
  return {{"queue_id", e.id.to_string()},
          {"index", e.index},
          {"original", e.original},
          {"destination", e.destination},
          {"zone", e.zone},
          {"rule", e.rule},
          {"next_hop", e.next_hop.text()},
          {"state", model::to_string(e.state)},
          {"attempts", e.attempts},
          {"next_attempt", to_rfc3339(e.next_attempt)},
          {"expires", to_rfc3339(e.expires)},
          {"last_reply", e.last_reply},
          {"last_host", e.last_host},
          {"fallbacks", e.fallbacks}};
}

json to_json(const model::activity_event& e) {
  auto details = json::object();
  for (const auto& [name, value] : e.details) details[name] = value;
  const bool has_id = e.id != model::queue_id();
  return {{"at", to_rfc3339(e.at)},
          {"event", model::to_string(e.kind)},
          {"queue_id", has_id ? json(e.id.to_string()) : json(nullptr)},
          {"zone", e.zone},
          {"sender", e.sender},
          {"recipient", e.recipient},
          {"destination", e.destination},
          {"host", e.host},
          {"tls", e.tls},
          {"reply", e.reply},
          {"attempt", e.attempt},
          {"size", e.size},
          {"details", std::move(details)}};
}

json to_json(std::string_view recipient, const model::route_decision& d) {
  const bool accepted = is_accepted(d.kind);
  return {{"recipient", recipient},
          {"decision", to_string(d.kind)},
          {"accepted", accepted},
          {"zone", d.zone},
          {"rule", d.rule},
          {"destinations", texts_of(d.destinations)},
          {"reply", accepted ? json(nullptr) : json(d.reply.to_string())},
          {"steps", d.steps}};
}

std::string to_text(const json& value, bool indented) {
  return value.dump(indented ? 2 : -1, ' ', false, json::error_handler_t::replace);
}

net::http_response success(json result, json result_info, json messages) {
  json body{{"success", true},
            {"errors", json::array()},
            {"messages", std::move(messages)},
            {"result", std::move(result)}};
  if (!result_info.is_null()) body["result_info"] = std::move(result_info);
  return as_response(body);
}

}  // namespace signpost::api
