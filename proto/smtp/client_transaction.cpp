// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a client session hands over one message (RFC 5321 §3.3, RFC 2920 §3.1).
#include <algorithm>

#include "base/text.hpp"
#include "proto/smtp/client_session_impl.hpp"

namespace signpost::smtp {
namespace {

// Content is turned into output in pieces of this size, and not before the previous piece is sent.
constexpr std::size_t output_step_octets = 64 * 1024;
constexpr std::size_t piece_octets_min = 1024;

/// Our own text if a message cannot be passed to this server unchanged.
reply too_big() {
  return {552, {5, 3, 4}, {"message is too big for this server"}};
}
reply no_eight_bit() {
  return {554, {5, 6, 3}, {"this server does not offer 8BITMIME"}};
}
// RFC 6531 §3.5: X.6.7 is about addresses, X.6.9 about header fields.
reply no_smtputf8(const outgoing_message& m) {
  const bool addresses = !is_ascii(m.sender) || !std::ranges::all_of(m.recipients, is_ascii);
  if (addresses) return {550, {5, 6, 7}, {"this server does not offer SMTPUTF8"}};
  return {550, {5, 6, 9}, {"this server takes no header fields in UTF-8 (SMTPUTF8)"}};
}
reply too_many() {
  return {452, {4, 5, 3}, {"more recipients than this server accepts at once"}};
}
reply bad_address() {
  return {553, {5, 1, 3}, {"control character in an address"}};
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
  });
}

std::uint64_t octets(const outgoing_message& m) {
  return m.prefix.size() + (m.body ? m.body->size() : 0);
}

bool needs_smtputf8(const outgoing_message& m) {
  return m.smtputf8 || !is_ascii(m.sender)
         || !std::ranges::all_of(m.recipients, [](const auto& r) { return is_ascii(r); });
}

/// RFC 5321 §4.5.3.1.10: a 552 to RCPT is what old servers say for "too many recipients"; it
/// "SHOULD" be treated as temporary. One with its own status, like 5.2.2, is taken literally.
reply as_temporary_if_too_many(reply r) {
  const bool about_count = !r.status.present() || r.status == enhanced_status{5, 5, 3};
  if (r.code != 552 || !about_count) return r;
  r.code = 452;
  r.status = {4, 5, 3};
  return r;
}

}  // namespace

// ---- commands ----

std::optional<reply> client_session::impl::local_refusal(const outgoing_message& m) const {
  // RFC 1870 §6.1, RFC 6152 §3, RFC 6531 §3.2 (8): never a silent down-conversion.
  if (offered.size_max != 0 && octets(m) > offered.size_max) return too_big();
  if (m.eight_bit && !offered.eight_bit_mime) return no_eight_bit();
  if (needs_smtputf8(m) && !offered.smtputf8) return no_smtputf8(m);
  if (has_control_character(m.sender) || std::ranges::any_of(m.recipients, [](const auto& r) {
        return has_control_character(r);
      })) {
    return bad_address();
  }
  return {};
}

void client_session::impl::begin(outgoing_message message) {
  const auto refused = local_refusal(message);
  open.emplace(transaction{});
  open->message = std::move(message);
  const auto count = open->message.recipients.size();
  open->results.resize(count);
  open->recipients_end = count;
  at = stage::transaction;
  if (refused) {
    settle_all(*refused, "local");
    conclude();
    return;
  }
  // RFC 9422 §4.2.
  if (offered.recipients_max != 0 && offered.recipients_max < count) {
    open->recipients_end = offered.recipients_max;
    for (auto i = open->recipients_end; i < count; ++i) settle(i, too_many(), "local");
  }
  if (needs_reset) ask(asked::rset, "RSET");
  needs_reset = false;
  advance();
}

/// Sends all commands that may be sent now: with PIPELINING up to DATA, otherwise one.
void client_session::impl::advance() {
  auto& t = *open;
  while (t.next != step::all_sent && (offered.pipelining || expected.empty())) {
    if (t.next == step::mail) {
      ask_mail();
      t.next = step::recipients;
    } else if (t.next == step::recipients && t.next_recipient < t.recipients_end) {
      ask(asked::rcpt, "RCPT TO:<" + t.message.recipients[t.next_recipient] + ">",
          t.next_recipient);
      ++t.next_recipient;
    } else if (t.next == step::recipients) {
      t.next = step::data;
    } else {
      ask(asked::data, "DATA");
      t.next = step::all_sent;
    }
  }
}

void client_session::impl::ask_mail() {
  const auto& m = open->message;
  std::string line = "MAIL FROM:<" + m.sender + ">";
  if (offered.size) line += " SIZE=" + std::to_string(octets(m));
  if (m.eight_bit) line += " BODY=8BITMIME";
  if (needs_smtputf8(m)) line += " SMTPUTF8";
  ask(asked::mail, line);
}

// ---- replies ----

