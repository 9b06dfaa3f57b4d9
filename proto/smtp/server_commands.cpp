// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a server session does with each command (RFC 5321 §4.1.4 for their order).
#include <algorithm>

#include "base/text.hpp"
#include "proto/smtp/server_session_impl.hpp"

namespace signpost::smtp {
namespace {

// What every client may send without a message: a second EHLO, a RSET between two messages.
constexpr std::uint32_t idle_commands_free = 5;

bool is_name_octet(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
}

bool is_label(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-'
         && std::ranges::all_of(text, is_name_octet);
}

// RFC 5321 §4.1.1.1 requires a fully qualified name. A name without a dot is accepted, because
// machines without a domain send it; a number is not, because it is an address without its
// brackets.
bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string_view label;
  for (std::size_t at = 0; at <= text.size(); at += label.size() + 1) {
    label = text.substr(at, text.find('.', at) - at);
    if (!is_label(label)) return false;
  }
  return !std::ranges::all_of(label, is_digit);
}

// RFC 5321 §4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
std::optional<ip_address> literal_address(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {};
  text = text.substr(1, text.size() - 2);
  constexpr std::string_view tag = "ipv6:";
  if (text.size() > tag.size() && equals_ignoring_case(text.substr(0, tag.size()), tag)) {
    text.remove_prefix(tag.size());
  }
  return ip_address::parse(text);
}

}  // namespace

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
  // It is unknown how many octets follow a BDAT without a readable size; they must not be taken for
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

/// RFC 5321 §4.1.4: "the server MUST NOT refuse to accept a message on that basis", meaning that
/// the name does not match the client's address. Nobody else may use our own names, though.
std::optional<say> server_session::impl::complaint_about(const hello_command& c) const {
  // RFC 2920 §3.1: "EHLO, DATA, VRFY, EXPN, TURN, QUIT, and NOOP can only appear as the last
  // command in a group".
  if (options.refuse_early_talk && !greeted && !tls && !in.unread().empty()) {
    return say::early_talker;
  }
  if (!options.check_hello) return {};
  const auto is_ours = [&](std::string_view name) { return equals_ignoring_case(name, c.name); };
  if (is_ours(options.host_name) || std::ranges::any_of(options.own_names, is_ours)) {
    return say::own_hello;
  }
  if (const auto literal = literal_address(c.name)) {
    const bool own = std::ranges::find(options.own_addresses, *literal)
                     != options.own_addresses.end();
    if (own && *literal != client) return say::own_hello;
    return {};
  }
  if (!is_host_name(c.name)) return say::bad_hello;
  return {};
}

/// Counts a command that does not lead to a message; true if it was one too many and was answered.
bool server_session::impl::count_idle_command() {
  if (++idle_since_message > idle_commands_free) ++idle_commands;
  if (idle_since_message <= options.idle_commands_max) return false;
  refuse(say::too_many_idle);
  return true;
}

void server_session::impl::handle(const hello_command& c) {
  if (greeted && count_idle_command()) return;
  if (const auto wrong = complaint_about(c)) {
    refuse(*wrong);
    if (*wrong == say::early_talker) finish();
    return;
  }
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
  if (count_idle_command()) return;
  end_transaction();
  say_row(say::reset);
  settle();
}

void server_session::impl::handle(const noop_command&) {
  if (!count_idle_command()) say_row(say::noop);
}

void server_session::impl::handle(const quit_command&) {
  say_row(say::bye);
  finish();
}

// RFC 5321 §3.5.3: 252 for addresses that are not verified; which ones exist is not disclosed.
void server_session::impl::handle(const vrfy_command&) {
  if (!count_idle_command()) say_row(say::verify);
}

void server_session::impl::handle(const help_command&) {
  if (!count_idle_command()) say_row(say::help);
}

void server_session::impl::handle(const starttls_command&) {
  if (tls) {
    refuse(say::tls_active);
  } else if (!options.offer_starttls) {
    refuse(say::tls_not_offered);
  } else if (!extended || open) {
    refuse(say::tls_needs_ehlo);
  } else if (!tls_available) {
    refuse(say::tls_busy);
  } else {
    say_row(say::start_tls);
    // RFC 3207 §4.2: commands injected behind STARTTLS are dropped.
    in.clear();
    at = stage::tls_answer;
    event = starttls_event{};
  }
}

}  // namespace signpost::smtp
