// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/classify_reply.hpp"

#include <algorithm>
#include <array>

namespace signpost::model {
namespace {

struct default_status {
  std::uint16_t code;
  smtp::enhanced_status status;
};

// For servers without RFC 2034; the meaning of the codes is RFC 5321 §4.2.3's.
constexpr std::array<default_status, 12> default_statuses{{{421, {4, 3, 2}},
                                                           {450, {4, 2, 0}},
                                                           {451, {4, 3, 0}},
                                                           {452, {4, 3, 1}},
                                                           {521, {5, 3, 2}},
                                                           {530, {5, 7, 0}},
                                                           {550, {5, 1, 1}},
                                                           {551, {5, 1, 6}},
                                                           {552, {5, 2, 2}},
                                                           {553, {5, 1, 3}},
                                                           {555, {5, 5, 4}},
                                                           {556, {5, 1, 10}}}};

std::uint16_t class_of(disposition d) {
  switch (d) {
    case disposition::delivered:
      return 2;
    case disposition::retry:
      return 4;
    case disposition::bounce:
      return 5;
  }
  return 4;
}

// The status for the DSN. A 5xx that we do not take for final still needs a class of 4.
smtp::enhanced_status status_of(const smtp::reply& reply, disposition what, bool about_recipient) {
  auto status = reply.status;
  const auto row = std::ranges::find(default_statuses, reply.code, &default_status::code);
  if (!status.present() && row != default_statuses.end()) status = row->status;
  // 550 and 552 say something about the mailbox only when a mailbox was named.
  if (!reply.status.present() && reply.code >= 500 && !about_recipient) status = {5, 0, 0};
  status.klass = class_of(what);
  return status;
}

classification make(const smtp::reply& reply, disposition what, reply_scope scope,
                    std::string_view reason) {
  return {.what = what,
          .scope = scope,
          .status = status_of(reply, what, scope == reply_scope::recipient),
          .reason = reason};
}

classification host_trouble(const smtp::reply& reply, std::string_view reason) {
  auto c = make(reply, disposition::retry, reply_scope::host, reason);
  c.next_host = true;
  return c;
}

classification resend(const smtp::reply& reply, reply_scope scope, std::string_view reason) {
  auto c = make(reply, disposition::retry, scope, reason);
  c.resend_now = true;
  return c;
}

// The connection broke, or silence lasted too long.
classification broken_session(const smtp::recipient_result& result) {
  auto c = host_trouble(result.reply, result.uncertain ? "uncertain" : "session_lost");
  // RFC 1047: the message may have been taken. Another host at once would make the second copy
  // certain; later the first host may know.
  if (result.uncertain) c.next_host = false;
  if (!result.reply.status.present()) c.status = {4, 4, 2};
  return c;
}

// We did not try, because this host lacks an extension; another one may have it.
classification not_sent(const smtp::recipient_result& result) {
  const auto what = result.reply.transient() ? disposition::retry : disposition::bounce;
  auto c = make(result.reply, what, reply_scope::message, "not_offered");
  c.next_host = true;
  return c;
}

// RFC 5321 §4.5.3.1.10: 452 means too many recipients, and 552 "SHOULD" be read as it.
bool is_too_many_recipients(const smtp::recipient_result& result, const reply_context& context) {
  if (result.command != "RCPT" || !context.others_accepted) return false;
  const auto& r = result.reply;
  const smtp::enhanced_status bare{r.status.klass, 5, 3};
  if (r.status.present()) return r.status == bare;
  return r.code == 452 || r.code == 552;
}

bool is_host_status(const smtp::reply& reply) {
  // RFC 3463 §3.4: X.3.x is the mail system, not the mailbox or the message; 4.3.4 is a size.
  return reply.status.subject == 3 && reply.status.detail != 4;
}

classification transient(const smtp::recipient_result& result, const reply_context& context) {
  const auto& r = result.reply;
  if (is_too_many_recipients(result, context)) {
    return resend(r, reply_scope::recipient, "too_many_recipients");
  }
  // RFC 5321 §3.8: the service closes. After some messages that is how a session ends.
  if (r.code == 421 && context.transactions_before > 0) {
    return resend(r, reply_scope::host, "session_end");
  }
  if (r.code == 421) return host_trouble(r, "closing");
  if (is_host_status(r) || (r.code == 452 && !r.status.present())) {
    return host_trouble(r, "host_deferred");
  }
  return result.command == "RCPT"
             ? make(r, disposition::retry, reply_scope::recipient, "recipient_deferred")
             : make(r, disposition::retry, reply_scope::message, "message_deferred");
}

classification permanent(const smtp::recipient_result& result, const reply_context& context) {
  const auto& r = result.reply;
  if (is_too_many_recipients(result, context)) {
    return resend(r, reply_scope::recipient, "too_many_recipients");
  }
  // 530 "Must issue a STARTTLS command first" (RFC 3207 §4) in plaintext: the handshake failed
  // before, which the sender cannot fix.
  if (r.code == 530 && !context.tls) return host_trouble(r, "tls_needed");
  return result.command == "RCPT"
             ? make(r, disposition::bounce, reply_scope::recipient, "recipient_refused")
             : make(r, disposition::bounce, reply_scope::message, "message_refused");
}

}  // namespace

classification classify_reply(const smtp::recipient_result& result, const reply_context& context) {
  const auto& r = result.reply;
  if (result.command == "local") return not_sent(result);
  if (r.code == 0 || result.command == "session") return broken_session(result);
  if (r.transient()) return transient(result, context);
  if (r.permanent()) return permanent(result, context);
  const bool at_dot = result.command == "." || result.command == "BDAT";
  if (r.code >= 200 && r.code < 300 && at_dot) {
    auto c = make(r, disposition::delivered, reply_scope::recipient, "delivered");
    if (!r.status.present()) c.status = {2, 0, 0};
    return c;
  }
  // 1xx, 3xx after the dot, 2xx for DATA: nobody can say what became of the message.
  auto c = host_trouble(r, "protocol");
  c.status = {4, 5, 0};
  return c;
}

std::string_view to_string(disposition d) {
  switch (d) {
    case disposition::delivered:
      return "delivered";
    case disposition::retry:
      return "retry";
    case disposition::bounce:
      return "bounce";
  }
  return "retry";
}

std::string_view to_string(reply_scope s) {
  switch (s) {
    case reply_scope::recipient:
      return "recipient";
    case reply_scope::message:
      return "message";
    case reply_scope::host:
      return "host";
    case reply_scope::site:
      return "site";
  }
  return "recipient";
}

}  // namespace signpost::model
