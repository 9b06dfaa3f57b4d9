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

smtp::refusal too_many(std::string text) {
  return smtp::refusal({.code = 421, .status = {4, 7, 0}, .lines = {std::move(text)}});
}

}  // namespace

smtp_server::smtp_server(net::executor& network, const ingress_context& context)
    : network_(network), context_(context) {}

smtp_server::~smtp_server() { context_.sessions -= sessions_.size(); }

void smtp_server::accept(std::unique_ptr<net::connection> connection) {
  const auto id = next_id_++;
  const auto client = connection->peer().address.to_string();
  auto& of_client = ++per_client_[client];
  auto session = std::make_unique<smtp_session>(*this, id, std::move(connection));
  auto& placed = *session;
  sessions_.emplace(id, std::move(session));
  arm_sweep();
  std::optional<smtp::refusal> refused;
  if (++context_.sessions > context_.sessions_max) refused = too_many("too many sessions");
  if (of_client > context_.sessions_per_client_max) {
    refused = too_many("too many sessions from your address");
  }
  if (shutting_down_) refused = too_many("the service is shutting down");
  if (refused) context_.metrics.smtp.rejections.add("overload");
  placed.begin(refused ? &*refused : nullptr);
}

void smtp_server::ended(std::uint64_t id) {
  auto node = sessions_.extract(id);
  if (node.empty()) return;
  --context_.sessions;
  const auto client = per_client_.find(node.mapped()->client());
  if (--client->second == 0) per_client_.erase(client);
  if (ended_.empty()) {
    network_.post([this] { ended_.clear(); });
  }
  ended_.push_back(std::move(node.mapped()));
}

void smtp_server::message_answered(std::uint64_t id, const smtp::final_reply& reply) {
  // Gone: the client did not wait for its answer. It will send the message again (RFC 1047).
  const auto it = sessions_.find(id);
  if (it != sessions_.end()) it->second->message_answered(reply);
}

void smtp_server::recipient_decided(std::uint64_t id, model::route_decision route) {
  const auto it = sessions_.find(id);
  if (it != sessions_.end()) it->second->recipient_decided(std::move(route));
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
