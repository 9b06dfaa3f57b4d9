// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One client's connection: a server session joined to a byte stream.
//
// Threads: its executor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/ingress/messages.hpp"
#include "actors/ingress/smtp_server.hpp"
#include "model/replies.hpp"

namespace signpost::actors {

class smtp_session final : private net::connection_handler {
 public:
  /// `client`: the client that limits, checks and records refer to.
  smtp_session(smtp_server& server, std::uint64_t id, std::unique_ptr<net::connection> connection,
               const ip_address& client, client_ledger::visit visit);
  ~smtp_session() override;

  /// Sends the banner, after `banner_delay` if the client sends nothing for that time.
  void begin(milliseconds banner_delay);
  void message_answered(const smtp::final_reply& reply);
  /// The decision on the waiting recipient: RCPT may be answered later.
  void recipient_decided(model::route_decision route);
  void shut_down();
  /// Called about once a second.
  void check_deadline(steady_time now);
  /// Ends with 421 if the client has sent nothing since then and no message is under way.
  void make_room(steady_time since);

 private:
  struct transaction {
    smtp::reverse_path sender;
    bool eight_bit = false;
    bool smtputf8 = false;
    std::vector<accepted_recipient> recipients;
    std::size_t copies = 0;  ///< destinations of all recipients
  };

  void on_data(std::string_view bytes) override;
  void on_drained() override;
  void on_tls(const net::tls_state& state) override;
  void on_closed(std::string_view reason) override;

  void pump();
  void send_output();
  [[nodiscard]] bool is_stalled(steady_time now);
  void end(std::string_view how);
  void handle(const smtp::hello_event& e);
  void handle(smtp::mail_event& e);
  void handle(smtp::recipient_event& e);
  void handle(smtp::message_event& e);
  void handle(const smtp::starttls_event& e);
  void handle(const smtp::refused_event& e);
  void ask_desk(smtp::recipient_event e, const std::string& zone);
  void answer_recipient(smtp::recipient_event e, model::route_decision route);
  /// If set: the reply that the client gets instead of service.
  [[nodiscard]] std::optional<smtp::refusal> spend(model::client_charge what, smtp::say if_spent);
  /// The client made an error, or what looks like one: its next replies may be delayed.
  void count_error(std::int64_t amount);
  void count_idle_commands();
  void hold(milliseconds delay);
  void release();
  void refuse_early_talker();
  void farewell(smtp::say why);
  void refuse_recipient(const smtp::recipient_event& e, const model::route_decision& route);
  void postpone_recipient(const smtp::recipient_event& e, const model::route_decision& route,
                          model::reply_kind why, std::string_view text = {});
  [[nodiscard]] client_facts facts() const;

  smtp_server& server_;
  const ingress_context& context_;
  std::uint64_t id_;
  std::unique_ptr<net::connection> connection_;
  ip_address client_;
  client_ledger::visit visit_;
  smtp::server_session session_;
  std::unique_ptr<transaction> transaction_;
  std::optional<smtp::recipient_event> undecided_;  ///< whose RCPT is answered later
  steady_time heard_;  ///< when the client last sent something; at first, when it connected
  steady_time unsent_since_ = steady_time::max();  ///< max: nothing is unsent
  std::unique_ptr<net::timer> hold_;               ///< running: nothing is processed or sent
  std::uint32_t idle_counted_ = 0;
  bool greeted_ = false;
  bool reading_ = true;
  bool handshaking_ = false;
  bool ended_ = false;
  bool way_back_ = false;  ///< of the message that is being answered (model::route_decision)
};

}  // namespace signpost::actors
