// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The real `executor`: one libevent base that runs on one thread.
//
//     event_loop_thread io({.name = "io-0", .tls_server = certificates, .tls_client = roots});
//     io.loop().post([&] { … });          // everything else of the loop happens in there
//
// Threads: `post` and `stop` from any; all else on the thread that calls `run`, or on any one
// thread while `run` is not running (before it starts, after it has returned). Lifetime:
// connections, listeners and timers of a loop are destroyed before the loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "net/loop/transport.hpp"

struct event_base;

namespace signpost::net {

class descriptor_budget;
class loop_core;
class tls_server_context;
class tls_client_context;

struct event_loop_options {
  /// Names the thread, as `top -H` shows it: at most 15 octets are visible.
  std::string name = "loop";
  /// What start_tls_server offers; without one the connection is closed instead.
  std::shared_ptr<const tls_server_context> tls_server;
  /// What start_tls_client trusts; without one the connection is closed instead.
  std::shared_ptr<const tls_client_context> tls_client;
  /// The budget of outgoing connections, until they are closed; null = unlimited. If it is used up,
  /// connect fails with errc::unavailable.
  descriptor_budget* outgoing = nullptr;
};

/// Limits: a connection that was closed with unsent bytes lives on for `linger_ms_max` at most; one
/// turn of the loop reads at most `read_octets_per_turn` from a connection and writes at most
/// `write_octets_per_turn` to it, so that a fast peer does not starve the others.
class event_loop final : public executor {
 public:
  explicit event_loop(event_loop_options options = {});
  ~event_loop() override;
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Runs until `stop`. Tasks that were posted before the stop still run; later ones are dropped.
  void run();
  /// Any thread; `run` returns soon. Idempotent, and final: a stopped loop cannot run again.
  void stop();

  void post(std::function<void()> task) override;
  [[nodiscard]] std::unique_ptr<timer> call_after(milliseconds delay,
                                                  std::function<void()> task) override;
  [[nodiscard]] steady_time now() const override;
  void connect(const endpoint& target, const ip_address& source, milliseconds timeout,
               std::function<void(result<std::unique_ptr<connection>>)> done) override;

  [[nodiscard]] const std::string& name() const;
  /// For the files of net/ only.
  [[nodiscard]] loop_core& core() { return *core_; }

 private:
  std::unique_ptr<loop_core> core_;
};

/// A loop and the thread it runs on. The destructor stops the loop and joins the thread; objects on
/// the loop must have been destroyed by then (post their destruction), or outlive the thread and be
/// destroyed before this object (see `join`).
class event_loop_thread {
 public:
  explicit event_loop_thread(event_loop_options options = {});
  ~event_loop_thread();

  [[nodiscard]] event_loop& loop() { return loop_; }
  /// Stops the loop and waits for its thread. Afterwards the caller may destroy the objects on it.
  void join();

 private:
  event_loop loop_;
  std::thread thread_;
};

}  // namespace signpost::net
