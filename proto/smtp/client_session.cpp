// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/client_session.hpp"

#include <utility>

#include "base/assert.hpp"
#include "proto/smtp/capabilities.hpp"
#include "proto/smtp/client_session_impl.hpp"

namespace signpost::smtp {
namespace {

// Output that is kept allocated between messages.
constexpr std::size_t output_kept_octets = 4096;

reply own_words(std::string_view text, enhanced_status status = {}) {
  return {0, status, {std::string(text)}};
}

/// RFC 5321 §3.2: a server that does not know EHLO says one of these.
bool means_no_ehlo(const reply& r) {
  return r.code == 500 || r.code == 502 || r.code == 504 || r.code == 550;
}

}  // namespace

// ---- commands and replies ----

void client_session::impl::ask(asked what, std::string_view line, std::size_t recipient) {
  out += line;
  out += "\r\n";
  expected.push_back({what, recipient});
}

void client_session::impl::read_replies() {
  while (at != stage::finished && at != stage::handshake) {
    auto r = in.next();
    if (!r) {
      lose("protocol error: " + r.error().context);
      return;
    }
    if (!*r) return;
    progress = heard;
    on_reply(*std::move(*r));
  }
}

void client_session::impl::on_reply(reply r) {
  // A reply that arrives while content is still being sent does not answer it.
  if (expected.empty() || (awaits_dot_answer() && !final_dot_is_out())) {
    on_unexpected(std::move(r));
    return;
  }
  const auto q = expected.front();
  expected.pop_front();
  if (at == stage::transaction) {
    on_transaction_reply(q, std::move(r));
  } else {
    on_session_reply(q.what, std::move(r));
  }
}

void client_session::impl::on_session_reply(asked what, reply r) {
  switch (what) {
    case asked::banner:
      return on_banner(std::move(r));
    case asked::ehlo:
      return on_ehlo(std::move(r));
    case asked::helo:
      return on_helo(std::move(r));
    case asked::starttls:
      return on_starttls(std::move(r));
    default:
      return finish();  // QUIT: the only other command outside a transaction
  }
}

void client_session::impl::on_banner(reply r) {
  // RFC 5321 §3.1: 554 in place of 220; the client expects no service and sends QUIT.
  if (r.code / 100 != 2) return fail(std::move(r), true);
  greet();
}

void client_session::impl::greet() {
  at = stage::hello;
  ask(asked::ehlo, "EHLO " + options.host_name);
}

void client_session::impl::on_ehlo(reply r) {
  // RFC 5321 §3.2: fall back to HELO.
  if (means_no_ehlo(r)) return ask(asked::helo, "HELO " + options.host_name);
  if (r.code / 100 != 2) return fail(std::move(r), true);
  offered = parse_capabilities(r);
  if (!tls && offered.starttls && options.tls != tls_mode::none) {
    at = stage::starttls;
    return ask(asked::starttls, "STARTTLS");
  }
  ready();
}

void client_session::impl::on_helo(reply r) {
  if (r.code / 100 != 2) return fail(std::move(r), true);
  offered = {};
  offered.greeting_name = parse_capabilities(r).greeting_name;
  ready();
}

void client_session::impl::on_starttls(reply r) {
  if (r.code == 220) {
    // RFC 3207 §4.2: what the server sent unencrypted after its 220 is ignored.
    in.clear();
    at = stage::handshake;
    events.emplace_back(client_starttls_event{});
  } else if (r.code == 421 || options.tls == tls_mode::required) {
    fail(std::move(r), r.code != 421);
  } else {
    ready();
  }
}

void client_session::impl::ready() {
  if (options.tls == tls_mode::required && !tls) {
    at = stage::starttls;
    return fail(own_words("TLS is required but STARTTLS is not offered", {4, 7, 4}), true);
  }
  events.emplace_back(ready_event{});
  enter_idle();
}

void client_session::impl::enter_idle() {
  at = stage::idle;
  if (quit_wanted) {
    at = stage::quitting;
    ask(asked::quit, "QUIT");
  } else if (offered.transactions_max != 0 && transactions >= offered.transactions_max) {
    // RFC 9422 §4.1: the server would refuse the next MAIL.
    out += "QUIT\r\n";
    finish();
  }
}

/// A reply although no command was sent.
void client_session::impl::on_unexpected(reply r) {
  if (at == stage::transaction && !r.positive()) {
    // The server gave up within the content; no dot was sent, so nothing was delivered.
    settle_all(r, "DATA");
    finish();
    conclude();
  } else if (at == stage::idle) {
    fail(std::move(r), false);
  } else {
    lose("protocol error: an unexpected reply");
  }
}

// ---- the end ----

void client_session::impl::finish() {
  at = stage::finished;
  expected.clear();
  in.clear();
}

/// The session cannot be used; no message is being transferred.
void client_session::impl::fail(reply r, bool say_quit) {
  events.emplace_back(session_failed_event{std::move(r), std::string(stage_name())});
  if (say_quit) out += "QUIT\r\n";
  finish();
}

/// The connection has ended or can no longer be understood.
void client_session::impl::lose(std::string_view reason) {
  const auto before = at;
  if (before == stage::finished) return;
  if (before == stage::transaction) {
    settle_all(own_words(reason), "session", final_dot_is_out());
  }
  out.clear();
  out_used = 0;
  if (before == stage::transaction) {
    finish();
    conclude();
  } else if (before == stage::quitting) {
    finish();
  } else {
    fail(own_words(reason), false);
  }
}

std::string_view client_session::impl::stage_name() const {
  switch (at) {
    case stage::banner:
      return "banner";
    case stage::hello:
      return "ehlo";
    case stage::starttls:
    case stage::handshake:
      return "starttls";
    default:
      return "idle";
  }
}

// ---- the public face ----

client_session::client_session(const client_options& options, steady_time now)
    : impl_(std::make_unique<impl>(options, now)) {
  impl_->expected.push_back({impl::asked::banner});
}

client_session::~client_session() = default;

void client_session::receive(std::string_view bytes, steady_time now) {
  auto& s = *impl_;
  if (s.at == impl::stage::finished || s.at == impl::stage::handshake) return;
  s.heard = now;
  s.in.append(bytes);
  s.read_replies();
}

std::optional<client_event> client_session::next() {
  if (impl_->events.empty()) return {};
  auto event = std::move(impl_->events.front());
  impl_->events.pop_front();
  return event;
}

void client_session::start(outgoing_message message, steady_time now) {
  SP_ASSERT(idle());
  SP_ASSERT(!message.recipients.empty());
  impl_->progress = now;
  impl_->begin(std::move(message));
}

void client_session::tls_established(tls_info info, steady_time now) {
  auto& s = *impl_;
  SP_ASSERT(s.at == impl::stage::handshake);
  s.tls = std::move(info);
  s.progress = now;
  // RFC 3207 §4.2: "The client MUST discard any knowledge obtained from the server".
  s.offered = {};
  s.in.clear();
  s.greet();
}

void client_session::closed(std::string_view reason) {
  impl_->lose(reason);
}

void client_session::quit(steady_time now) {
  auto& s = *impl_;
  s.quit_wanted = true;
  if (s.at != impl::stage::idle) return;
  s.progress = now;
  s.enter_idle();
}

std::string_view client_session::output() const {
  return std::string_view(impl_->out).substr(impl_->out_used);
}

void client_session::consume_output(std::size_t octets, steady_time now) {
  auto& s = *impl_;
  SP_ASSERT(octets <= s.out.size() - s.out_used);
  s.out_used += octets;
  s.progress = now;
  if (s.open) s.open->content_sent += octets;
  if (s.out_used < s.out.size()) return;
  s.out_used = 0;
  s.out.clear();
  if (s.open && s.open->sending) {
    s.fill();
  } else if (s.out.capacity() > output_kept_octets) {
    std::string().swap(s.out);
  }
}

// RFC 5321 §4.5.3.2.
steady_time client_session::deadline() const {
  const auto& s = *impl_;
  if (s.at == impl::stage::finished || s.at == impl::stage::idle) return steady_time::max();
  if (s.at == impl::stage::handshake) return s.progress + s.options.command_timeout;
  if (s.expected.empty()) return s.content_deadline();
  switch (s.expected.front().what) {
    case impl::asked::banner:
      return s.progress + s.options.greeting_timeout;
    case impl::asked::data:
      return s.progress + s.options.data_start_timeout;
    case impl::asked::dot:
      return s.progress + s.options.data_end_timeout;
    default:
      return s.progress + s.options.command_timeout;
  }
}

std::optional<client_session::content_question> client_session::ask_content() {
  auto& s = *impl_;
  if (!s.lacks_content() || s.open->content_asked) return {};
  s.open->content_asked = true;
  return content_question{.from = s.open->message.body->rest(), .offset = s.open->rest_used};
}

void client_session::take_content(std::string octets, steady_time now) {
  auto& s = *impl_;
  if (!s.open || !s.open->content_asked) return;
  auto& t = *s.open;
  SP_ASSERT(!octets.empty());
  t.content_asked = false;
  t.rest_used += octets.size();
  t.piece = std::move(octets);
  t.piece_used = 0;
  s.progress = now;
  if (s.out_used == s.out.size()) s.fill();
}

void client_session::content_failed(const reply& why) {
  auto& s = *impl_;
  if (!s.open || !s.open->content_asked) return;
  // No dot is sent, so that nothing is delivered.
  s.out.clear();
  s.out_used = 0;
  s.settle_all(why, "local");
  s.finish();
  s.conclude();
}

bool client_session::awaits_verdict() const {
  return impl_->final_dot_is_out();
}

bool client_session::finished() const {
  return impl_->at == impl::stage::finished;
}
bool client_session::idle() const {
  return impl_->at == impl::stage::idle;
}
const capabilities& client_session::offered() const {
  return impl_->offered;
}
std::uint32_t client_session::transactions() const {
  return impl_->transactions;
}

}  // namespace signpost::smtp