void client_session::impl::on_transaction_reply(question q, reply r) {
  if (r.code == 421) return on_421(q, r);
  // Only DATA is answered with 3xx, and only 3xx lets the content begin. Anything else that looks
  // positive must never count as an acceptance.
  if (r.positive() && (r.code / 100 == 3) != (q.what == asked::data)) {
    return lose("protocol error: " + std::to_string(r.code) + " does not fit the command");
  }
  switch (q.what) {
    case asked::mail:
      on_mail(r);
      break;
    case asked::rcpt:
      on_recipient(q.recipient, std::move(r));
      break;
    case asked::data:
      on_data(r);
      break;
    case asked::dot:
      open->content_ended = true;
      // RFC 2920 §3.1: the reply to an empty message does not matter.
      settle_all(r, ".");
      break;
    default:
      break;  // RSET: the reply to MAIL shows whether it worked
  }
  if (at != stage::transaction) return;
  if (expected.empty() && all_settled()) {
    conclude();
  } else {
    advance();
  }
}

void client_session::impl::on_mail(const reply& r) {
  open->mail_accepted = r.positive();
  if (!open->mail_accepted) settle_all(r, "MAIL");
}

void client_session::impl::on_recipient(std::size_t index, reply r) {
  if (!r.positive()) settle(index, as_temporary_if_too_many(std::move(r)), "RCPT");
}

void client_session::impl::on_data(const reply& r) {
  auto& t = *open;
  if (!r.positive()) {
    settle_all(r, "DATA");
  } else if (all_settled()) {
    // RFC 2920 §3.1: "the client ... must send a single dot" although nobody was accepted.
    t.empty_dot = true;
    ask(asked::dot, ".");
  } else {
    t.sending = true;
    t.content_began = progress;
    t.content_sent = 0;
    if (out_used == out.size()) fill();
  }
}

/// RFC 5321 §3.8: the channel is closing, and no further command will be answered.
void client_session::impl::on_421(question q, const reply& r) {
  switch (q.what) {
    case asked::rcpt:
      settle_all(r, "RCPT");
      break;
    case asked::data:
      settle_all(r, "DATA");
      break;
    case asked::dot:
      settle_all(r, ".");
      break;
    default:
      settle_all(r, "MAIL");
      break;
  }
  finish();
  conclude();
}

void client_session::impl::settle(std::size_t index, const reply& r, std::string_view command,
                                  bool uncertain) {
  if (open->results[index]) return;
  open->results[index] =
      recipient_result{open->message.recipients[index], r, std::string(command), uncertain};
}

void client_session::impl::settle_all(const reply& r, std::string_view command, bool uncertain) {
  for (std::size_t i = 0; i < open->results.size(); ++i) settle(i, r, command, uncertain);
}

bool client_session::impl::all_settled() const {
  return std::ranges::all_of(open->results, [](const auto& r) { return r.has_value(); });
}

bool client_session::impl::awaits_dot_answer() const {
  return !expected.empty() && expected.front().what == asked::dot && open && !open->empty_dot;
}

/// The content was sent completely, and the reply is missing.
bool client_session::impl::final_dot_is_out() const {
  return awaits_dot_answer() && out_used == out.size();
}

void client_session::impl::conclude() {
  transaction_done_event done;
  for (auto& r : open->results) done.results.push_back(*std::move(r));
  // A transaction that the server has begun and no dot has ended is still open there.
  needs_reset = open->mail_accepted && !open->content_ended;
  open.reset();
  ++transactions;
  events.emplace_back(std::move(done));
  if (at == stage::transaction) enter_idle();
}

// ---- content ----

std::string_view client_session::impl::next_piece(std::size_t octets_max) {
  auto& t = *open;
  if (t.prefix_used < t.message.prefix.size()) {
    const auto piece = std::string_view(t.message.prefix).substr(t.prefix_used, octets_max);
    t.prefix_used += piece.size();
    return piece;
  }
  if (!t.message.body) return {};
  const auto piece = t.message.body->octets().substr(t.body_used, octets_max);
  t.body_used += piece.size();
  if (!piece.empty()) return piece;
  const auto of_rest = std::string_view(t.piece).substr(t.piece_used, octets_max);
  t.piece_used += of_rest.size();
  return of_rest;
}

/// All the available content is on its way, and more is to come.
bool client_session::impl::lacks_content() const {
  if (!open || !open->sending || !open->message.body || !open->message.body->rest()) return false;
  const auto& t = *open;
  const auto& body = *t.message.body;
  return t.prefix_used == t.message.prefix.size() && t.body_used == body.octets().size()
         && t.piece_used == t.piece.size() && t.rest_used < body.rest()->size();
}

/// RFC 5321 §4.5.3.2.5 for each block; a minimum rate for all of them.
steady_time client_session::impl::content_deadline() const {
  const auto of_block = progress + options.data_block_timeout;
  if (!open || options.data_rate_min == 0) return of_block;
  const auto taken = milliseconds(open->content_sent * 1000 / options.data_rate_min);
  return std::min(of_block, open->content_began + options.data_block_timeout + taken);
}

/// Makes the next part of the output; a dot at each line start would double it.
void client_session::impl::fill() {
  auto& t = *open;
  while (t.sending && out.size() + 2 * piece_octets_min <= output_step_octets) {
    const auto piece = next_piece((output_step_octets - out.size()) / 2);
    if (!piece.empty()) {
      t.stuffer.feed(piece, out);
    } else if (lacks_content()) {
      return;
    } else {
      t.stuffer.finish(out);
      t.sending = false;
      expected.push_back({asked::dot});
    }
  }
}

}  // namespace signpost::smtp
