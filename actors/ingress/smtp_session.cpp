// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/smtp_session.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/ingress/messages.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/replies.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.smtp_session");

// For a client that talks before the banner.
constexpr std::int64_t early_talk_errors = 10;
// For a client whose TLS messages did not end: a few milliseconds of arithmetic.
constexpr std::int64_t tls_misuse_errors = 30;
constexpr std::size_t unsent_octets_max = 32 * 1024;
constexpr std::string_view too_many_copies =
    "Too many copies of one message: send this recipient in another transaction";

std::string_view reason_of(const model::route_decision& route) {
  if (route.way_back && route.kind == model::route_kind::unknown) return "way_back";
  switch (route.kind) {
    case model::route_kind::unknown:
      return "unknown_recipient";
    case model::route_kind::not_ours:
      return "relay";
    case model::route_kind::costly:
      return model::reason_word(model::reply_kind::rules_costly);
    case model::route_kind::unavailable:
      return model::reason_word(route.doubtful ? model::reply_kind::setup_doubtful
                                               : model::reply_kind::rules_unusable);
    default:
      return "rule";
  }
}

std::string_view decision_word(const model::route_decision& route) {
  if (route.way_back && route.kind == model::route_kind::undecided) return "bounce";
  return to_string(route.kind);
}

// One reply answers for all recipients of a message, so what may refuse it must be the same for all
// of them: what their zones require, and no rule that is still to be evaluated.
bool go_together(const model::route_decision& first, const model::route_decision& next) {
  return first.admission == next.admission && first.kind != model::route_kind::undecided
         && next.kind != model::route_kind::undecided;
}

}  // namespace

smtp_session::smtp_session(smtp_server& server, std::uint64_t id,
                           std::unique_ptr<net::connection> connection, const ip_address& client,
                           client_ledger::visit visit)
    : server_(server),
      context_(server.context_),
      id_(id),
      connection_(std::move(connection)),
      client_(client),
      visit_(std::move(visit)),
      session_(context_.server, context_.memory.of(client_), client_, server.network_.now()),
      heard_(server.network_.now()) {
  context_.metrics.smtp.open_sessions.add();
  context_.metrics.net.connections.add("in", "opened");
  context_.metrics.net.open_connections.with("in").add();
  connection_->set_handler(this);
}

smtp_session::~smtp_session() {
  connection_->set_handler(nullptr);
  context_.metrics.smtp.open_sessions.subtract();
  context_.metrics.net.open_connections.with("in").subtract();
}

void smtp_session::begin(milliseconds banner_delay) {
  if (banner_delay > milliseconds{0}) {
    hold(banner_delay);
    return;
  }
  greeted_ = true;
  pump();
}

void smtp_session::on_data(std::string_view bytes) {
  if (!greeted_) {
    refuse_early_talker();
    return;
  }
  heard_ = server_.network_.now();
  session_.receive(bytes, heard_);
  pump();
}

void smtp_session::on_drained() {
  unsent_since_ = steady_time::max();
  pump();
}

void smtp_session::on_tls(const net::tls_state& state) {
  handshaking_ = false;
  context_.metrics.net.tls_handshakes.add("in", state.version);
  session_.tls_established({.version = state.version, .cipher = state.cipher, .bits = state.bits},
                           server_.network_.now());
  pump();
}

void smtp_session::on_closed(std::string_view reason) {
  if (handshaking_) context_.metrics.net.tls_handshakes.add("in", "failed");
  if (reason == net::tls_misused) {
    visit_.charge(model::client_charge::error, server_.network_.now(), tls_misuse_errors);
    if (context_.record.may_log("tls.too_many_messages", client_)) {
      log_.info("tls.too_many_messages", {{"client", connection_->peer().to_string()}});
    }
  } else if (session_.in_transaction() && context_.record.may_log("session.lost", client_)) {
    log_.info("session.lost", {{"client", connection_->peer().to_string()}, {"reason", reason}});
  }
  end("closed");
}

void smtp_session::pump() {
  bool held_back = false;
  do {
    while (!hold_) {
      auto event = session_.next();
      count_idle_commands();
      if (!event) break;
      std::visit([this](auto& e) { handle(e); }, *event);
      if (ended_) return;
    }
    if (hold_) break;
    held_back = session_.is_held_back();
    send_output();
  } while (held_back && !session_.is_held_back());
  if (session_.finished()) {
    send_output();
    end("finished");
    return;
  }
  const bool wanted = !hold_ && session_.wants_input();
  if (wanted != reading_) {
    reading_ = wanted;
    connection_->set_reading(wanted);
  }
}

