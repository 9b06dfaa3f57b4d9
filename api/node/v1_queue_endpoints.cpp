// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The queue: of the whole node for its administrator, and what of it concerns one zone.
#include <array>
#include <optional>
#include <variant>

#include "api/frame/change.hpp"
#include "api/frame/v1_support.hpp"
#include "api/node/endpoints.hpp"
#include "api/node/queue_view.hpp"
#include "base/text.hpp"

namespace signpost::api {
namespace {

/// How long a request waits for the node's own answer to an order.
constexpr seconds action_wait_max{20};
constexpr std::string_view message_resource = "queued_message";
constexpr std::string_view next_hop_resource = "queue";

// ---- looking -----------------------------------------------------------------------------------

answer<storage::queue_filter> filter_of(const rest_call& call) {
  storage::queue_filter filter;
  SP_TRY(filter.next_hop, domain_parameter(call, "next_hop"));
  SP_TRY(filter.zone, domain_parameter(call, "zone"));
  filter.sender = call.parameter("sender").value_or("");
  filter.recipient = call.parameter("recipient").value_or("");
  if (const auto word = call.parameter("state")) {
    const auto state = outcome_of(*word);
    if (!state) return refuse(invalid_input("state " + state.error().context));
    filter.state = *state;
  }
  return filter;
}

answer<rest_result> queue_page(const rest_call& call, const storage::queue_filter& filter) {
  SP_TRY(auto* const spool, spool_of(call));
  SP_TRY(const auto per_page, number_parameter(call, "per_page", list_page_default, list_page_max));
  auto page = read_queue(*spool, filter, call.parameter("cursor").value_or(""), per_page,
                         call.world.time.now());
  if (!page && page.error().code == errc::malformed) {
    return refuse(invalid_input("the cursor was not issued by this node"));
  }
  if (!page) return refuse(from_error(page.error(), "page"));
  json info{{"count", page->rows.size()}, {"per_page", per_page}, {"cursor", page->cursor}};
  return rest_result{.result = std::move(page->rows), .result_info = std::move(info)};
}

answer<rest_result> list_queue(rest_call& call) {
  SP_CHECK(only_parameters(
      call, {"next_hop", "sender", "recipient", "state", "zone", "cursor", "per_page"}));
  SP_TRY(const auto filter, filter_of(call));
  return queue_page(call, filter);
}

answer<rest_result> list_zone_queue(rest_call& call) {
  SP_CHECK(
      only_parameters(call, {"next_hop", "sender", "recipient", "state", "cursor", "per_page"}));
  SP_TRY(auto filter, filter_of(call));
  filter.owner = model::zone_scope::of(*call.zone);
  return queue_page(call, filter);
}

answer<model::queue_id> id_of(const rest_call& call) {
  if (const auto id = model::queue_id::parse(call.variable("queue_id"))) return *id;
  return refuse(invalid_input("a queue id must have 26 letters and digits"));
}

answer<json> message_of(const rest_call& call, const model::queue_id& id) {
  SP_TRY(auto* const spool, spool_of(call));
  std::optional<model::zone_scope> owner;
  if (call.zone) owner = model::zone_scope::of(*call.zone);
  return ask(read_message(*spool, id, call.world.time.now(), owner), "message");
}

answer<rest_result> show_message(rest_call& call) {
  SP_TRY(const auto id, id_of(call));
  SP_TRY(auto message, message_of(call, id));
  return rest_result{.result = std::move(message)};
}

// Apart from the budget for mail, so that looking at mail never keeps mail from being taken.
memory_budget& content_budget() {
  static memory_budget budget{content_budget_octets};
  return budget;
}

answer<rest_result> show_content(rest_call& call) {
  SP_CHECK(only_parameters(call, {"headers"}));
  SP_TRY(const auto id, id_of(call));
  SP_TRY(const auto headers, call.flag("headers"));
  SP_TRY(auto* const spool, spool_of(call));
  auto shown = read_content(*spool, id, content_budget(), headers.value_or(false));
  if (!shown && shown.error().code == errc::no_space) {
    return refuse(unavailable("too many messages are being read at the moment"));
  }
  if (!shown) return refuse(from_error(shown.error(), "message"));
  // Who reads the mail of others leaves a trace.
  note_done(call, "read", message_resource, id.to_string());
  return rest_result{.result = nullptr, .raw = std::move(*shown)};
}

// ---- orders ------------------------------------------------------------------------------------

struct order_kind {
  std::string_view verb;  ///< for the audit log
  void (node_operations::*give)(queue_target, node_operations::answer_to<std::size_t>);
};
constexpr order_kind retry_order{"retry", &node_operations::retry};
constexpr order_kind remove_order{"remove", &node_operations::remove};

struct order {
  order_kind what;
  queue_target target;
  [[nodiscard]] const model::queue_id* id() const { return std::get_if<model::queue_id>(&target); }
  /// What is meant, for people.
  [[nodiscard]] std::string name() const {
    return id() != nullptr ? id()->to_string() : std::get<model::next_hop>(target).text();
  }
};

rest_problem problem_of(const order& o, const error& e) {
  if (e.code == errc::conflict) {
    return {.http_status = 409,
            .code = 9423,
            .message = "The message is being delivered at this moment"
                       + (e.context.empty() ? "" : ": " + e.context)};
  }
  if (e.code == errc::not_found && o.id() == nullptr) {
    return not_found("mail waiting for " + o.name());
  }
  return from_error(e, "message in the queue");
}

answer<std::size_t> carry_out(const rest_call& call, const order& o) {
  SP_TRY(auto* const node, node_of(call));
  const auto how = wait_for<std::size_t>(
      [&](auto done) { (node->*o.what.give)(o.target, std::move(done)); }, action_wait_max);
  if (!how) {
    return refuse(
        unavailable("the node has not answered yet; check whether the request took effect"));
  }
  if (!*how) return refuse(problem_of(o, how->error()));
  return **how;
}

answer<rest_result> obey(const rest_call& call, const order& o) {
  SP_TRY(const auto count, carry_out(call, o));
  auto result = json::object({{"recipients", count}});
  note_done(call, o.what.verb, o.id() != nullptr ? message_resource : next_hop_resource, o.name(),
            result);
  return rest_result{.result = std::move(result)};
}

// What is done is done to the whole message: within a zone only if all of it is the zone's.
answer<void> check_zone_has_all(const rest_call& call, const model::queue_id& id) {
  SP_TRY(auto* const spool, spool_of(call));
  const auto all = spool->envelopes(id);
  if (!all) return refuse(from_error(all.error(), "message in the queue"));
  const auto owner = model::zone_scope::of(*call.zone);
  std::size_t ours = 0;
  for (const auto& e : *all) ours += owner.has(e) ? 1U : 0U;
  if (ours == 0) return refuse(not_found("message in the queue"));
  if (ours == all->size()) return {};
  return refuse(
      {.http_status = 409,
       .code = 9424,
       .message = "The message also has recipients of other zones; ask the administrator"});
}

answer<rest_result> order_for_message(const rest_call& call, const order_kind& what) {
  SP_TRY(const auto id, id_of(call));
  if (call.zone) SP_CHECK(check_zone_has_all(call, id));
  return obey(call, {.what = what, .target = id});
}

// A next hop must be named: without one everything would be meant.
answer<rest_result> order_for_next_hop(const rest_call& call, const order_kind& what) {
  SP_CHECK(only_parameters(call, {"next_hop"}));
  SP_TRY(auto next_hop, domain_parameter(call, "next_hop"));
  if (next_hop.empty()) return refuse(invalid_input("next_hop is required"));
  return obey(call, {.what = what, .target = model::next_hop(std::move(next_hop))});
}

answer<rest_result> retry_message(rest_call& call) {
  return order_for_message(call, retry_order);
}
answer<rest_result> remove_message(rest_call& call) {
  return order_for_message(call, remove_order);
}
answer<rest_result> retry_next_hop(rest_call& call) {
  return order_for_next_hop(call, retry_order);
}
answer<rest_result> remove_next_hop(rest_call& call) {
  return order_for_next_hop(call, remove_order);
}

using enum permission;

constexpr std::string_view message_path = "/queue/{queue_id}";
constexpr std::string_view rows_schema = "QueueRecipient[]";
constexpr std::string_view message_schema = "QueueMessage";
constexpr std::string_view order_schema = "QueueOrder";

constexpr std::array<endpoint, 11> endpoint_rows{{
    on_every_node({"GET", "/queue", queue_read, list_queue,
                   "Waiting recipients, oldest message first", "", rows_schema}),
    on_every_node({"DELETE", "/queue", queue_write, remove_next_hop,
                   "Remove all mail for a next hop, without notifying anyone", "", order_schema}),
    on_every_node({"POST", "/queue/retry", queue_write, retry_next_hop,
                   "Retry all mail for a next hop now", "", order_schema}),
    on_every_node({"GET", message_path, queue_read, show_message,
                   "A message, its recipients and its events", "", message_schema}),
    on_every_node({"DELETE", message_path, queue_write, remove_message,
                   "Remove a message, without notifying anyone", "", order_schema}),
    on_every_node({"POST", "/queue/{queue_id}/retry", queue_write, retry_message,
                   "Retry a message now", "", order_schema}),
    on_every_node({"GET", "/queue/{queue_id}/content", administer, show_content,
                   "The content of a message", "", "message/rfc822 text/rfc822-headers"}),
    {"GET", "/zones/{zone_id}/queue", queue_read, list_zone_queue,
     "Waiting recipients of a zone's rules", "", rows_schema},
    {"GET", "/zones/{zone_id}/messages/{queue_id}", queue_read, show_message,
     "The parts of a message's record that concern a zone", "", message_schema},
    {"POST", "/zones/{zone_id}/messages/{queue_id}/retry", queue_write, retry_message,
     "Retry a message of the zone now", "", order_schema},
    {"POST", "/zones/{zone_id}/messages/{queue_id}/remove", queue_write, remove_message,
     "Remove a message of the zone, without notifying anyone", "", order_schema},
}};

}  // namespace

std::span<const endpoint> v1_queue_endpoints() {
  return endpoint_rows;
}

}  // namespace signpost::api
