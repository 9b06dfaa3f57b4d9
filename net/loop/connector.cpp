// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/loop/connector.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>

#include "net/loop/connection.hpp"
#include "net/socket/socket_address.hpp"

namespace signpost::net {
namespace {

/// Binds without choosing a port yet: the kernel then needs a free port per target only, not per
/// source address.
result<void> bind_source(int fd, const ip_address& source) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const socket_address address(endpoint{source, 0});
  if (::bind(fd, address.get(), address.size) != 0) {
    return fail(errc::unavailable, "cannot use " + source.to_string() + ": " + errno_text(errno));
  }
  return {};
}

class connector final : public resident {
 public:
  connector(loop_core& core, const connect_request& request, connect_done done)
      : core_(core), request_(request), done_(std::move(done)) {}

  void begin() {
    const auto begun = open_socket();
    if (!begun) early_failure_ = begun.error().context;
    event_.assign(
        core_.base(), fd_.get(), begun ? EV_WRITE : short{0},
        [](int, short what, void* self) { static_cast<connector*>(self)->ready(what); }, this);
    // Immediate failures are reported in the next turn, never inside connect.
    event_.add(begun ? request_.timeout : milliseconds{0});
  }

 private:
  result<void> open_socket() {
    auto* const counted = core_.options().outgoing;
    if (counted != nullptr && !counted->take()) {
      return fail(errc::unavailable, "no file descriptor is left for outgoing connections");
    }
    SP_TRY(fd_, make_tcp_socket(request_.target.address, counted));
    if (!request_.source.is_unspecified()) SP_CHECK(bind_source(fd_.get(), request_.source));
    const socket_address address(request_.target);
    if (::connect(fd_.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) {
      return fail(errc::unavailable, errno_text(errno));
    }
    return {};
  }

  void ready(short what) {
    auto outcome = connected(what);
    // done may do anything, except that this object lives until the callback has returned.
    core_.retire(this);
    std::exchange(done_, nullptr)(std::move(outcome));
  }

  result<std::unique_ptr<connection>> connected(short what) {
    std::string reason = early_failure_;
    if (reason.empty() && (what & EV_WRITE) == 0) reason = "connection timed out";
    if (reason.empty()) {
      int number = 0;
      socklen_t size = sizeof number;
      ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &number, &size);
      if (number != 0) reason = errno_text(number);
    }
    if (!reason.empty()) {
      return fail(errc::unavailable, request_.target.to_string() + ": " + reason);
    }
    event_.remove();
    return make_connection(core_, std::move(fd_), request_.target);
  }

  loop_core& core_;
  connect_request request_;
  connect_done done_;
  unique_fd fd_;
  scoped_event event_;
  std::string early_failure_;
};

}  // namespace

void begin_connect(loop_core& core, const connect_request& request, connect_done done) {
  auto made = std::make_unique<connector>(core, request, std::move(done));
  connector& self = *made;
  core.adopt(std::move(made));
  self.begin();
}

}  // namespace signpost::net