// A client that sends commands but reads no replies is no longer read: this and the session's own
// limit bound what waits for it.
void smtp_session::send_output() {
  while (connection_->unsent() < unsent_octets_max || session_.finished()) {
    const auto bytes = session_.output();
    if (bytes.empty()) return;
    const auto octets = bytes.size();
    connection_->write(bytes);
    session_.consume_output(octets);
  }
}

void smtp_session::end(std::string_view how) {
  if (std::exchange(ended_, true)) return;
  hold_.reset();
  visit_ = {};
  connection_->set_handler(nullptr);
  connection_->close();
  context_.metrics.smtp.sessions.add("mx", session_.tls() ? "yes" : "no");
  log_.debug("session.ended", {{"client", connection_->peer().to_string()}, {"how", how}});
  server_.ended(id_);
}

// ---- what a client may do ----------------------------------------------------------------------

std::optional<smtp::refusal> smtp_session::spend(model::client_charge what, smtp::say if_spent) {
  const auto now = server_.network_.now();
  const bool paused = visit_.paused(now);
  if (!paused && visit_.charge(what, now)) return std::nullopt;
  const auto why = paused ? smtp::say::client_paused : if_spent;
  const auto& row = smtp::row(why);
  context_.metrics.smtp.rejections.add(row.reason);
  if (context_.record.may_log("client.limited", client_)) {
    log_.info("client.limited", {{"client", client_.to_string()},
                                 {"reason", row.reason},
                                 {"reply", row.text}});
  }
  return smtp::refusal(smtp::make_reply(why));
}

void smtp_session::count_error(std::int64_t amount) {
  const auto now = server_.network_.now();
  if (!visit_.charge(model::client_charge::error, now, amount) || visit_.paused(now)) {
    farewell(smtp::say::client_paused);
    return;
  }
  hold(visit_.reply_delay(now));
}

void smtp_session::count_idle_commands() {
  const auto so_far = session_.idle_commands();
  if (so_far == idle_counted_) return;
  const auto amount = static_cast<std::int64_t>(so_far - std::exchange(idle_counted_, so_far));
  if (!visit_.charge(model::client_charge::idle_command, server_.network_.now(), amount)) {
    farewell(smtp::say::client_paused);
  }
}

// The session sends it where a reply is allowed: after the reply that is due, or now.
void smtp_session::farewell(smtp::say why) {
  if (session_.finished()) return;
  context_.metrics.smtp.rejections.add(smtp::row(why).reason);
  session_.dismiss(smtp::refusal(smtp::make_reply(why)));
}

void smtp_session::hold(milliseconds delay) {
  if (delay <= milliseconds{0} || session_.finished()) return;
  if (greeted_) context_.metrics.smtp.delayed_replies.add();
  hold_ = server_.network_.call_after(delay, [this] { release(); });
}

void smtp_session::release() {
  hold_.reset();
  greeted_ = true;
  pump();
}

// RFC 5321 §3.1: 554 instead of the banner. A client that does not wait for it does not read
// replies either.
void smtp_session::refuse_early_talker() {
  hold_.reset();
  greeted_ = true;
  const auto now = server_.network_.now();
  visit_.charge(model::client_charge::error, now, early_talk_errors);
  const auto& row = smtp::row(smtp::say::early_talker);
  context_.metrics.smtp.rejections.add(row.reason);
  if (context_.record.may_log("client.refused", client_)) {
    log_.info("client.refused", {{"client", client_.to_string()}, {"reason", row.reason}});
  }
  session_.refuse_connection(smtp::refusal(smtp::make_reply(smtp::say::early_talker)));
  pump();
}

// ---- events ------------------------------------------------------------------------------------

void smtp_session::handle(const smtp::hello_event&) {
  transaction_.reset();
  if (context_.server.offer_starttls && !session_.tls()) {
    session_.set_tls_available(
        visit_.affordable(model::client_charge::tls_handshake, server_.network_.now()));
  }
}

void smtp_session::handle(const smtp::starttls_event&) {
  transaction_.reset();
  visit_.charge(model::client_charge::tls_handshake, server_.network_.now());
  send_output();
  handshaking_ = true;
  connection_->start_tls_server();
}

