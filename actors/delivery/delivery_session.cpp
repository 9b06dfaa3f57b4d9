// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/delivery_session.hpp"

#include <utility>

#include "base/log.hpp"

namespace signpost::actors {
namespace {

// Octets that may wait for the kernel before more of the message is produced.
constexpr std::size_t unsent_octets_max = 256 * 1024;

const logger log_("actors.delivery");

}  // namespace

delivery_session::delivery_session(net::executor& network, const delivery_options& options,
                                   bool with_tls, std::string host,
                                   std::unique_ptr<net::connection> connection)
    : network_(network),
      options_(options),
      host_(std::move(host)),
      connection_(std::move(connection)),
      session_(with_tls ? options.client : options.client_without_tls, network.now()) {
  options_.metrics->delivery.open_sessions.add();
  options_.metrics->net.open_connections.with("out").add();
  connection_->set_handler(this);
  arm_deadline();
}

delivery_session::~delivery_session() {
  *alive_ = false;
  connection_->set_handler(nullptr);
  connection_->close();
  options_.metrics->delivery.open_sessions.subtract();
  options_.metrics->net.open_connections.with("out").subtract();
}

bool delivery_session::usable() const {
  return !closed_ && session_.idle() && session_.transactions() < options_.transactions_max;
}

void delivery_session::start(const smtp::outgoing_message& message) {
  ++content_ticket_;
  session_.start(message, network_.now());
  pump();
}

bool delivery_session::give_up(std::string_view reason) {
  // RFC 5321 §4.2.5: after the final dot nobody knows whether the message was accepted; cutting
  // here could deliver it twice.
  if (closed_ || session_.awaits_verdict()) return false;
  connection_->close();
  on_closed(reason);
  return true;
}

void delivery_session::abandon() {
  if (closed_) return;
  connection_->close();
  on_closed("no answer in time");
}

void delivery_session::quit() {
  if (closed_) return;
  session_.quit(network_.now());
  pump();
}

void delivery_session::on_data(std::string_view bytes) {
  session_.receive(bytes, network_.now());
  pump();
}

void delivery_session::on_drained() { pump(); }

void delivery_session::on_tls(const net::tls_state& state) {
  tls_ = state.version + " " + state.cipher + (state.peer_verified ? " (verified)" : "");
  handshaking_ = false;
  options_.metrics->net.tls_handshakes.add("out", state.version);
  session_.tls_established(
      {.version = state.version, .cipher = state.cipher, .bits = state.bits}, network_.now());
  pump();
}

void delivery_session::on_closed(std::string_view reason) {
  closed_ = true;
  if (std::exchange(handshaking_, false)) {
    options_.metrics->net.tls_handshakes.add("out", "failed");
  }
  session_.closed(reason);
  pump();
}

void delivery_session::send_output() {
  while (!closed_ && connection_->unsent() < unsent_octets_max) {
    const auto bytes = session_.output();
    if (bytes.empty()) return;
    const auto octets = bytes.size();
    connection_->write(bytes);
    session_.consume_output(octets, network_.now());
  }
}

void delivery_session::ask_for_content() {
  if (closed_) return;
  const auto wanted = session_.ask_content();
  if (!wanted) return;
  // The octets are read by an actor and may arrive after this message, or this session, has ended:
  // hence the ticket, `alive`, and the way back over the loop.
  const auto ticket = ++content_ticket_;
  wanted->from->read(wanted->offset, [this, ticket, alive = alive_, &network = network_](
                                         result<std::string> octets) {
    network.post([this, ticket, alive, octets = std::move(octets)]() mutable {
      if (*alive && ticket == content_ticket_) content_came(std::move(octets));
    });
  });
}

void delivery_session::content_came(result<std::string> octets) {
  if (octets) {
    session_.take_content(*std::move(octets), network_.now());
  } else {
    log_.error("spool.part_failed", {{"host", host_}, {"error", to_string(octets.error())}});
    content_failure_ = octets.error();
    session_.content_failed(
        {451, {4, 3, 0}, {"the message cannot be read at present; it was not sent completely"}});
  }
  pump();
}

void delivery_session::pump() {
  // The owner may destroy this session in each of its callbacks.
  const auto alive = alive_;
  for (;;) {
    send_output();
    ask_for_content();
    auto event = session_.next();
    if (!event) break;
    if (std::holds_alternative<smtp::client_starttls_event>(*event)) {
      // The command itself must be sent before the handshake begins.
      send_output();
      handshaking_ = true;
      connection_->start_tls_client(host_);
      continue;
    }
    if (owner_ == nullptr) continue;
    if (std::holds_alternative<smtp::ready_event>(*event)) {
      owner_->session_ready();
    } else if (const auto* failed = std::get_if<smtp::session_failed_event>(&*event)) {
      owner_->session_failed(*failed);
    } else {
      owner_->transaction_done(std::get<smtp::transaction_done_event>(std::move(*event)));
    }
    if (!*alive) return;
  }
  if (session_.finished() && !closed_ && session_.output().empty()) {
    closed_ = true;
    connection_->close();
  }
  arm_deadline();
}

void delivery_session::arm_deadline() {
  if (closed_ || session_.finished()) {
    timer_.reset();
    return;
  }
  // A later deadline needs no new timer: the old one looks again when it fires.
  const auto deadline = session_.deadline();
  if (deadline == steady_time::max()) {
    timer_.reset();
    return;
  }
  if (timer_ && armed_for_ <= deadline) return;
  armed_for_ = deadline;
  const auto now = network_.now();
  const auto wait = deadline > now ? std::chrono::ceil<milliseconds>(deadline - now)
                                   : milliseconds(0);
  timer_ = network_.call_after(wait, [this] { deadline_passed(); });
}

void delivery_session::deadline_passed() {
  timer_.reset();
  if (session_.deadline() > network_.now()) {
    arm_deadline();
    return;
  }
  connection_->close();
  on_closed("no answer in time");
}

}  // namespace signpost::actors
