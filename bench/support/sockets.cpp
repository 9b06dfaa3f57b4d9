// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/assert.hpp"

namespace signpost::bench {
namespace {

constexpr int listen_backlog = 4096;

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

socket_address to_socket_address(const endpoint& e) {
  socket_address out;
  const auto octets = e.address.octets();
  if (e.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(e.port);
    std::memcpy(&v4.sin_addr, octets.data(), octets.size());
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(e.port);
    std::memcpy(&v6.sin6_addr, octets.data(), octets.size());
    std::memcpy(&out.storage, &v6, sizeof v6);
    out.size = sizeof v6;
  }
  return out;
}

const sockaddr* generic(const socket_address& a) {
  return reinterpret_cast<const sockaddr*>(&a.storage);
}

tl::unexpected<error> system_failure(std::string_view what) {
  return fail(errc::unavailable, std::string(what) + ": " + std::strerror(errno));
}

file_descriptor stream_socket(const endpoint& e) {
  const int family = e.address.is_v4() ? AF_INET : AF_INET6;
  return file_descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void set_flag(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);
}

}  // namespace

result<file_descriptor> listen_on(const endpoint& local) {
  file_descriptor fd = stream_socket(local);
  if (!fd.open()) return system_failure("socket");
  set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  const auto address = to_socket_address(local);
  if (::bind(fd.get(), generic(address), address.size) != 0
      || ::listen(fd.get(), listen_backlog) != 0) {
    return system_failure("listen on " + local.to_string());
  }
  return fd;
}

std::uint16_t local_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  // The port stands at the same place in sockaddr_in and sockaddr_in6.
  sockaddr_in v4{};
  std::memcpy(&v4, &storage, sizeof v4);
  return ntohs(v4.sin_port);
}

result<file_descriptor> connect_to(const endpoint& remote, const ip_address& source) {
  file_descriptor fd = stream_socket(remote);
  if (!fd.open()) return system_failure("socket");
  set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  if (!source.is_unspecified()) {
    // The port is chosen at connect time, so one source address reaches its 28,000 ports per
    // target.
    set_flag(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    const auto local = to_socket_address({source, 0});
    if (::bind(fd.get(), generic(local), local.size) != 0) return system_failure("bind");
  }
  const auto address = to_socket_address(remote);
  if (::connect(fd.get(), generic(address), address.size) != 0 && errno != EINPROGRESS) {
    return system_failure("connect");
  }
  return fd;
}

file_descriptor accept_from(int listener) {
  file_descriptor fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.open()) set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

poller::poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
  SP_ASSERT(fd_.open());
}

void poller::add(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  SP_ASSERT(::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

std::span<const epoll_event> poller::wait(int timeout_ms) {
  const int n = ::epoll_wait(fd_.get(), events_, static_cast<int>(std::size(events_)), timeout_ms);
  return {events_, n > 0 ? static_cast<std::size_t>(n) : 0};
}

file_descriptor signal_descriptor(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : signals) sigaddset(&set, s);
  SP_ASSERT(::sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
  return file_descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

int take_signal(int fd) {
  signalfd_siginfo info{};
  return ::read(fd, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

std::int64_t monotonic_us() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace signpost::bench