void smtp_session::handle(smtp::mail_event& e) {
  auto refused = context_.overload();
  if (refused) {
    context_.metrics.smtp.rejections.add("overload");
  } else {
    refused = spend(model::client_charge::message, smtp::say::client_messages);
  }
  if (!refused) {
    transaction_ = std::make_unique<transaction>();
    transaction_->sender = std::move(e.sender);
    transaction_->eight_bit = e.eight_bit;
    transaction_->smtputf8 = e.smtputf8;
  }
  session_.reply_mail(std::move(refused));
}

void smtp_session::handle(smtp::recipient_event& e) {
  if (auto refused = spend(model::client_charge::recipient, smtp::say::client_recipients)) {
    session_.reply_recipient(std::move(refused));
    return;
  }
  const auto& limits = model::routing_table::at_once;
  model::pattern_supply supply(limits.patterns, model::step_budget(limits.steps_max));
  auto route = context_.recipients.decide(transaction_->sender, e.recipient, supply);
  if (route.kind == model::route_kind::costly) {
    ask_desk(std::move(e), route.zone);
  } else {
    answer_recipient(std::move(e), std::move(route));
  }
}

// Slow work must not block the loop, and with it everyone else's sessions.
void smtp_session::ask_desk(smtp::recipient_event e, const std::string& zone) {
  undecided_ = e;
  context_.desk.ask(
      {.account = context_.recipients.account_of(zone),
       .zone = zone,
       .decide = [policy = &context_.recipients, sender = transaction_->sender,
                  recipient = std::move(e.recipient)](model::pattern_supply& supply) {
         return policy->decide(sender, recipient, supply);
       },
       .answer = [network = &server_.network_, server = &server_,
                  id = id_](model::route_decision route) {
         network->post([server, id, route = std::move(route)]() mutable {
           server->recipient_decided(id, std::move(route));
         });
       }});
}

// The session handles no further command meanwhile, so the transaction is the same; a lost one does
// not wait for anything.
void smtp_session::recipient_decided(model::route_decision route) {
  if (!undecided_ || ended_) return;
  auto e = std::move(*undecided_);
  undecided_.reset();
  answer_recipient(std::move(e), std::move(route));
  pump();
}

void smtp_session::answer_recipient(smtp::recipient_event e, model::route_decision route) {
  if (!is_accepted(route.kind)) {
    refuse_recipient(e, route);
    return;
  }
  if (!transaction_->recipients.empty()
      && !go_together(transaction_->recipients.front().route, route)) {
    postpone_recipient(e, route, model::reply_kind::other_policy);
    return;
  }
  if (context_.is_over_share && !route.way_back && context_.is_over_share(route.zone)) {
    postpone_recipient(e, route, model::reply_kind::share_used_up);
    return;
  }
  const auto copies = transaction_->copies + route.destinations.size();
  if (!transaction_->recipients.empty() && copies > context_.copies_max) {
    postpone_recipient(e, route, model::reply_kind::other_policy, too_many_copies);
    return;
  }
  transaction_->copies = copies;
  context_.metrics.smtp.recipients.add(decision_word(route));
  transaction_->recipients.push_back({std::move(e.recipient), std::move(route)});
  session_.reply_recipient(std::nullopt);
}

// No event: nothing is lost, because the client sends it again immediately.
void smtp_session::postpone_recipient(const smtp::recipient_event& e,
                                      const model::route_decision& route, model::reply_kind why,
                                      std::string_view text) {
  const auto reply = model::make_reply(why, text);
  context_.metrics.smtp.rejections.add(model::reason_word(why));
  if (context_.record.may_log("recipient.postponed", client_)) {
    log_.info("recipient.postponed", {{"client", client_.to_string()},
                                      {"to", loggable_address(e.recipient.to_string())},
                                      {"zone", route.zone},
                                      {"reply", reply.to_string()}});
  }
  // A notification has one recipient: many return addresses at once are tried, not written to.
  session_.reply_recipient(smtp::refusal(reply), route.way_back);
  if (route.way_back) count_error(1);
}

