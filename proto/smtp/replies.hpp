// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every reply that an SMTP server session sends by itself, in one table: code, enhanced status,
// text, when it is sent, and what its reader can do. docs/operating/replies.md is generated from
// it.
#pragma once

#include <span>
#include <string_view>

#include "proto/smtp/reply.hpp"

namespace signpost::smtp {

/// The replies of a session; the order is that of the table.
enum class say : std::uint8_t {
  banner,
  bye,
  hello,
  start_tls,
  reset,
  noop,
  verify,
  help,
  sender_ok,
  recipient_ok,
  chunk_ok,
  send_data,
  queued,
  shutting_down,
  timed_out,
  too_many_errors,
  too_many_messages,
  too_much_data,
  wrong_protocol,
  too_many_recipients,
  no_memory,
  unknown_command,
  line_too_long,
  control_character,
  bare_newline_command,
  bad_arguments,
  bad_parameter_value,
  bad_sender,
  bad_recipient,
  not_implemented,
  hello_first,
  mail_first,
  nested_mail,
  bdat_started,
  tls_active,
  tls_not_offered,
  tls_needs_ehlo,
  tls_required,
  no_recipients,
  unknown_parameter,
  needs_smtputf8,
  message_too_big,
  bare_newline_data,
  nul_in_data,
  error_malformed,
  error_unavailable,
  error_limit,
  error_not_found,
  error_denied,
  error_no_space,
  bad_hello,
  own_hello,
  early_talker,
  too_many_idle,
  tls_busy,
  client_paused,
  client_sessions,
  client_connections,
  client_messages,
  client_recipients,
  too_many_sessions,
  count,
};

/// One row. `text` may contain `{}`, which is replaced by the detail.
struct reply_row {
  say id;
  std::uint16_t code;
  enhanced_status status;
  std::string_view text;
  /// A word for metrics from a fixed set; the same for replies that mean the same to an operator.
  std::string_view reason;
  std::string_view when;
  std::string_view remedy;
};

/// The whole table, in the order of `say`.
std::span<const reply_row> reply_table();
const reply_row& row(say id);
/// The reply of that row with `detail` in place of `{}`.
reply make_reply(say id, std::string_view detail = {});

}  // namespace signpost::smtp
