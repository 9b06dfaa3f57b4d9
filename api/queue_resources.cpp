// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The queue: list, look at one message, retry, remove.
#include "api/json.hpp"
#include "api/queue_view.hpp"
#include "api/request_target.hpp"

namespace signpost::api {
namespace {

answer<std::optional<model::outcome>> state_of(const std::string& word) {
  if (word.empty()) return std::nullopt;
  const auto state = outcome_of(word);
  if (state) return *state;
  return refuse(problem_kind::bad_parameter, "'state' " + state.error().context);
}

answer<storage::queue_filter> filter_of(const query_parameters& parameters) {
  storage::queue_filter filter;
  SP_TRY(filter.next_hop, parameters.domain("next_hop"));
  SP_TRY(filter.state, state_of(parameters.text("state")));
  filter.sender = parameters.text("sender");
  filter.recipient = parameters.text("recipient");
  return filter;
}

answer<net::http_response> queue_page(const resource_call& call) {
  SP_TRY(const auto filter, filter_of(call.parameters));
  SP_TRY(const auto per_page, call.parameters.number("per_page", list_page_default, list_page_max));
  auto page = read_queue(call.world.spool, filter, call.parameters.text("cursor"), per_page);
  if (!page && page.error().code == errc::malformed) return refuse(problem_kind::bad_cursor);
  if (!page) return tl::unexpected(to_problem(page.error()));
  json info{{"count", page->rows.size()}, {"per_page", per_page}, {"cursor", page->cursor}};
  return success(std::move(page->rows), std::move(info));
}

answer<net::http_response> one_message(const resource_call& call) {
  SP_TRY(const auto id, call.id());
  auto message = read_message(call.world.spool, id);
  if (!message) return tl::unexpected(to_problem(message.error()));
  return success(std::move(*message));
}

answer<net::http_response> content(const resource_call& call) {
  SP_TRY(const auto id, call.id());
  SP_TRY(const bool headers_only, call.parameters.flag("headers"));
  auto shown = read_content(call.world.spool, id, call.content_budget, headers_only);
  if (!shown) return tl::unexpected(to_problem(shown.error()));
  return std::move(*shown);
}

void act(const resource_call& call, const queue_action& action,
         const std::optional<model::queue_id>& id, const std::string& next_hop) {
  action(id, next_hop, [respond = call.respond, next_hop](const result<std::size_t>& done) {
    if (done) return respond(success(json::object({{"recipients", *done}})));
    auto why = to_problem(done.error());
    if (!next_hop.empty() && done.error().code == errc::not_found) {
      why.detail = "nothing waits for " + next_hop;
    }
    respond(failure(why));
  });
}

void act_on_message(const resource_call& call, const queue_action& action) {
  const auto id = call.id();
  if (!id) return call.respond(failure(id.error()));
  act(call, action, *id, {});
}

// A next hop must be named: without one everything would be meant.
void act_on_next_hop(const resource_call& call, const queue_action& action) {
  const auto next_hop = call.parameters.domain("next_hop");
  if (!next_hop) return call.respond(failure(next_hop.error()));
  if (next_hop->empty()) {
    return call.respond(failure({problem_kind::bad_parameter, "'next_hop' is needed"}));
  }
  act(call, action, std::nullopt, *next_hop);
}

}  // namespace

void list_queue(const resource_call& call) {
  call.answer_with(queue_page(call));
}
void show_message(const resource_call& call) {
  call.answer_with(one_message(call));
}
void show_content(const resource_call& call) {
  call.answer_with(content(call));
}
void retry_message(const resource_call& call) {
  act_on_message(call, call.world.retry);
}
void retry_next_hop(const resource_call& call) {
  act_on_next_hop(call, call.world.retry);
}
void remove_message(const resource_call& call) {
  act_on_message(call, call.world.remove);
}
void remove_next_hop(const resource_call& call) {
  act_on_next_hop(call, call.world.remove);
}

}  // namespace signpost::api
