// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The inside of client_session, shared by its two source files: client_session.cpp (greeting, TLS,
// end) and client_transaction.cpp (one message).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/smtp/client_session.hpp"
#include "proto/smtp/dot_stuffer.hpp"
#include "proto/smtp/reply_reader.hpp"

namespace signpost::smtp {

struct client_session::impl {
  enum class stage { banner, hello, starttls, handshake, idle, transaction, quitting, finished };

  /// What the next reply will answer.
  enum class asked { banner, ehlo, helo, starttls, rset, mail, rcpt, data, dot, quit };

  struct question {
    asked what;
    std::size_t recipient = 0;
  };

  /// The command of a transaction that is sent next.
  enum class step { mail, recipients, data, all_sent };

  struct transaction {
    outgoing_message message;
    /// One per recipient; those without a value wait for an answer.
    std::vector<std::optional<recipient_result>> results;
    step next = step::mail;
    std::size_t next_recipient = 0;
    /// How many of the recipients are offered: the server's RCPTMAX.
    std::size_t recipients_end = 0;
    bool mail_accepted = false;
    bool content_ended = false;  ///< the dot was answered
    bool sending = false;        ///< the content is being sent
    bool empty_dot = false;      ///< DATA was begun without any recipient, and is ended immediately
    std::size_t prefix_used = 0;
    std::size_t body_used = 0;
    std::uint64_t rest_used = 0;  ///< received octets of the rest
    std::string piece;            ///< the last of them
    std::size_t piece_used = 0;
    bool content_asked = false;
    steady_time content_began{};
    std::uint64_t content_sent = 0;
    dot_stuffer stuffer;
  };

  const client_options& options;
  steady_time progress;  ///< when something was last sent, or a whole reply received
  steady_time heard;     ///< when anything was last received
  stage at = stage::banner;
  std::deque<question> expected;
  reply_reader in;
  std::string out;
  std::size_t out_used = 0;
  std::deque<client_event> events;
  capabilities offered;
  std::optional<tls_info> tls;
  std::uint32_t transactions = 0;
  bool needs_reset = false;
  bool quit_wanted = false;
  std::optional<transaction> open;

  impl(const client_options& o, steady_time now) : options(o), progress(now), heard(now) {}

  // client_session.cpp
  void ask(asked what, std::string_view line, std::size_t recipient = 0);
  void read_replies();
  void on_reply(reply r);
  void on_session_reply(asked what, reply r);
  void on_banner(reply r);
  void on_ehlo(reply r);
  void on_helo(reply r);
  void on_starttls(reply r);
  void on_unexpected(reply r);
  void greet();
  void ready();
  void enter_idle();
  void lose(std::string_view reason);
  void fail(reply r, bool say_quit);
  void finish();
  [[nodiscard]] std::string_view stage_name() const;

  // client_transaction.cpp
  void begin(outgoing_message message);
  [[nodiscard]] std::optional<reply> local_refusal(const outgoing_message& message) const;
  void advance();
  void ask_mail();
  void on_transaction_reply(question q, reply r);
  void on_mail(const reply& r);
  void on_recipient(std::size_t index, reply r);
  void on_data(const reply& r);
  void on_421(question q, const reply& r);
  void settle(std::size_t index, const reply& r, std::string_view command, bool uncertain = false);
  void settle_all(const reply& r, std::string_view command, bool uncertain = false);
  [[nodiscard]] bool all_settled() const;
  [[nodiscard]] bool awaits_dot_answer() const;
  [[nodiscard]] bool final_dot_is_out() const;
  void conclude();
  void fill();
  [[nodiscard]] std::string_view next_piece(std::size_t octets_max);
  [[nodiscard]] bool lacks_content() const;
  [[nodiscard]] steady_time content_deadline() const;
};

}  // namespace signpost::smtp
