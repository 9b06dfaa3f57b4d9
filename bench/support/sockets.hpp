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

#include "base/file_descriptor.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"

namespace signpost::bench {

/// A non-blocking listener; `unavailable` if the address cannot be bound.
result<file_descriptor> listen_on(const endpoint& local);
/// The port a listener was given when it asked for port 0.
std::uint16_t local_port(int fd);
/// Begins a non-blocking connection from `source` (the unspecified address: the kernel chooses);
/// `unavailable` if it fails at once.
result<file_descriptor> connect_to(const endpoint& remote, const ip_address& source);
/// The next waiting connection, non-blocking; closed if there is none.
file_descriptor accept_from(int listener);

/// An epoll set; every descriptor is watched edge-triggered for both directions, so it costs one
/// epoll_ctl per connection.
class poller {
 public:
  poller();
  void add(int fd, std::uint64_t tag);
  /// Waits at most `timeout_ms`; the events stay valid until the next call.
  std::span<const epoll_event> wait(int timeout_ms);

 private:
  file_descriptor fd_;
  epoll_event events_[512];
};

/// Blocks `signals` and gives a descriptor from which take_signal() reads them.
file_descriptor signal_descriptor(std::initializer_list<int> signals);
/// The next signal, or 0.
int take_signal(int fd);

/// CLOCK_MONOTONIC in microseconds: the same clock in every process of this machine.
std::int64_t monotonic_us();
/// User and system CPU seconds of this process.
double own_cpu_seconds();
/// Raises the soft limit of open files to the hard one.
void raise_file_limit();
}  // namespace signpost::bench
