// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The few system calls of the load driver: sockets, epoll, signals as a descriptor, clocks.
//
// Threads: one per object.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/ip.hpp"
#include "base/result.hpp"

namespace signpost::bench {

/// Owns a file descriptor.
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd() { reset(); }

  void reset();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A non-blocking listener; `unavailable` if the address cannot be bound.
result<unique_fd> listen_on(const endpoint& local);
/// The port a listener was given when it asked for port 0.
std::uint16_t local_port(int fd);
/// Begins a non-blocking connection from `source` (the unspecified address: the kernel chooses);
/// `unavailable` if it fails at once.
result<unique_fd> connect_to(const endpoint& remote, const ip_address& source);
/// The next waiting connection, non-blocking; closed if there is none.
unique_fd accept_from(int listener);

/// An epoll set; every descriptor is watched edge-triggered for both directions, so it costs one
/// epoll_ctl per connection.
class poller {
 public:
  poller();
  void add(int fd, std::uint64_t tag);
  /// Waits at most `timeout_ms`; the events stay valid until the next call.
  std::span<const epoll_event> wait(int timeout_ms);

 private:
  unique_fd fd_;
  epoll_event events_[512];
};

/// Blocks `signals` and gives a descriptor from which take_signal() reads them.
unique_fd signal_descriptor(std::initializer_list<int> signals);
/// The next signal, or 0.
int take_signal(int fd);

/// CLOCK_MONOTONIC in microseconds: the same clock in every process of this machine.
std::int64_t monotonic_us();
/// User and system CPU seconds of this process.
double own_cpu_seconds();
/// Raises the soft limit of open files to the hard one.
void raise_file_limit();
/// Writes everything to a blocking descriptor; `unavailable` or `no_space` if that fails.
result<void> write_all(int fd, std::string_view bytes);

}  // namespace signpost::bench
