// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a server session does with each command (RFC 5321 §4.1.4 for their order).
#include "proto/smtp/server_session_impl.hpp"

namespace signpost::smtp {

bool server_session::impl::read_command() {
  const auto line = in.next();
  if (!line) return false;
  waiting_since = last_heard;
  if (line->wrong == line_reader::fault::too_long) {
    refuse(say::line_too_long);
    return true;
  }
  if (line->wrong == line_reader::fault::bare_newline) {
    refuse(say::bare_newline_command);
    return true;
  }
  // Nobody knows how many octets follow a BDAT without a readable size; they must not be taken for
  // commands.
  const bool lost = is_bdat(line->text);
  auto parsed = parse_command(line->text);
  if (parsed) {
    std::visit([this](auto& c) { handle(c); }, *parsed);
  } else {
    refuse(parsed.error());
    if (lost) finish();
  }
  return true;
}

void server_session::impl::handle(const hello_command& c) {
  // RFC 5321 §4.1.4: EHLO in the middle of a session resets like RSET.
  end_transaction();
  helo = c.name;
  greeted = true;
  extended = c.extended;
  say_reply(extended ? ehlo_reply(c.name) : make_reply(say::hello, options.host_name));
  event = hello_event{helo, extended};
}

reply server_session::impl::ehlo_reply(std::string_view name) const {
  auto r = make_reply(say::hello, options.host_name + " greets " + std::string(name));
  r.lines.insert(r.lines.end(), {"PIPELINING", "SIZE " + std::to_string(options.message_octets_max),
                                 "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES"});
  // RFC 3207 §4.2: not offered again once TLS is active.
  if (options.offer_starttls && !tls) r.lines.emplace_back("STARTTLS");
  // RFC 9422 §3.
  r.lines.push_back("LIMITS RCPTMAX=" + std::to_string(options.recipients_max)
                    + " MAILMAX=" + std::to_string(options.transactions_max));
  r.lines.emplace_back("HELP");
  return r;
}

std::optional<say> server_session::impl::complaint_about(const mail_command& c) const {
  if (!greeted) return say::hello_first;
  if (options.require_tls && !tls) return say::tls_required;
  if (incoming) return say::bdat_started;
  // RFC 5321 §4.1.4: MAIL within a transaction is 503.
  if (open) return say::nested_mail;
  // RFC 5321 §4.1.1.1: no extensions after HELO.
  if (c.has_parameters && !extended) return say::unknown_parameter;
  // RFC 1870 §6.1.
  if (c.size.value_or(0) > options.message_octets_max) return say::message_too_big;
  if (transactions >= options.transactions_max) return say::too_many_messages;
  return {};
}

void server_session::impl::handle(mail_command& c) {
  if (const auto wrong = complaint_about(c)) {
    refuse(*wrong);
    return;
  }
  ++transactions;
  open = transaction{
      .sender = c.sender, .declared_octets = c.size.value_or(0), .smtputf8 = c.smtputf8};
  at = stage::mail_answer;
  event = mail_event{std::move(c.sender), c.size, c.eight_bit, c.smtputf8};
}

std::optional<say> server_session::impl::complaint_about(const rcpt_command& c) const {
  if (!greeted) return say::hello_first;
  if (!open) return say::mail_first;
  if (incoming) return say::bdat_started;
  // RFC 6531 §3.5.
  if (!c.is_ascii && !open->smtputf8) return say::needs_smtputf8;
  // RFC 5321 §4.5.3.1.10 as 452; refused ones count too, as RFC 9422 §4.2 counts commands.
  if (open->recipients_tried >= options.recipients_max) return say::too_many_recipients;
  return {};
}

void server_session::impl::handle(rcpt_command& c) {
  if (const auto wrong = complaint_about(c)) {
    refuse(*wrong);
    return;
  }
  ++open->recipients_tried;
  at = stage::recipient_answer;
  event = recipient_event{std::move(c.recipient)};
}

std::optional<say> server_session::impl::complaint_about_data() const {
  if (!greeted) return say::hello_first;
  if (!open) return say::mail_first;
  // RFC 5321 §3.3 allows 503 and 554; RFC 2920 §3.2 explains 554 to a pipelining client.
  if (open->recipients_accepted == 0) return say::no_recipients;
  return {};
}

void server_session::impl::handle(const data_command&) {
  auto wrong = complaint_about_data();
  // RFC 3030 §2: DATA must not follow BDAT in one transaction.
  if (!wrong && incoming) wrong = say::bdat_started;
  if (wrong) {
    refuse(*wrong);
    return;
  }
  begin_transfer(data_reader::mode::dot);
  at = stage::data;
  say_row(say::send_data);
}

void server_session::impl::handle(const bdat_command& c) {
  auto wrong = complaint_about_data();
  if (!wrong && !extended) wrong = say::hello_first;
  begin_chunk(c, wrong);
}

void server_session::impl::handle(const rset_command&) {
  end_transaction();
  say_row(say::reset);
  settle();
}

void server_session::impl::handle(const noop_command&) {
  say_row(say::noop);
}

void server_session::impl::handle(const quit_command&) {
  say_row(say::bye);
  finish();
}

// RFC 5321 §3.5.3: 252 for addresses that are not verified; which exist is nobody's business.
void server_session::impl::handle(const vrfy_command&) {
  say_row(say::verify);
}

void server_session::impl::handle(const help_command&) {
  say_row(say::help);
}

void server_session::impl::handle(const starttls_command&) {
  if (tls) {
    refuse(say::tls_active);
  } else if (!options.offer_starttls) {
    refuse(say::tls_not_offered);
  } else if (!extended || open) {
    refuse(say::tls_needs_ehlo);
  } else {
    say_row(say::start_tls);
    // RFC 3207 §4.2: commands injected behind STARTTLS are dropped.
    in.clear();
    at = stage::tls_answer;
    event = starttls_event{};
  }
}

}  // namespace signpost::smtp
