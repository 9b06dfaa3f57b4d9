// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/smtp_server.hpp"

#include <utility>

#include "actors/ingress/smtp_session.hpp"
#include "base/log.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.smtp_server");

constexpr auto sweep_interval = std::chrono::seconds(1);

constexpr std::string_view closing_text = "the service is shutting down";

smtp::say reply_to(client_ledger::refusal why) {
  switch (why) {
    case client_ledger::refusal::paused:
      return smtp::say::client_paused;
    case client_ledger::refusal::too_many_connections:
      return smtp::say::client_connections;
    case client_ledger::refusal::too_many_sessions:
    case client_ledger::refusal::none:
      break;
  }
  return smtp::say::client_sessions;
}

}  // namespace

smtp_server::smtp_server(net::executor& network, const ingress_context& context)
    : network_(network), context_(context) {}

smtp_server::~smtp_server() { context_.sessions -= sessions_.size(); }

void smtp_server::accept(std::unique_ptr<net::connection> connection) {
  // The only place where the client's identity is determined.
  const auto client = connection->peer().address;
  const auto turn_away = [&](smtp::say why) { refuse(*connection, client, why); };
  if (shutting_down_) return turn_away(smtp::say::shutting_down);
  const auto open = context_.sessions.load(std::memory_order_relaxed);
  if (open >= context_.sessions_max) return turn_away(smtp::say::too_many_sessions);
  auto arrival = context_.clients.arrive(client, network_.now(), context_.sessions_max - open);
  if (!arrival.admitted) return turn_away(reply_to(arrival.why));
  if (is_crowded() && !arrival.known) return turn_away(smtp::say::too_many_sessions);
  ++context_.sessions;
  const auto id = next_id_++;
  auto session = std::make_unique<smtp_session>(*this, id, std::move(connection), client,
                                                std::move(*arrival.admitted));
  auto& placed = *session;
  sessions_.emplace(id, std::move(session));
  arm_sweep();
  placed.begin(arrival.known ? milliseconds{0} : context_.banner_delay);
}

// Costs neither a session nor its buffers: in a flood of connections this is all that happens.
void smtp_server::refuse(net::connection& connection, const ip_address& client, smtp::say why) {
  const auto& row = smtp::row(why);
  context_.metrics.smtp.rejections.add(row.reason);
  context_.metrics.net.connections.add("in", "refused");
  const auto reply =
      smtp::make_reply(why, why == smtp::say::shutting_down ? closing_text : std::string_view());
  connection.write(reply.to_wire());
  if (context_.record.may_log("client.refused", client)) {
    log_.info("client.refused", {{"client", client.to_string()},
                                 {"reason", row.reason},
                                 {"reply", reply.to_string()}});
  }
  connection.close();
}

void smtp_server::ended(std::uint64_t id) {
  auto node = sessions_.extract(id);
  if (node.empty()) return;
  --context_.sessions;
  if (ended_.empty()) {
    network_.post([this] { ended_.clear(); });
  }
  ended_.push_back(std::move(node.mapped()));
}

void smtp_server::message_answered(std::uint64_t id, const smtp::final_reply& reply) {
  // Not found: the client did not wait for its reply. It will send the message again (RFC 1047).
  const auto it = sessions_.find(id);
  if (it != sessions_.end()) it->second->message_answered(reply);
}

void smtp_server::recipient_decided(std::uint64_t id, model::route_decision route) {
  const auto it = sessions_.find(id);
  if (it != sessions_.end()) it->second->recipient_decided(std::move(route));
}

bool smtp_server::is_crowded() const {
  const auto kept = context_.sessions_max / 10;
  return context_.sessions.load(std::memory_order_relaxed) + kept >= context_.sessions_max;
}

void smtp_server::arm_sweep() {
  if (!timer_) timer_ = network_.call_after(sweep_interval, [this] { sweep(); });
}

void smtp_server::sweep() {
  timer_.reset();
  const auto now = network_.now();
  std::vector<smtp_session*> all;
  all.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) all.push_back(session.get());
  // Ended ones stay in `ended_` until this turn is over: the pointers hold.
  for (auto* session : all) session->check_deadline(now);
  if (is_crowded()) {
    for (auto* session : all) session->make_room(now - crowded_idle);
  }
  if (!sessions_.empty()) arm_sweep();
}

void smtp_server::shut_down() {
  shutting_down_ = true;
  std::vector<smtp_session*> all;
  for (const auto& [id, session] : sessions_) all.push_back(session.get());
  for (auto* session : all) session->shut_down();
  log_.debug("sessions.closing", {{"left", sessions_.size()}});
}

}  // namespace signpost::actors
