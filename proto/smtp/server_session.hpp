// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The receiving side of SMTP (RFC 5321) as a machine without I/O: bytes in, events out, bytes out.
//
//     server_session session(options, memory, client, now);  // output() now holds the banner
//     session.receive(bytes, now);
//     while (auto event = session.next()) {       // nothing: more bytes are needed, or an answer
//       if (const auto* mail = std::get_if<mail_event>(&*event)) session.reply_mail(…);
//     }
//     write(session.output());
//
// Pipelining (RFC 2920), STARTTLS (RFC 3207), BDAT (RFC 3030), SMTPUTF8 (RFC 6531), the limits and
// the refusal of bare CR and LF are implemented here.
//
// Threads: one at a time. Limits: see `server_options`; excess is answered, never stored.
// Not done: VRFY answers 252, EXPN and HELP give no information (RFC 5321 §3.5.3, §7.3).
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
#include "base/ip.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::smtp {

/// What one listener offers and its limits. Shared by its sessions.
struct server_options {
  std::string host_name;                           ///< banner, EHLO and `by` name
  std::uint64_t message_octets_max = 25ULL << 20;  ///< SIZE (RFC 1870)
  std::uint32_t recipients_max = 1000;  ///< per transaction, announced by LIMITS RCPTMAX (RFC 9422)
  std::uint32_t transactions_max = 1000;  ///< per session, announced by LIMITS MAILMAX
  /// 5xx replies before 421. Those to RCPT count while nobody was accepted; an accepted message
  /// resets the count.
  std::uint32_t errors_max = 20;
  /// NOOP, RSET, VRFY, HELP and repeated EHLO since the last accepted message; then 421.
  std::uint32_t idle_commands_max = 100;
  /// EHLO and HELO with an impossible name, or with one of our names or addresses, are refused.
  bool check_hello = false;
  std::vector<std::string> own_names;  ///< in addition to `host_name`
  std::vector<ip_address> own_addresses;
  /// Commands that arrive before the first EHLO or HELO is answered end the session: the client
  /// cannot know yet that pipelining is offered.
  bool refuse_early_talk = false;
  bool offer_starttls = false;
  bool require_tls = false;                                ///< 530 5.7.0 to MAIL before STARTTLS
  /// For a whole command, from when it is expected (RFC 5321 §4.5.3.2.7): single octets do not
  /// restart it.
  milliseconds command_timeout = std::chrono::minutes(5);
  /// In each such interval a message must advance by `data_rate_min` octets per second
  /// (§4.5.3.2.5).
  milliseconds data_timeout = std::chrono::minutes(3);
  std::uint64_t data_rate_min = 1024;                    ///< 0: no minimum
  milliseconds tls_timeout = std::chrono::minutes(1);    ///< for a whole handshake
  milliseconds session_max = std::chrono::hours(2);      ///< no new message after it
};

struct tls_info {
  std::string version;  ///< `TLSv1.3`
  std::string cipher;   ///< `TLS_AES_256_GCM_SHA384`
  std::uint16_t bits = 0;
  friend bool operator==(const tls_info&, const tls_info&) = default;
};

/// EHLO or HELO was answered. For information, no answer needed.
struct hello_event {
  std::string name;
  bool extended = false;
};
/// Waits for reply_mail.
struct mail_event {
  reverse_path sender;
  std::optional<std::uint64_t> size;
  bool eight_bit = false;
  bool smtputf8 = false;
};
/// Waits for reply_recipient.
struct recipient_event {
  forward_path recipient;
};
/// A complete message has arrived for the accepted recipients. Waits for reply_message.
struct message_event {
  std::string octets;  ///< CRLF lines, dots unstuffed, without the final dot
  memory_lease lease;
};
/// The 220 is in output(): send it, drop every byte of unread input, hand over to TLS, then
/// call tls_established or end the session. RFC 3207 §4.2.
struct starttls_event {};
/// A command was refused, or data was (for metrics and reputation). No answer needed.
struct refused_event {
  smtp::reply reply;
  std::string_view reason;  ///< a word from a fixed set: `syntax`, `sequence`, `bare_newline`,
                            ///< `size`, …
};

using server_event = std::variant<hello_event, mail_event, recipient_event, message_event,
                                  starttls_event, refused_event>;

class server_session {
 public:
  /// `options` must outlive the session. Received octets are charged to `account`; when that is
  /// used up, a message is read to its end, dropped, and refused with 452 4.3.1, and a client that
  /// sends commands far ahead of their replies gets 421.
  server_session(const server_options& options, memory_account account, const ip_address& client,
                 steady_time now);
  ~server_session();
  server_session(const server_session&) = delete;
  server_session& operator=(const server_session&) = delete;

  /// Sends the refusal instead of the banner and ends the session (RFC 5321 §3.1: 554, or 421).
  /// Only before the first byte was received.
  void refuse_connection(const refusal& r);

  /// Takes what the peer sent. Bytes are kept until next() has used them; while the session waits
  /// for an
  /// answer the caller should stop reading (see wants_input).
  void receive(std::string_view bytes, steady_time now);
  /// The next event, or nothing if bytes or an answer are missing.
  std::optional<server_event> next();

  /// If false, STARTTLS is answered with 454 until it is true again (RFC 3207 §4).
  void set_tls_available(bool available);

  /// Answers to the waiting event. Asserts if no event of that kind waits.
  void reply_mail(std::optional<refusal> refused);
  /// `probe`: nobody names such a recipient by mistake, so the refusal counts as an error,
  /// temporary or permanent, even if other recipients were accepted.
  void reply_recipient(std::optional<refusal> refused, bool probe = false);
  void reply_message(const final_reply& r);
  /// After starttls_event: the session starts over, knowing only the client's address.
  void tls_established(tls_info info, steady_time now);

  /// Sends 421 with the text at the next point where a reply is allowed, then ends (shutdown,
  /// overload). A message whose data has begun is finished first; RFC 5321 §3.8.
  void shut_down(std::string_view text);

  /// Sends the refusal, a 421, at the next such point instead of continuing, whatever arrives.
  void dismiss(const refusal& r);

  /// Bytes to send; valid until the next call that is not const.
  [[nodiscard]] std::string_view output() const;
  void consume_output(std::size_t octets);

  /// False while an answer is awaited or enough is buffered: stop reading.
  [[nodiscard]] bool wants_input() const;
  /// True if commands wait because too much output is pending: send some of it, then call next().
  [[nodiscard]] bool is_held_back() const;
  /// When the client will have been too slow; then call timed_out.
  [[nodiscard]] steady_time deadline() const;
  /// What that deadline is for: `command`, `data`, `tls` or `session`.
  [[nodiscard]] std::string_view deadline_of() const;
  void timed_out();
  /// Nothing more to read; close when output() is empty.
  [[nodiscard]] bool finished() const;
  /// True between MAIL and the end of the message: closing now leaves the client without an answer.
  [[nodiscard]] bool in_transaction() const;
  /// Commands so far that did not lead to a message, without the few that every client sends.
  [[nodiscard]] std::uint32_t idle_commands() const;

  // What the trace fields need.
  [[nodiscard]] const std::string& helo() const;
  [[nodiscard]] const std::optional<tls_info>& tls() const;
  [[nodiscard]] bool smtputf8() const;
  /// The `with` word: SMTP, ESMTP, ESMTPS, UTF8SMTP, UTF8SMTPS (RFC 3848, RFC 6531 §4.3).
  [[nodiscard]] std::string_view protocol() const;
  /// Octets held in memory by this session, for tests of the budget.
  [[nodiscard]] std::size_t memory_octets() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::smtp
