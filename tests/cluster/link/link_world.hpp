// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Three nodes with a link between them, real or not, for tests that hold for both.
#pragma once

#include <functional>
#include <memory>

#include "cluster/link/link_engine.hpp"

namespace signpost::cluster::link {

/// Fast enough for tests, slow enough for a loaded machine.
inline link_limits test_limits() {
  link_limits l;
  l.heartbeat = milliseconds(100);
  l.silence = milliseconds(1'000);
  l.hello_within = milliseconds(1'000);
  l.stalled = milliseconds(1'000);
  l.redial_min = milliseconds(50);
  l.redial_max = milliseconds(500);
  l.control_queue_octets = 512 * 1024;
  l.bulk_queue_octets = 4U << 20;
  l.incoming_octets = 8U << 20;
  l.requests_max = 64;
  l.bodies_max = 2;
  l.body_window = 256 * 1024;
  return l;
}

/// Nodes 1 to 3; 3 has the role `ingress` alone.
class link_world {
 public:
  virtual ~link_world() = default;
  [[nodiscard]] virtual node_link& link(node_number n) = 0;
  /// All nodes hear of all, after their handlers are set.
  virtual void introduce() = 0;
  /// Until it is true; false if that takes longer. The condition is looked at under `mutex`.
  virtual bool wait(const std::function<bool()>& done, milliseconds at_most) = 0;
  /// As SIGSTOP and SIGCONT.
  virtual void stop(node_number n) = 0;
  virtual void resume(node_number n) = 0;
  virtual void kill(node_number n) = 0;
  /// A new process without handlers; `introduce` tells it of the others.
  virtual void restart(node_number n) = 0;
  [[nodiscard]] virtual steady_time now() const = 0;
};

/// That of the program: fake_world.cpp or socket_world.cpp.
std::unique_ptr<link_world> make_link_world();

}  // namespace signpost::cluster::link
