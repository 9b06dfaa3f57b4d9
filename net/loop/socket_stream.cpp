// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/socket_stream.hpp"

#include <event2/buffer.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "base/ip.hpp"
#include "net/socket/socket_address.hpp"
#include "net/tls/tls_policy.hpp"

namespace signpost::net {
namespace {

/// One TLS record holds at most this (RFC 8446 §5.1); fuller records cost fewer calls.
constexpr std::size_t tls_record_octets_max = 16 * 1024;

bool would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK;
}

}  // namespace

void socket_stream::evbuffer_deleter::operator()(evbuffer* buffer) const {
  evbuffer_free(buffer);
}
void socket_stream::ssl_deleter::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

socket_stream::socket_stream(unique_fd fd) : output_(evbuffer_new()), fd_(std::move(fd)) {
  SP_ASSERT(output_ != nullptr);
}

socket_stream::received socket_stream::receive(std::span<char> space) {
  if (ssl_) {
    std::size_t octets = 0;
    // SSL_get_error looks into the thread's error queue, which must be empty before the call.
    ERR_clear_error();
    const int returned = SSL_read_ex(ssl_.get(), space.data(), space.size(), &octets);
    if (returned == 1) return {io::done, octets, false};
    return {tls_outcome(returned, "tls read"), 0, false};
  }
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), space.data(), space.size(), 0);
    if (got > 0) {
      const auto octets = static_cast<std::size_t>(got);
      return {io::done, octets, octets < space.size()};
    }
    if (got == 0) return {io::ended, 0, false};
    if (errno == EINTR) continue;
    if (would_block(errno)) return {io::wants_read, 0, false};
    return {fail_with_errno("read", errno), 0, false};
  }
}

void socket_stream::append(std::string_view bytes) {
  SP_ASSERT(evbuffer_add(output_.get(), bytes.data(), bytes.size()) == 0);
}

std::size_t socket_stream::unsent() const {
  return evbuffer_get_length(output_.get());
}

void socket_stream::drop_unsent() {
  evbuffer_drain(output_.get(), unsent());
}

io socket_stream::send(std::size_t at_most) {
  return ssl_ ? send_tls(at_most) : send_plain(at_most);
}

io socket_stream::send_plain(std::size_t at_most) {
  while (at_most > 0 && unsent() > 0) {
    const auto want = static_cast<ev_ssize_t>(std::min(at_most, unsent()));
    const int sent = evbuffer_write_atmost(output_.get(), fd_.get(), want);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return would_block(errno) ? io::wants_write : fail_with_errno("write", errno);
    }
    if (sent == 0) return io::wants_write;
    at_most -= static_cast<std::size_t>(sent);
  }
  return io::done;
}

io socket_stream::send_tls(std::size_t at_most) {
  while (at_most > 0 && unsent() > 0) {
    // Not cut to at_most: OpenSSL requires that a call that had to wait is repeated with at least
    // as many octets.
    const std::size_t piece = std::min(unsent(), tls_record_octets_max);
    const unsigned char* bytes = evbuffer_pullup(output_.get(), static_cast<ev_ssize_t>(piece));
    std::size_t sent = 0;
    ERR_clear_error();
    const int returned = SSL_write_ex(ssl_.get(), bytes, piece, &sent);
    if (returned != 1) return tls_outcome(returned, "tls write");
    evbuffer_drain(output_.get(), sent);
    at_most -= std::min(at_most, sent);
  }
  return io::done;
}

result<void> socket_stream::begin_tls(const tls_server_context& context, tls_protocol spoken) {
  client_ = false;
  SP_CHECK(attach(context.new_session(spoken)));
  SSL_set_accept_state(ssl_.get());
  guard_ = std::make_unique<hello_guard>();
  guard_->watch(ssl_.get());
  return {};
}

result<void> socket_stream::begin_tls(const tls_client_context& context,
                                      std::string_view server_name) {
  client_ = true;
  SP_CHECK(attach(context.new_session()));
  SSL_set_connect_state(ssl_.get());
  std::string name(server_name);
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl_.get());
  bool understood = false;
  if (ip_address::parse(name)) {
    // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in HostName".
    understood = X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    understood = X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1
                 && SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                             name.data())
                        == 1;
  }
  if (!understood) return fail(errc::unavailable, "the host has no name that can be used in TLS");
  return {};
}

result<void> socket_stream::begin_tls(std::unique_ptr<mutual_handshake> how) {
  client_ = !how->as_server;
  mutual_ = std::move(how);
  SP_CHECK(attach(mutual_->context->new_session()));
  judge_peer(ssl_.get(), *mutual_);
  if (client_) {
    SSL_set_connect_state(ssl_.get());
    return {};
  }
  SSL_set_accept_state(ssl_.get());
  guard_ = std::make_unique<hello_guard>();
  guard_->watch(ssl_.get());
  return {};
}

result<void> socket_stream::attach(ssl_st* ssl) {
  ssl_.reset(ssl);
  if (ssl == nullptr || SSL_set_fd(ssl, fd_.get()) != 1) {
    return fail(errc::unavailable, "TLS: " + openssl_error_text());
  }
  return {};
}

io socket_stream::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned == 1) {
    if (guard_) std::exchange(guard_, nullptr)->leave(ssl_.get());
    return io::done;
  }
  const io outcome = tls_outcome(returned, "tls handshake");
  if (outcome == io::ended) failure_ = "tls handshake: the peer closed the connection";
  if (mutual_ && !mutual_->refusal.empty()) failure_ = mutual_->refusal;
  return outcome == io::ended ? io::failed : outcome;
}

tls_state socket_stream::agreed() const {
  tls_state state;
  state.version = SSL_get_version(ssl_.get());
  state.cipher = SSL_get_cipher_name(ssl_.get());
  state.bits = static_cast<std::uint16_t>(SSL_get_cipher_bits(ssl_.get(), nullptr));
  if (!client_ && !mutual_) {
    state.verify_error = "no client certificate was requested";
    return state;
  }
  const long verdict = SSL_get_verify_result(ssl_.get());
  state.peer_verified = verdict == X509_V_OK;
  if (!state.peer_verified) state.verify_error = X509_verify_cert_error_string(verdict);
  return state;
}

void socket_stream::end_sending() {
  // OpenSSL forbids SSL_shutdown after a fatal error and before the handshake has finished.
  if (ssl_ && !tls_broken_ && SSL_is_init_finished(ssl_.get()) != 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  ::shutdown(fd_.get(), SHUT_WR);
}

void socket_stream::close() {
  ssl_.reset();
  fd_.reset();
  drop_unsent();
}

io socket_stream::fail_with_errno(std::string_view doing, int number) {
  failure_ = std::string(doing) + ": " + errno_text(number);
  return io::failed;
}

io socket_stream::tls_outcome(int returned, std::string_view doing) {
  // Before any other call can change it.
  const int number = errno;
  if (is_misused(ssl_.get())) {
    tls_broken_ = true;
    failure_ = tls_misused;
    return io::failed;
  }
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return io::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return io::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return io::ended;
    case SSL_ERROR_SYSCALL:
      tls_broken_ = true;
      if (ERR_peek_error() == 0) return number == 0 ? io::ended : fail_with_errno(doing, number);
      break;
    default:
      tls_broken_ = true;
      // Many peers close without close_notify; SMTP has its own end marks, so nothing can be cut.
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return io::ended;
  }
  failure_ = std::string(doing) + ": " + openssl_error_text();
  return io::failed;
}

}  // namespace signpost::net
