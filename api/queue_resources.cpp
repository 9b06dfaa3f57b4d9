// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The queue: list, look at one message, retry, remove.
#include <algorithm>
#include <array>

#include "api/json.hpp"
#include "api/resource_call.hpp"
#include "base/text.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::api {
namespace {

/// Octets of a place in the queue that we are willing to hand to storage.
constexpr std::size_t cursor_octets_max = 64;

std::string to_cursor(const std::string& place) {
  return place.empty() ? "" : to_hex(as_bytes(place));
}

std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

answer<std::string> from_cursor(const std::string& cursor) {
  if (cursor.size() % 2 != 0 || cursor.size() > 2 * cursor_octets_max) {
    return refuse(problem_kind::bad_cursor);
  }
  std::string place;
  for (std::size_t i = 0; i < cursor.size(); i += 2) {
    const auto high = hex_digit(cursor[i]);
    const auto low = hex_digit(cursor[i + 1]);
    if (!high || !low) return refuse(problem_kind::bad_cursor);
    place += static_cast<char>(*high * 16 + *low);
  }
  return place;
}

answer<std::optional<model::outcome>> state_of(const std::string& word) {
  if (word.empty()) return std::nullopt;
  using enum model::outcome;
  constexpr std::array all{queued,  deferred, delivered, bounced,
                           dropped, rejected, expired,   removed};
  const auto* const it = std::ranges::find(all, word, [](auto o) { return model::to_string(o); });
  if (it != all.end()) return *it;
  return refuse(problem_kind::bad_parameter,
                "'state' must be queued, deferred, delivered, bounced, dropped, rejected, expired "
                "or removed");
}

answer<storage::queue_filter> filter_of(const query_parameters& parameters) {
  storage::queue_filter filter;
  SP_TRY(filter.next_hop, parameters.domain("next_hop"));
  SP_TRY(filter.state, state_of(parameters.text("state")));
  filter.sender = parameters.text("sender");
  filter.recipient = parameters.text("recipient");
  return filter;
}

// Recipients of one message stand together: its record is read once. A message that has gone since
// the page was read is left out.
json with_messages(storage::spool& spool, const std::vector<model::envelope>& envelopes) {
  auto rows = json::array();
  std::optional<model::message_record> message;
  for (const auto& envelope : envelopes) {
    if (!message || message->id != envelope.id) {
      auto read = spool.message(envelope.id);
      if (!read) continue;
      message = std::move(*read);
    }
    auto row = to_json(envelope);
    row["sender"] = message->sender;
    row["size"] = message->size;
    row["accepted"] = to_rfc3339(message->accepted);
    rows.push_back(std::move(row));
  }
  return rows;
}

answer<net::http_response> queue_page(const resource_call& call) {
  SP_TRY(const auto filter, filter_of(call.parameters));
  SP_TRY(const auto from, from_cursor(call.parameters.text("cursor")));
  SP_TRY(const auto per_page, call.parameters.number("per_page", list_page_default, list_page_max));
  const auto page = call.world.spool.list(filter, from, per_page);
  if (!page) return tl::unexpected(to_problem(page.error()));
  auto rows = with_messages(call.world.spool, page->envelopes);
  json info{{"count", rows.size()}, {"per_page", per_page}, {"cursor", to_cursor(page->next)}};
  return success(std::move(rows), std::move(info));
}

template <typename T>
json array_of(const std::vector<T>& values) {
  auto out = json::array();
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

// What is left of a message: all of it while it is queued, later its events alone.
answer<net::http_response> one_message(const resource_call& call) {
  SP_TRY(const auto id, call.id());
  const auto message = call.world.spool.message(id);
  if (!message && message.error().code != errc::not_found) {
    return tl::unexpected(to_problem(message.error()));
  }
  const auto envelopes = call.world.spool.envelopes(id);
  if (!envelopes && envelopes.error().code != errc::not_found) {
    return tl::unexpected(to_problem(envelopes.error()));
  }
  const auto events = call.world.spool.timeline(id);
  if (!events) return tl::unexpected(to_problem(events.error()));
  if (!message && events->empty()) {
    return refuse(problem_kind::no_such_message, id.to_string());
  }
  return success({{"queue_id", id.to_string()},
                  {"queued", message.has_value()},
                  {"message", message ? to_json(*message) : json(nullptr)},
                  {"envelopes", envelopes ? array_of(*envelopes) : json::array()},
                  {"events", array_of(*events)}});
}

answer<net::http_response> content(const resource_call& call) {
  SP_TRY(const auto id, call.id());
  SP_TRY(const bool headers_only, call.parameters.flag("headers"));
  const auto body = call.world.spool.body(id, call.content_budget);
  if (!body) return tl::unexpected(to_problem(body.error()));
  const auto octets = (*body)->octets();
  const auto shown = headers_only ? imf::message_view(octets).header_section() : octets;
  return net::http_response{
      .status = 200,
      .body = std::string(shown),
      .content_type = headers_only ? "text/rfc822-headers" : "message/rfc822",
      .headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
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
