// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/connection.hpp"

#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "net/loop/lingering_close.hpp"
#include "net/socket/socket_address.hpp"
#include "net/tls/mutual_tls.hpp"
#include "net/tls/tls_context.hpp"

namespace signpost::net {
namespace {

class tcp_connection final : public connection, private flushable {
 public:
  tcp_connection(loop_core& core, unique_fd fd, const endpoint& peer, server_tls tls);
  ~tcp_connection() override { core_.leave(this); }

  void set_handler(connection_handler* handler) override;
  void write(std::string_view bytes) override;
  [[nodiscard]] std::size_t unsent() const override { return stream_.unsent(); }
  void set_reading(bool on) override;
  void start_tls_server() override;
  void start_tls_client(std::string_view server_name) override;
  void start_tls_mutual(mutual_handshake how) override;
  void close() override;
  [[nodiscard]] const endpoint& peer() const override { return peer_; }
  [[nodiscard]] const endpoint& local() const override { return local_; }

 private:
  enum class phase {
    open,         ///< bytes flow, plain or in TLS
    before_tls,   ///< start_tls was called; plain bytes are still being sent
    handshaking,  ///< output is held back until it is done
    ended,        ///< the peer has ended the stream; only close() makes sense
    closed,
  };

  void socket_ready(short what);
  void read_some();
  void flush() override;
  void write_failed();
  void start_tls();
  void begin_handshake();
  void continue_handshake();
  void lost(std::string_view reason);
  void watch_socket();
  [[nodiscard]] short wanted_events() const;

