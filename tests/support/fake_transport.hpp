// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A network without sockets, threads and time: an `executor` whose clock a test moves, and
// connections whose other end the test holds.
//
//     fake_executor network;
//     network.on_connect({*ip_address::parse("192.0.2.1"), 25},
//                        {.accepted = [&](std::shared_ptr<fake_peer> p) { p->send("220 hi\r\n");
//                        }});
//     ... code under test connects and writes ...
//     network.run_until_idle();
//     EXPECT_EQ(peer->take(), "EHLO us\r\n");
//     network.advance(minutes{5});
//
// Everything happens in the order in which it was asked for, inside run_until_idle and advance
// only: no callback is made inside a call of the code under test, as with the real executor.
//
// Threads: one, except `post`.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/loop/transport.hpp"

namespace signpost::test {

class fake_executor;

/// How the other end behaves when the code under test starts TLS.
enum class fake_tls { succeeds, fails, waits };

/// The test's end of a connection.
class fake_peer : public std::enable_shared_from_this<fake_peer> {
 public:
  /// Called with what the code under test wrote, each time it wrote something. Optional.
  std::function<void(std::string_view bytes)> on_output;
  /// Called when the code under test has closed or destroyed its end. Optional.
  std::function<void()> on_gone;
  fake_tls tls = fake_tls::succeeds;
  /// What a handshake that succeeds reports.
  net::tls_state tls_state{
      .version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .bits = 256, .peer_verified = true};

  /// Bytes the code under test will read. They wait while it has its reading off.
  void send(std::string_view bytes);
  /// What was written since the last take.
  std::string take() { return std::exchange(untaken_, {}); }
  /// All that was ever written.
  [[nodiscard]] const std::string& written() const { return written_; }
  /// Ends the connection: on_closed with `reason`, after the bytes that were sent before.
  void close(std::string_view reason = "the peer closed the connection");
  /// While true, what is written stays unsent: no on_output, no on_drained.
  void hold_output(bool hold);
  /// For fake_tls::waits.
  void finish_tls();
  void fail_tls(std::string_view reason = "tls handshake failed");

  /// The code under test has closed or destroyed its end.
  [[nodiscard]] bool gone() const { return gone_; }
  /// It ended with `close()`, not by destroying an open connection.
  [[nodiscard]] bool closed_properly() const { return closed_; }
  [[nodiscard]] bool reading() const { return reading_; }
  [[nodiscard]] bool tls_started() const { return tls_started_; }
  [[nodiscard]] bool tls_active() const { return tls_active_; }
  /// The name given to start_tls_client.
  [[nodiscard]] const std::string& server_name() const { return server_name_; }

 private:
  friend class fake_executor;
  friend class fake_connection;

  explicit fake_peer(fake_executor& network) : network_(network) {}
  void later(void (fake_peer::*what)());
  void deliver();
  void drain();
  void start_tls();
  void owner_left(bool properly);

  fake_executor& network_;
  net::connection_handler* handler_ = nullptr;
  std::string inbound_;  ///< sent by the test, not yet read
  std::string unsent_;   ///< written, not yet given away
  std::string untaken_;
  std::string written_;
  std::string server_name_;
  std::string end_reason_;
  bool ending_ = false;
  bool ended_ = false;
  bool gone_ = false;
  bool closed_ = false;
  bool reading_ = true;
  bool held_ = false;
  bool tls_started_ = false;
  bool tls_active_ = false;
};

/// What becomes of a connect to one endpoint.
struct fake_destination {
  enum class outcome { accept, refuse, time_out } outcome = outcome::accept;
  fake_tls tls = fake_tls::succeeds;
  /// Gets the other end right before the code under test gets its own. Optional.
  std::function<void(std::shared_ptr<fake_peer>)> accepted;
};

struct fake_connect {
  endpoint target;
  ip_address source;
  milliseconds timeout{};
};

class fake_executor final : public net::executor {
 public:
  explicit fake_executor(steady_time start = steady_time{seconds{1'000'000}}) : now_(start) {}
  ~fake_executor() override;

  void post(std::function<void()> task) override;
  [[nodiscard]] std::unique_ptr<net::timer> call_after(milliseconds delay,
                                                       std::function<void()> task) override;
  [[nodiscard]] steady_time now() const override { return now_; }
  void connect(const endpoint& target, const ip_address& source, milliseconds timeout,
               std::function<void(result<std::unique_ptr<net::connection>>)> done) override;

  /// Runs what is posted and what follows from it, and timers that are due; false if that did not
  /// come to an end within `steps_max` steps.
  bool run_until_idle(std::size_t steps_max = 1'000'000);
  /// Moves the clock, timer by timer, running everything on the way.
  bool advance(milliseconds by);

  /// What becomes of connects to `where` from now on; without a script they are refused.
  void on_connect(const endpoint& where, fake_destination script);
  /// All connects that were begun, in order.
  [[nodiscard]] const std::vector<fake_connect>& connects() const { return connects_; }
  /// A connection somebody else opened to the code under test: its end and the test's.
  std::pair<std::unique_ptr<net::connection>, std::shared_ptr<fake_peer>> incoming(
      const endpoint& peer, const endpoint& local);

  /// Connections whose end the code under test still holds; 0 at the end of a tidy test.
  [[nodiscard]] std::size_t open_connections() const { return open_connections_; }
  [[nodiscard]] std::size_t pending_timers() const { return timers_.size(); }

 private:
  friend class fake_peer;
  friend class fake_connection;
  friend class fake_timer;
  using timer_key = std::pair<steady_time, std::uint64_t>;

  bool run_one();

  steady_time now_;
  std::uint64_t timer_count_ = 0;
  std::map<timer_key, std::function<void()>> timers_;
  std::map<endpoint, fake_destination> destinations_;
  std::vector<fake_connect> connects_;
  std::vector<std::unique_ptr<net::timer>> connect_timers_;
  std::size_t open_connections_ = 0;

  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  bool stopped_ = false;                     // guarded by mutex_
};

}  // namespace signpost::test
