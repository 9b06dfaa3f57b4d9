// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace signpost::net {
namespace {

constexpr std::array<std::string_view, 5> fields_of_ours{"Connection", "Content-Length", "Date",
                                                         "Keep-Alive", "Transfer-Encoding"};
/// Memory is taken from the budget in such pieces.
constexpr std::size_t lease_step_octets = 4 * 1024;

/// A stranger's bytes in a field must not begin another one.
bool may_be_sent(const http_header& field) {
  const auto is_name = [](char c) { return is_alnum(c) || c == '-' || c == '_'; };
  const auto is_value = [](char c) {
    return (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') || c == '\t';
  };
  const auto is_ours = [&](std::string_view name) {
    return equals_ignoring_case(field.name, name);
  };
  return !field.name.empty() && std::ranges::all_of(field.name, is_name)
         && std::ranges::all_of(field.value, is_value)
         && std::ranges::none_of(fields_of_ours, is_ours);
}

void add_field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string write_http_response(const http_response& what, const http_answer_form& form) {
  const std::string code = std::to_string(what.status);
  std::string text = "HTTP/1.1 " + code + " " + std::string(reason_phrase(what.status)) + "\r\n";
  // RFC 9110 §6.6.1: "An origin server with a clock MUST generate a Date header field".
  add_field(text, "Date", to_http_date(system_clock{}.now()));
  for (const auto& one : what.headers) {
    if (may_be_sent(one)) add_field(text, one.name, one.value);
  }
  const bool may_have_body = what.status >= 200 && what.status != 204 && what.status != 304;
  if (may_have_body) {
    const http_header type{"Content-Type", what.content_type};
    if (!what.content_type.empty() && may_be_sent(type)) add_field(text, type.name, type.value);
    // RFC 9110 §9.3.2: to HEAD, the length that GET would have, and no content.
    add_field(text, "Content-Length", std::to_string(what.body.size()));
  }
  if (!form.keep_alive) {
    add_field(text, "Connection", "close");
  } else if (form.http_1_0) {
    add_field(text, "Connection", "keep-alive");
  }
  text += "\r\n";
  if (may_have_body && !form.to_head) text += what.body;
  return text;
}

http_response in_form_of(const http_server_options& options, const http_request& seen,
                         http_response refusal) {
  if (!options.refusal_form) return refusal;
  auto formed = options.refusal_form(seen, refusal);
  formed.status = refusal.status;
  return formed;
}

http_connection::http_connection(loop_core& core, owner& server, std::unique_ptr<connection> stream,
                                 origin from)
    : server_(server),
      stream_(std::move(stream)),
      from_(std::move(from)),
      parser_({.header_octets_max = server.options().header_octets_max,
               .body_octets_max = server.options().body_octets_max}),
      lease_(server.memory()) {
  if (from_.client_memory != nullptr) client_lease_ = memory_lease(*from_.client_memory);
  deadline_.assign(
      core.base(), -1, 0,
      [](int, short, void* self) { static_cast<http_connection*>(self)->time_is_up(); }, this);
  stream_->set_handler(this);
  if (from_.tls) {
    stream_->start_tls_server();
    enter(phase::handshake, server.options().tls_handshake_timeout);
  } else {
    enter(phase::idle, server.options().idle_timeout);
  }
}

void http_connection::enter(phase next, milliseconds at_most) {
  phase_ = next;
  deadline_.add(at_most);
}

void http_connection::on_tls(const tls_state&) {
  enter(phase::idle, server_.options().idle_timeout);
}

void http_connection::on_closed(std::string_view reason) {
  if (reason == tls_misused) server_.misused(from_.id);
  end();
}

/// Nothing of this object may be touched afterwards.
void http_connection::end() {
  deadline_.remove();
  stream_->close();
  server_.forget(from_.id);
}

void http_connection::on_data(std::string_view bytes) {
  const bool reads = phase_ == phase::idle || phase_ == phase::receiving;
  const std::size_t taken = reads && waiting_.empty() ? read(bytes) : 0;
  waiting_.append(bytes.substr(taken));
  proceed();
}

/// Feeds the parser; what it does not take belongs to the next request.
std::size_t http_connection::read(std::string_view bytes) {
  const std::size_t taken = parser_.feed(bytes);
  if (phase_ == phase::idle && parser_.begun()) {
    enter(phase::receiving, server_.options().request_timeout);
  }
  return taken;
}

/// Acts on what has been read.
void http_connection::proceed() {
  if (phase_ != phase::idle && phase_ != phase::receiving) return;
  if (const auto refused = parser_.refusal()) return refuse(refused->status, refused->reason);
  if (!hold(parser_.held() + waiting_.size())) {
    return refuse(503, "too many requests are in progress");
  }
  if (parser_.complete()) return dispatch();
  if (parser_.expects_continue() && !std::exchange(continue_sent_, true)) {
    stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

bool http_connection::hold(std::size_t octets) {
  const std::size_t steps = (octets + lease_step_octets - 1) / lease_step_octets;
  return lease_.grow_to(steps * lease_step_octets)
         && client_lease_.grow_to(steps * lease_step_octets);
}

void http_connection::dispatch() {
  stream_->set_reading(false);
  const std::size_t most = server_.options().requests_per_connection_max;
  ++serial_;
  keep_alive_ = parser_.keep_alive() && (most == 0 || serial_ < most);
  head_ = parser_.to_head();
  http_1_0_ = parser_.http_1_0();
  continue_sent_ = false;
  enter(phase::handling, server_.options().handler_timeout);
  http_request request = parser_.take();
  request.peer = from_.peer;
  request.tls = from_.tls;
  seen_ = {.method = request.method, .path = request.path, .peer = from_.peer, .tls = from_.tls};
  server_.handle(from_.id, serial_, std::move(request));
}

void http_connection::respond(std::uint64_t serial, const http_response& response) {
  if (phase_ != phase::handling || serial != serial_) return;
  // A client that reads slowly holds the answer for as long.
  if (!hold(lease_.held() + response.body.size())) {
    return send_refusal(seen_, {.status = 503,
                                .body = "too many answers are in progress\n",
                                .headers = {{"Retry-After", "10"}}});
  }
  send(response, keep_alive_);
}

void http_connection::give_up(std::uint64_t serial) {
  if (phase_ != phase::handling || serial != serial_) return;
  send_refusal(seen_, {.status = 500, .body = "the request was not answered\n"}, keep_alive_);
}

/// Answers a request that does not reach the handler.
void http_connection::refuse(int status, std::string_view reason) {
  head_ = head_ || parser_.to_head();
  auto seen = parser_.take();
  seen.peer = from_.peer;
  seen.tls = from_.tls;
  send_refusal(seen, {.status = status, .body = std::string(reason) + "\n"});
}

void http_connection::send_refusal(const http_request& seen, http_response refusal,
                                   bool keep_alive) {
  send(in_form_of(server_.options(), seen, std::move(refusal)), keep_alive);
}

void http_connection::send(const http_response& response, bool keep_alive) {
  stream_->write(write_http_response(
      response, {.http_1_0 = http_1_0_, .to_head = head_, .keep_alive = keep_alive}));
  keep_alive_ = keep_alive;
  stream_->set_reading(false);
  unsent_before_ = stream_->unsent();
  enter(phase::sending, server_.options().send_timeout);
}

void http_connection::on_drained() {
  if (phase_ == phase::sending) answered();
}

/// May destroy this object.
void http_connection::answered() {
  // Closing reads away what the client still sends: a reset could overtake our answer.
  if (!keep_alive_) return end();
  lease_.release();
  client_lease_.release();
  head_ = false;
  enter(phase::idle, server_.options().idle_timeout);
  const std::string bytes = std::exchange(waiting_, {});
  if (!bytes.empty()) waiting_ = bytes.substr(read(bytes));
  stream_->set_reading(true);
  proceed();
}

/// May destroy this object.
void http_connection::time_is_up() {
  switch (phase_) {
    case phase::receiving:
      return refuse(408, "the request did not arrive in time");
    case phase::handling:
      return send_refusal(seen_, {.status = 503, .body = "the answer took too long\n"});
    case phase::sending:
      return check_progress();
    case phase::handshake:
    case phase::idle:
      return end();
  }
}

void http_connection::check_progress() {
  const std::size_t now = stream_->unsent();
  if (now + http_send_octets_min > unsent_before_) {
    // Not closed in peace: that would continue to send.
    deadline_.remove();
    return server_.forget(from_.id);
  }
  unsent_before_ = now;
  deadline_.add(server_.options().send_timeout);
}

}  // namespace signpost::net
