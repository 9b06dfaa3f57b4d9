// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/server_session.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "proto/smtp/server_session_impl.hpp"

namespace signpost::smtp {
namespace {

// Input and output that may be unprocessed before the session asks for a pause.
constexpr std::size_t input_pause_octets = 64 * 1024;
constexpr std::size_t output_pause_octets = 16 * 1024;
constexpr std::size_t output_kept_octets = 256;
/// A client may be this far ahead without being counted: idle sessions hold less.
constexpr std::size_t input_free_octets = 4 * 1024;

}  // namespace

// ---- replies ----

void server_session::impl::say_reply(const reply& r) {
  out += r.to_wire();
  // RFC 5321 §3.8: 421 means that the channel is closed.
  if (r.code == 421) finish();
}

/// Refuses a command or a message by the session's own decision.
void server_session::impl::refuse(say id) {
  const auto r = counted(make_reply(id), true);
  say_reply(r);
  event = refused_event{r, row(id).reason};
}

/// `r`, or the farewell to a client that makes too many errors. Temporary refusals do not count.
reply server_session::impl::counted(reply r, bool is_error) {
  if (is_error && r.permanent()) ++errors;
  return errors > options.errors_max && !r.positive() ? make_reply(say::too_many_errors) : r;
}

/// Sends the owner's decision and goes back to reading commands.
void server_session::impl::say_answer(const reply& r, bool is_error) {
  at = stage::commands;
  say_reply(counted(r, is_error));
  settle();
}

void server_session::impl::finish() {
  at = stage::finished;
  end_transaction();
  in.clear();
}

void server_session::impl::end_transaction() {
  open.reset();
  incoming.reset();
  pace.reset();
}

/// Ends the session if that was requested and no message is partly received.
void server_session::impl::settle() {
  if (at != stage::commands || incoming) return;
  if (dismissal) {
    say_reply(*dismissal);
  } else if (closing_text) {
    say_row(say::shutting_down, *closing_text);
  }
}

bool server_session::impl::awaits_answer() const {
  return at == stage::mail_answer || at == stage::recipient_answer || at == stage::message_answer
         || at == stage::tls_answer;
}

/// Does the next thing that can be done with the input; false if there is none.
bool server_session::impl::step() {
  // Replies may be much longer than commands: a client that does not read them gets no more of
  // them.
  if (at == stage::commands) return unsent() < output_pause_octets && read_command();
  if (at != stage::data && at != stage::chunk) return false;
  const auto bytes = in.unread();
  if (bytes.empty()) return false;
  const auto used = take_content(bytes);
  if (at != stage::finished) in.consume(used);
  return true;
}

/// Commands that wait for their turn occupy memory as well.
void server_session::impl::hold_input() {
  const auto held = in.held();
  if (held <= input_free_octets) {
    ahead.release();
  } else if (at != stage::finished && !ahead.grow_to(held)) {
    in.clear();
    closing_text = "insufficient memory for pipelined commands";
    settle();
  }
}

// ---- life ----

server_session::server_session(const server_options& options, memory_account account,
                               const ip_address& client, steady_time now)
    : impl_(std::make_unique<impl>(options, std::move(account), client, now)) {
  impl_->say_row(say::banner, options.host_name);
}

server_session::~server_session() = default;

void server_session::refuse_connection(const refusal& r) {
  SP_ASSERT(impl_->at == impl::stage::commands && impl_->in.unread().empty() && !impl_->greeted);
  impl_->out.clear();
  impl_->out_used = 0;
  impl_->say_reply(r.reply());
  impl_->finish();
}

void server_session::receive(std::string_view bytes, steady_time now) {
  auto& s = *impl_;
  s.last_heard = now;
  if (s.pace) s.note_progress(bytes.size());
  // RFC 3207 §4.2: unencrypted input after STARTTLS must not survive into TLS.
  if (s.at == impl::stage::finished || s.at == impl::stage::tls_answer) return;
  const bool direct = s.in.unread().empty() && !s.event;
  if (direct && (s.at == impl::stage::data || s.at == impl::stage::chunk)) {
    bytes.remove_prefix(s.take_content(bytes));
  }
  if (!bytes.empty() && s.at != impl::stage::finished) s.in.append(bytes);
}

std::optional<server_event> server_session::next() {
  auto& s = *impl_;
  while (!s.event && s.step()) {
  }
  s.in.tidy();
  s.hold_input();
  return std::exchange(s.event, std::nullopt);
}

void server_session::reply_mail(std::optional<refusal> refused) {
  SP_ASSERT(impl_->at == impl::stage::mail_answer && !impl_->event);
  if (refused) impl_->open.reset();
  impl_->say_answer(refused ? refused->reply() : make_reply(say::sender_ok), true);
}

void server_session::reply_recipient(std::optional<refusal> refused, bool probe) {
  SP_ASSERT(impl_->at == impl::stage::recipient_answer && !impl_->event);
  auto& open = *impl_->open;
  // A list with some dead addresses is not an error of the client; only dead ones are a probe.
  const bool is_error = probe || open.recipients_accepted == 0;
  if (!refused) ++open.recipients_accepted;
  if (probe && refused && !refused->reply().permanent()) ++impl_->errors;
  impl_->say_answer(refused ? refused->reply() : make_reply(say::recipient_ok), is_error);
}

void server_session::reply_message(const final_reply& r) {
  SP_ASSERT(impl_->at == impl::stage::message_answer && !impl_->event);
  impl_->end_transaction();
  if (r.reply().positive()) {
    impl_->errors = 0;
    impl_->idle_since_message = 0;
  }
  impl_->say_answer(r.reply(), true);
}

void server_session::tls_established(tls_info info, steady_time now) {
  SP_ASSERT(impl_->at == impl::stage::tls_answer && !impl_->event);
  auto& s = *impl_;
  // RFC 3207 §4.2: "The server MUST discard any knowledge obtained from the client".
  s.end_transaction();
  s.in.clear();
  s.helo.clear();
  s.greeted = false;
  s.extended = false;
  s.tls = std::move(info);
  s.last_heard = now;
  s.waiting_since = now;
  s.at = impl::stage::commands;
  s.settle();
}

void server_session::set_tls_available(bool available) {
  impl_->tls_available = available;
}

void server_session::shut_down(std::string_view text) {
  impl_->closing_text = std::string(text);
  impl_->settle();
}

void server_session::dismiss(const refusal& r) {
  SP_ASSERT(r.reply().code == 421);
  impl_->dismissal = r.reply();
  impl_->settle();
}

std::string_view server_session::output() const {
  return std::string_view(impl_->out).substr(impl_->out_used);
}

void server_session::consume_output(std::size_t octets) {
  auto& s = *impl_;
  SP_ASSERT(octets <= s.out.size() - s.out_used);
  s.out_used += octets;
  if (s.out_used < s.out.size()) return;
  s.out_used = 0;
  s.out.clear();
  if (s.out.capacity() > output_kept_octets) std::string().swap(s.out);
}

void server_session::timed_out() {
  auto& s = *impl_;
  // A message that was handed over may be accepted at any moment: its answer must not be lost.
  if (s.at == impl::stage::finished || (s.awaits_answer() && s.at != impl::stage::tls_answer)) {
    return;
  }
  // No reply can be sent during a TLS handshake.
  if (s.at == impl::stage::tls_answer) {
    s.finish();
  } else {
    s.say_row(say::timed_out, s.options.host_name);
  }
}

// ---- queries ----

bool server_session::wants_input() const {
  return impl_->at != impl::stage::finished && !impl_->awaits_answer()
         && impl_->in.unread().size() < input_pause_octets && !is_held_back();
}

bool server_session::is_held_back() const {
  return impl_->unsent() >= output_pause_octets;
}

std::pair<steady_time, std::string_view> server_session::impl::deadline() const {
  if (at == stage::tls_answer) return {last_heard + options.tls_timeout, "tls"};
  if (awaits_answer()) return {steady_time::max(), {}};
  // A message that has begun may finish, however long the session has lasted.
  if (pace) return {data_deadline(), "data"};
  const auto command_end = waiting_since + options.command_timeout;
  const auto session_end = started + options.session_max;
  if (open || command_end <= session_end) return {command_end, "command"};
  return {session_end, "session"};
}

steady_time server_session::deadline() const {
  return impl_->deadline().first;
}
std::string_view server_session::deadline_of() const {
  return impl_->deadline().second;
}

bool server_session::finished() const {
  return impl_->at == impl::stage::finished;
}
bool server_session::in_transaction() const {
  return impl_->open.has_value();
}
std::uint32_t server_session::idle_commands() const {
  return impl_->idle_commands;
}
const std::string& server_session::helo() const {
  return impl_->helo;
}
const std::optional<tls_info>& server_session::tls() const {
  return impl_->tls;
}
bool server_session::smtputf8() const {
  return impl_->open && impl_->open->smtputf8;
}

std::string_view server_session::protocol() const {
  if (!impl_->extended) return "SMTP";
  // RFC 6531 §4.3 and RFC 3848.
  if (smtputf8()) return impl_->tls ? "UTF8SMTPS" : "UTF8SMTP";
  return impl_->tls ? "ESMTPS" : "ESMTP";
}

std::size_t server_session::memory_octets() const {
  const auto message = impl_->incoming ? impl_->incoming->buffer.held() : 0;
  return sizeof(impl) + impl_->in.held() + impl_->out.capacity() + impl_->helo.capacity() + message;
}

}  // namespace signpost::smtp