void smtp_session::refuse_recipient(const smtp::recipient_event& e,
                                    const model::route_decision& route) {
  const auto reason = reason_of(route);
  context_.metrics.smtp.rejections.add(reason);
  context_.metrics.smtp.recipients.add(decision_word(route));
  const auto sender = transaction_->sender.to_string();
  const auto recipient = e.recipient.to_string();
  if (context_.record.may_log("recipient.refused", client_)) {
    log_.info("recipient.refused", {{"client", client_.to_string()},
                                    {"from", loggable_address(sender)},
                                    {"to", loggable_address(recipient)},
                                    {"reason", reason},
                                    {"reply", route.reply.to_string()}});
  }
  model::activity_event event;
  event.at = context_.time.now();
  event.kind = model::event_kind::rejected;
  event.zone = route.zone;
  event.zone_id = route.zone_id;
  event.sender = sender;
  event.recipient = recipient;
  event.host = client_.to_string();
  event.reply = route.reply.to_string();
  event.details = {{"rule", route.rule}, {"reason", std::string(reason)}};
  context_.record.refused(std::move(event), client_, context_.spooler);
  const bool probe = route.way_back && route.kind == model::route_kind::unknown;
  session_.reply_recipient(smtp::refusal(route.reply), probe);
  if (probe || route.reply.permanent()) count_error(1);
}

void smtp_session::handle(smtp::message_event& e) {
  auto message = std::make_shared<incoming_message>();
  message->client = facts();
  message->sender = std::move(transaction_->sender);
  message->smtputf8 = transaction_->smtputf8;
  message->recipients = std::move(transaction_->recipients);
  way_back_ = message->recipients.front().route.way_back;
  // The content counts, not what BODY= declared.
  message->eight_bit = imf::has_eight_bit(e.octets);
  message->body = std::make_shared<const message_body>(std::move(e.octets), std::move(e.lease));
  message->received = context_.time.now();
  message->arrived = context_.time.steady_now();
  transaction_.reset();
  caf::anon_send(
      context_.ingress,
      submit_message{std::move(message), [network = &server_.network_, server = &server_,
                                          id = id_](const smtp::final_reply& reply) {
                       network->post([server, id, reply] { server->message_answered(id, reply); });
                     }});
}

void smtp_session::handle(const smtp::refused_event& e) {
  context_.metrics.smtp.rejections.add(e.reason);
  log_.debug("command.refused", {{"client", connection_->peer().to_string()},
                                 {"reason", e.reason},
                                 {"reply", e.reply.to_string()}});
  if (e.reply.permanent() || e.reply.code == 421) count_error(1);
}

client_facts smtp_session::facts() const {
  return {.address = client_,
          .name = {},
          .helo = session_.helo(),
          .protocol = std::string(session_.protocol()),
          .tls = session_.tls()};
}

void smtp_session::message_answered(const smtp::final_reply& reply) {
  if (reply.reply().positive()) visit_.delivered(server_.network_.now());
  session_.reply_message(reply);
  // Other messages are refused here for what their authors asked for; these because somebody is
  // trying return addresses.
  if (std::exchange(way_back_, false) && reply.reply().permanent()) count_error(1);
  pump();
}

void smtp_session::shut_down() {
  session_.shut_down("the service is shutting down");
  hold_.reset();
  greeted_ = true;
  pump();
}

void smtp_session::make_room(steady_time since) {
  const bool waits = hold_ || handshaking_ || undecided_ || session_.in_transaction();
  if (ended_ || waits || heard_ > since) return;
  session_.shut_down("too many sessions, and this one was idle");
  pump();
}

void smtp_session::check_deadline(steady_time now) {
  if (is_stalled(now)) {
    context_.metrics.smtp.deadlines.add("output");
    if (context_.record.may_log("session.stalled", client_)) {
      log_.info("session.stalled", {{"client", connection_->peer().to_string()},
                                    {"unsent", connection_->unsent()}});
    }
    end("stalled");
    return;
  }
  if (now < session_.deadline()) return;
  const auto what = session_.deadline_of();
  context_.metrics.smtp.deadlines.add(what);
  if (context_.record.may_log("session.too_slow", client_)) {
    log_.info("session.too_slow",
              {{"client", connection_->peer().to_string()}, {"deadline", what}});
  }
  session_.timed_out();
  pump();
}

// A client that never reads all that waits for it keeps buffers of ours for as long as it likes.
bool smtp_session::is_stalled(steady_time now) {
  if (connection_->unsent() == 0) {
    unsent_since_ = steady_time::max();
  } else if (unsent_since_ == steady_time::max()) {
    unsent_since_ = now;
  }
  return unsent_since_ != steady_time::max()
         && now - unsent_since_ >= context_.server.command_timeout;
}

}  // namespace signpost::actors