  loop_core& core_;
  socket_stream stream_;
  connection_handler* handler_ = nullptr;
  endpoint peer_;
  endpoint local_;
  scoped_event event_;
  std::unique_ptr<server_tls> tls_;           ///< null: what the loop has
  std::unique_ptr<std::string> server_name_;  ///< set: the handshake is a client's
  std::unique_ptr<mutual_handshake> mutual_;  ///< set: both show certificates
  std::size_t plain_left_ = 0;                ///< before_tls: what is still sent unencrypted
  short watched_ = 0;
  phase phase_ = phase::open;
  io handshake_wants_ = io::done;
  bool reading_ = true;
  /// Something came while reading was paused. Only then is the socket no longer watched: most
  /// pauses end before anything arrives, and each change of the watched events is a system call.
  bool input_held_back_ = false;
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool blocked_ = false;  ///< the kernel accepts no more for now
  bool drain_owed_ = false;
  bool write_failed_ = false;
};

tcp_connection::tcp_connection(loop_core& core, unique_fd fd, const endpoint& peer, server_tls tls)
    : core_(core), stream_(std::move(fd)), peer_(peer), local_(local_endpoint(stream_.fd())) {
  if (tls.context) tls_ = std::make_unique<server_tls>(std::move(tls));
  set_no_delay(stream_.fd());
}

void tcp_connection::set_handler(connection_handler* handler) {
  handler_ = handler;
  watch_socket();
}

void tcp_connection::write(std::string_view bytes) {
  const bool can_write =
      phase_ == phase::open || phase_ == phase::before_tls || phase_ == phase::handshaking;
  if (!can_write || write_failed_ || bytes.empty()) return;
  stream_.append(bytes);
  drain_owed_ = true;
  if (!blocked_) core_.want_flush(*this);
}

void tcp_connection::set_reading(bool on) {
  reading_ = on;
  if (on) input_held_back_ = false;
  watch_socket();
}

void tcp_connection::start_tls_server() {
  start_tls();
}

void tcp_connection::start_tls_client(std::string_view server_name) {
  server_name_ = std::make_unique<std::string>(server_name);
  start_tls();
}

void tcp_connection::start_tls_mutual(mutual_handshake how) {
  mutual_ = std::make_unique<mutual_handshake>(std::move(how));
  start_tls();
}

void tcp_connection::start_tls() {
  if (phase_ != phase::open) return;
  phase_ = phase::before_tls;
  // The reply that invites the handshake is sent unencrypted; what is written from now on does not.
  plain_left_ = stream_.unsent();
  watch_socket();
  core_.want_flush(*this);
}

void tcp_connection::close() {
  handler_ = nullptr;
  event_.remove();
  watched_ = 0;
  unlink();
  const bool peer_listens = (phase_ == phase::open || phase_ == phase::ended) && !write_failed_;
  const bool ended = phase_ == phase::ended;
  phase_ = phase::closed;
  if (!stream_.open()) return;
  // A peer that has ended its side and has our last byte needs no farewell.
  if (peer_listens && (!ended || stream_.unsent() > 0)) {
    linger(core_, std::exchange(stream_, socket_stream(unique_fd{})));
  } else {
    stream_.close();
  }
}

short tcp_connection::wanted_events() const {
  short wanted = 0;
  switch (phase_) {
    case phase::open:
      if (!input_held_back_ || write_wants_read_) wanted |= EV_READ;
      if (blocked_ || read_wants_write_) wanted |= EV_WRITE;
      break;
    case phase::before_tls:
      // Not read: what arrives before our invitation has been sent is not a handshake (RFC 3207
      // §4.2).
      if (blocked_) wanted |= EV_WRITE;
      break;
    case phase::handshaking:
      wanted = handshake_wants_ == io::wants_write ? EV_WRITE : EV_READ;
      break;
    case phase::ended:
    case phase::closed:
      break;
  }
  return wanted;
}

void tcp_connection::watch_socket() {
  const short wanted = handler_ == nullptr ? short{0} : wanted_events();
  if (wanted == watched_) return;
  watched_ = wanted;
  event_.remove();
  if (wanted == 0) return;
  event_.assign(
      core_.base(), stream_.fd(), static_cast<short>(wanted | EV_PERSIST),
      [](int, short what, void* self) { static_cast<tcp_connection*>(self)->socket_ready(what); },
      this);
  event_.add();
}

void tcp_connection::socket_ready(short what) {
  // Outlives this object, which the owner may destroy in any callback below.
  loop_core& core = core_;
  core.enter(this);
  if (phase_ == phase::handshaking) return continue_handshake();
  const bool readable = (what & EV_READ) != 0;
  const bool writable = (what & EV_WRITE) != 0;
  if ((readable && reading_) || (writable && read_wants_write_)) {
    read_some();
  } else if (readable) {
    input_held_back_ = true;
    watch_socket();
  }
  if (!core.is_inside(this)) return;
  if ((writable && blocked_) || (readable && write_wants_read_)) flush();
}

void tcp_connection::read_some() {
  loop_core& core = core_;
  read_wants_write_ = false;
  std::size_t taken = 0;
  while (taken < read_octets_per_turn && phase_ == phase::open && reading_ && handler_ != nullptr) {
    const auto got = stream_.receive(core_.read_buffer());
    switch (got.outcome) {
      case io::done:
        taken += got.octets;
        handler_->on_data({core_.read_buffer().data(), got.octets});
        if (!core.is_inside(this)) return;
        if (got.emptied) return watch_socket();
        break;
      case io::wants_write:
        read_wants_write_ = true;
        [[fallthrough]];
      case io::wants_read:
        if (write_failed_) return lost(stream_.failure());
        return watch_socket();
      case io::ended:
        return lost("the peer closed the connection");
      case io::failed:
        return lost(stream_.failure());
    }
  }
}

void tcp_connection::flush() {
  core_.enter(this);
  if (phase_ == phase::handshaking || phase_ == phase::ended || phase_ == phase::closed) return;
  if (write_failed_) return lost(stream_.failure());
  write_wants_read_ = false;
  blocked_ = false;
  const bool plain_only = phase_ == phase::before_tls;
  const std::size_t before = stream_.unsent();
  const std::size_t most = plain_only ? plain_left_ : write_octets_per_turn;
  const io outcome = stream_.send(most);
  if (plain_only) plain_left_ -= before - stream_.unsent();
  if (outcome == io::failed || outcome == io::ended) return write_failed();
  if (plain_only && plain_left_ == 0) return begin_handshake();

  write_wants_read_ = outcome == io::wants_read;
  blocked_ = stream_.unsent() > 0 && !write_wants_read_;
  watch_socket();
  if (stream_.unsent() == 0 && std::exchange(drain_owed_, false) && handler_ != nullptr) {
    handler_->on_drained();
  }
}

void tcp_connection::write_failed() {
  // The peer may have said why before it closed (a 421 or 554): read that before giving up.
  write_failed_ = true;
  stream_.drop_unsent();
  if (phase_ != phase::open || !reading_) return lost(stream_.failure());
  const std::string reason = stream_.failure();
  loop_core& core = core_;
  read_some();
  if (core.is_inside(this) && phase_ == phase::open) lost(reason);
}

void tcp_connection::begin_handshake() {
  const auto& tls = core_.options();
  result<void> begun;
  if (mutual_) {
    begun = stream_.begin_tls(std::exchange(mutual_, nullptr));
  } else if (server_name_) {
    begun = tls.tls_client
                ? stream_.begin_tls(*tls.tls_client, *server_name_)
                : fail(errc::unavailable, "TLS is not configured for outgoing connections");
  } else if (tls_) {
    begun = stream_.begin_tls(*tls_->context, tls_->spoken);
  } else {
    begun = tls.tls_server ? stream_.begin_tls(*tls.tls_server, tls_protocol::any)
                           : fail(errc::unavailable, "no TLS certificate is configured");
  }
  server_name_.reset();
  if (!begun) return lost(begun.error().context);
  phase_ = phase::handshaking;
  continue_handshake();
}

void tcp_connection::continue_handshake() {
  handshake_wants_ = stream_.handshake();
  if (handshake_wants_ == io::failed) return lost(stream_.failure());
  if (handshake_wants_ != io::done) return watch_socket();
  phase_ = phase::open;
  watch_socket();
  if (stream_.unsent() > 0) core_.want_flush(*this);
  if (handler_ != nullptr) handler_->on_tls(stream_.agreed());
}

void tcp_connection::lost(std::string_view reason) {
  const bool can_still_send = phase_ == phase::open && !write_failed_ && stream_.failure().empty();
  phase_ = can_still_send ? phase::ended : phase::closed;
  event_.remove();
  watched_ = 0;
  unlink();
  const std::string why(reason);
  if (!can_still_send) stream_.close();
  if (handler_ != nullptr) handler_->on_closed(why);
}

}  // namespace

std::unique_ptr<connection> make_connection(loop_core& core, unique_fd fd, const endpoint& peer,
                                            server_tls tls) {
  return std::make_unique<tcp_connection>(core, std::move(fd), peer, std::move(tls));
}

}  // namespace signpost::net
