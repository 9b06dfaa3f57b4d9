// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The inside of server_session, shared by its three source files: server_session.cpp (life and
// answers), server_commands.cpp (commands) and server_data.cpp (DATA and BDAT).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/smtp/command.hpp"
#include "proto/smtp/data_reader.hpp"
#include "proto/smtp/line_reader.hpp"
#include "proto/smtp/message_buffer.hpp"
#include "proto/smtp/replies.hpp"
#include "proto/smtp/server_session.hpp"

namespace signpost::smtp {

struct server_session::impl {
  /// What the next octets are, or which answer is awaited.
  enum class stage {
    commands,
    data,
    chunk,
    mail_answer,
    recipient_answer,
    message_answer,
    tls_answer,
    finished,
  };

  struct transaction {
    reverse_path sender;
    std::uint64_t declared_octets = 0;
    bool smtputf8 = false;
    std::uint32_t recipients_tried = 0;
    std::uint32_t recipients_accepted = 0;
  };

  /// A message being received.
  struct transfer {
    message_buffer buffer;
    data_reader reader;
  };

  /// The BDAT chunk being read. A refused one is read nevertheless: its octets were announced and
  /// must not be taken for commands.
  struct chunk {
    std::uint64_t announced = 0;
    std::uint64_t missing = 0;
    bool last = false;
    std::optional<say> refused;
  };

  /// The progress of a message, from its DATA or first BDAT to its end, in whatever chunks.
  struct progress {
    steady_time since;         ///< of the current interval of `data_timeout`
    std::uint64_t octets = 0;  ///< received in it
  };

  const server_options& options;
  memory_account account;
  ip_address client;
  steady_time started;
  steady_time last_heard;
  steady_time waiting_since;  ///< for the next command
  std::optional<progress> pace;

  stage at = stage::commands;
  line_reader in;
  std::string out;
  std::size_t out_used = 0;
  std::optional<server_event> event;
  std::optional<std::string> closing_text;
  std::optional<reply> dismissal;

  std::string helo;
  bool greeted = false;
  bool extended = false;
  std::optional<tls_info> tls;
  std::uint32_t errors = 0;
  std::uint32_t transactions = 0;
  std::uint32_t idle_since_message = 0;
  std::uint32_t idle_commands = 0;  ///< of the whole session, above the free allowance
  bool tls_available = true;

  std::optional<transaction> open;
  std::optional<transfer> incoming;
  chunk current;

  memory_lease ahead;  ///< for commands that arrived far ahead of their answers

  impl(const server_options& o, memory_account a, const ip_address& c, steady_time now)
      : options(o),
        account(std::move(a)),
        client(c),
        started(now),
        last_heard(now),
        waiting_since(now),
        ahead(account) {}

  // server_session.cpp
  void say_reply(const reply& r);
  void say_row(say id, std::string_view detail = {}) { say_reply(make_reply(id, detail)); }
  void refuse(say id);
  reply counted(reply r, bool is_error);
  void say_answer(const reply& r, bool is_error);
  void finish();
  void end_transaction();
  void settle();
  bool step();
  void hold_input();
  [[nodiscard]] std::size_t unsent() const { return out.size() - out_used; }
  [[nodiscard]] bool awaits_answer() const;
  [[nodiscard]] std::pair<steady_time, std::string_view> deadline() const;

  // server_commands.cpp
  bool read_command();
  bool count_idle_command();
  void handle(const hello_command& c);
  void handle(mail_command& c);
  void handle(rcpt_command& c);
  void handle(const bdat_command& c);
  void handle(const data_command& c);
  void handle(const rset_command& c);
  void handle(const noop_command& c);
  void handle(const quit_command& c);
  void handle(const vrfy_command& c);
  void handle(const help_command& c);
  void handle(const starttls_command& c);
  [[nodiscard]] std::optional<say> complaint_about(const hello_command& c) const;
  [[nodiscard]] std::optional<say> complaint_about(const mail_command& c) const;
  [[nodiscard]] std::optional<say> complaint_about(const rcpt_command& c) const;
  [[nodiscard]] std::optional<say> complaint_about_data() const;
  [[nodiscard]] reply ehlo_reply(std::string_view name) const;

  // server_data.cpp
  void begin_transfer(data_reader::mode mode);
  void begin_chunk(const bdat_command& c, std::optional<say> refused);
  std::size_t take_content(std::string_view bytes);
  void note_progress(std::size_t octets);
  [[nodiscard]] steady_time data_deadline() const;
  std::size_t take_data(std::string_view bytes);
  std::size_t take_chunk(std::string_view bytes);
  void end_chunk();
  void end_message();
  bool refuse_flood();
};

}  // namespace signpost::smtp
