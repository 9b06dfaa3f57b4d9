// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "net/loop/connection.hpp"
#include "net/loop/loop_core.hpp"
#include "net/socket/socket_address.hpp"

namespace signpost::net {
namespace {

const logger log_("net.listener");

/// Connections taken in one turn of the loop, so that a flood does not starve those that are open.
constexpr int accepts_per_turn = 64;
constexpr seconds complaint_interval_s{10};

result<void> set_on(int fd, int level, int option, const char* name) {
  const int on = 1;
  if (::setsockopt(fd, level, option, &on, sizeof on) != 0) {
    return tl::unexpected(socket_error(errno, name));
  }
  return {};
}

bool out_of_resources(int number) {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

class socket_listener final : public listener {
 public:
  using on_socket = std::function<void(unique_fd, const endpoint&)>;

  socket_listener(loop_core& core, unique_fd fd, on_socket taken, descriptor_budget* descriptors)
      : core_(core),
        fd_(std::move(fd)),
        on_socket_(std::move(taken)),
        descriptors_(descriptors),
        bound_(local_endpoint(fd_.get())) {
    event_.assign(
        core_.base(), fd_.get(), EV_READ | EV_PERSIST,
        [](int, short, void* self) { static_cast<socket_listener*>(self)->accept_some(); }, this);
    resume_.assign(
        core_.base(), -1, 0,
        [](int, short, void* self) { static_cast<socket_listener*>(self)->event_.add(); }, this);
    event_.add();
  }

  [[nodiscard]] const endpoint& bound() const override { return bound_; }

  void close() override {
    event_.remove();
    resume_.remove();
    fd_.reset();
  }

 private:
  void accept_some() {
    for (int i = 0; i < accepts_per_turn && fd_; ++i) {
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      if (descriptors_ != nullptr && !descriptors_->take()) {
        return pause("its file descriptors are used up");
      }
      unique_fd fd(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC),
                   descriptors_);
      if (fd) {
        on_socket_(std::move(fd), to_endpoint(storage));
      } else if (!go_on_after(errno)) {
        return;
      }
    }
  }

  /// False when there is nothing to accept for now.
  bool go_on_after(int number) {
    if (number == EAGAIN || number == EWOULDBLOCK) return false;
    // accept(2): errors of the new connection itself (ECONNABORTED, EPROTO, ...) concern only it.
    if (!out_of_resources(number)) return true;
    pause(errno_text(number));
    return false;
  }

  void pause(std::string_view reason) {
    event_.remove();
    resume_.add(accept_pause_ms);
    complain(reason);
  }

  /// A shortage lasts: one line shows it as well as ten per second.
  void complain(std::string_view reason) {
    const auto now = std::chrono::steady_clock::now();
    if (now < complain_again_) return;
    complain_again_ = now + complaint_interval_s;
    log_.warning("listener.paused", {{"endpoint", bound_.to_string()},
                                    {"reason", reason},
                                    {"pause_ms", accept_pause_ms.count()}});
  }

  loop_core& core_;
  unique_fd fd_;
  on_socket on_socket_;
  descriptor_budget* descriptors_;
  endpoint bound_;
  scoped_event event_;
  scoped_event resume_;
  std::chrono::steady_clock::time_point complain_again_;
};

}  // namespace

result<unique_fd> listen_tcp(const endpoint& where, const listen_options& options) {
  SP_TRY(unique_fd fd, make_tcp_socket(where.address));
  SP_CHECK(set_on(fd.get(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"));
  if (options.reuse_port) SP_CHECK(set_on(fd.get(), SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"));
  if (where.address.is_v6()) {
    SP_CHECK(set_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"));
  }
  const socket_address address(where);
  if (::bind(fd.get(), address.get(), address.size) != 0
      || ::listen(fd.get(), options.backlog) != 0) {
    return tl::unexpected(socket_error(errno, "cannot listen on " + where.to_string()));
  }
  return fd;
}

result<std::unique_ptr<listener>> listen(event_loop& loop, const endpoint& where,
                                         const listen_options& options,
                                         listener::on_accept on_accept) {
  SP_TRY(unique_fd fd, listen_tcp(where, options));
  return accept_on(loop, std::move(fd),
                   [&core = loop.core(), on_accept](unique_fd taken, const endpoint& peer) {
                     on_accept(make_connection(core, std::move(taken), peer));
                   },
                   options.descriptors);
}

std::unique_ptr<listener> accept_on(event_loop& loop, unique_fd fd,
                                    std::function<void(unique_fd, const endpoint&)> taken,
                                    descriptor_budget* descriptors) {
  return std::make_unique<socket_listener>(loop.core(), std::move(fd), std::move(taken),
                                           descriptors);
}

}  // namespace signpost::net
