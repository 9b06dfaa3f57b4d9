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

#include "actors/ingress/smtp_server.hpp"

namespace signpost::actors {

class smtp_session final : private net::connection_handler {
 public:
  smtp_session(smtp_server& server, std::uint64_t id, std::unique_ptr<net::connection> connection);
  ~smtp_session() override;

  /// Sends the banner, or the refusal of the whole connection.
  void begin(const smtp::refusal* refused);
  void message_answered(const smtp::final_reply& reply);
  /// The decision on the recipient that waits for it: RCPT may be answered later.
  void recipient_decided(model::route_decision route);
  void shut_down();
  /// Called about once a second.
  void check_deadline(steady_time now);
  /// The client's address as text.
  [[nodiscard]] std::string client() const { return connection_->peer().address.to_string(); }

 private:
  struct transaction {
    smtp::reverse_path sender;
    bool eight_bit = false;
    bool smtputf8 = false;
    std::vector<accepted_recipient> recipients;
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
  void refuse_recipient(const smtp::recipient_event& e, const model::route_decision& route);
  void postpone_recipient(const smtp::recipient_event& e, const model::route_decision& route);
  [[nodiscard]] client_facts facts() const;

  smtp_server& server_;
  const ingress_context& context_;
  std::uint64_t id_;
  std::unique_ptr<net::connection> connection_;
  smtp::server_session session_;
  std::unique_ptr<transaction> transaction_;
  std::optional<smtp::recipient_event> undecided_;  ///< whose RCPT is answered later
  steady_time unsent_since_ = steady_time::max();  ///< max: nothing was unsent
  bool reading_ = true;
  bool handshaking_ = false;
  bool ended_ = false;
};

}  // namespace signpost::actors
