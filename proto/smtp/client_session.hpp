// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The sending side of SMTP (RFC 5321) as a machine without I/O, for one connection and any number
// of messages one after the other.
//
//     client_session session(options, now);
//     session.receive(bytes, now);
//     while (auto event = session.next()) { … }
//     write(session.output());
//     session.consume_output(n, now);
//
// Uses PIPELINING, SIZE, 8BITMIME, SMTPUTF8, STARTTLS and LIMITS when the server offers them. Dot
// stuffing happens while the body is sent: the body is never copied as a whole. The part that is
// not in memory (message_body::rest) is requested when it is to be sent:
//
//     if (auto wanted = session.ask_content()) wanted->from->read(wanted->offset, done);
//     session.take_content(octets, now);      // or content_failed(reply)
//
// Timeouts are absolute: a reply that arrives octet by octet gets no more time than one that does
// not arrive, and content that is accepted too slowly (`data_rate_min`) is not sent completely.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/body.hpp"
#include "base/clock.hpp"
#include "proto/smtp/reply.hpp"
#include "proto/smtp/server_session.hpp"

namespace signpost::smtp {

enum class tls_mode {
  none,           ///< never STARTTLS
  opportunistic,  ///< STARTTLS if offered, plaintext if not
  required,       ///< no STARTTLS: the session fails with 4.7.4
};

/// RFC 5321 §4.5.3.2.
struct client_options {
  std::string host_name;  ///< our EHLO name
  tls_mode tls = tls_mode::opportunistic;
  milliseconds greeting_timeout = std::chrono::minutes(5);
  milliseconds command_timeout = std::chrono::minutes(5);
  milliseconds data_start_timeout = std::chrono::minutes(2);
  milliseconds data_block_timeout = std::chrono::minutes(3);
  milliseconds data_end_timeout = std::chrono::minutes(10);
  /// How many octets of a message the server must accept per second, on average from its first
  /// octet on; data_block_timeout is added. 0 = no minimum.
  std::uint64_t data_rate_min = 4096;
};

/// What the server offered after the (last) EHLO.
struct capabilities {
  bool pipelining = false;
  bool eight_bit_mime = false;
  bool smtputf8 = false;
  bool starttls = false;
  bool enhanced_status_codes = false;
  bool chunking = false;
  bool size = false;
  std::uint64_t size_max = 0;          ///< 0 = not stated (RFC 1870 §3)
  std::uint32_t recipients_max = 0;    ///< LIMITS RCPTMAX (RFC 9422); 0 = not stated
  std::uint32_t transactions_max = 0;  ///< LIMITS MAILMAX
  std::string greeting_name;           ///< the host name of the EHLO reply
};

/// One message to send. Views and pointers must stay valid until transaction_done_event.
struct outgoing_message {
  std::string sender;                   ///< empty = null reverse-path
  std::vector<std::string> recipients;  ///< mailbox texts, at least one
  std::string prefix;                   ///< our header fields, CRLF-terminated
  body_ptr body;
  bool eight_bit = false;  ///< content has octets over 127
  bool smtputf8 = false;   ///< an address or header field needs SMTPUTF8
};

/// The result for one recipient. `command` is the one that was answered: MAIL, RCPT, DATA, or `.`;
/// `session` if the connection broke or timed out; `reply` then has code 0 and our text. `local`:
/// we did not try (SIZE, 8BITMIME, SMTPUTF8 missing on the other side); the reply is ours.
struct recipient_result {
  std::string recipient;
  smtp::reply reply;
  std::string command;
  /// True if the final dot had been sent and no reply came: it may have been delivered.
  bool uncertain = false;
};

/// EHLO (and STARTTLS, if any) are done: start() may be called now.
struct ready_event {};
/// STARTTLS was accepted: hand the connection to TLS, then call tls_established, or closed.
struct client_starttls_event {};
/// The session cannot be used: refused banner or EHLO, STARTTLS missing or refused, timeout,
/// closed. No message was being transferred.
struct session_failed_event {
  smtp::reply reply;  ///< as received, or code 0 with our text
  std::string stage;  ///< `banner`, `ehlo`, `starttls`, `idle`
};
/// All recipients of the message have a result. If finished() is false another may be started.
struct transaction_done_event {
  std::vector<recipient_result> results;
};

using client_event =
    std::variant<ready_event, client_starttls_event, session_failed_event, transaction_done_event>;

class client_session {
 public:
  /// `options` must outlive the session.
  client_session(const client_options& options, steady_time now);
  ~client_session();
  client_session(const client_session&) = delete;
  client_session& operator=(const client_session&) = delete;

  void receive(std::string_view bytes, steady_time now);
  std::optional<client_event> next();

  /// Starts a message. Only after ready_event or transaction_done_event with finished() false.
  void start(outgoing_message message, steady_time now);
  void tls_established(tls_info info, steady_time now);
  /// The handshake failed: the session is over (session_failed_event, stage `starttls`).
  /// The peer closed or reset the connection, or our deadline() passed.
  void closed(std::string_view reason);
  /// Sends QUIT when no message is being transferred; finished() once it is answered or closed.
  void quit(steady_time now);

  /// What to read next from the message's rest, returned once for each piece.
  struct content_question {
    std::shared_ptr<const body_rest> from;
    std::uint64_t offset = 0;
  };
  std::optional<content_question> ask_content();
  /// The answer; ignored if its message is over.
  void take_content(std::string octets, steady_time now);
  /// There is none: the message is aborted, the session is over, and `why` is the result (command
  /// `local`) of all its recipients.
  void content_failed(const reply& why);
  /// True from the moment the whole message was handed out until it is answered: it may have been
  /// delivered.
  [[nodiscard]] bool awaits_verdict() const;

  [[nodiscard]] std::string_view output() const;
  void consume_output(std::size_t octets, steady_time now);
  [[nodiscard]] steady_time deadline() const;
  [[nodiscard]] bool finished() const;
  /// True if start() may be called.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] const capabilities& offered() const;
  /// Messages finished on this session so far.
  [[nodiscard]] std::uint32_t transactions() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::smtp
