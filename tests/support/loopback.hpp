// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// For tests with real sockets on the loopback interface: loops on threads, handlers that remember,
// and waiting that ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "net/loop/event_loop.hpp"
#include "net/loop/transport.hpp"

namespace signpost::test {

/// Longer than anything on a loaded machine takes; a test that waits so long has failed.
inline constexpr std::chrono::seconds patience{20};

/// Runs `f` on the loop's thread and returns what it returned.
template <typename F>
auto run_on(net::executor& loop, F f) -> std::invoke_result_t<F> {
  std::promise<std::invoke_result_t<F>> promise;
  auto future = promise.get_future();
  loop.post([&] {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      f();
      promise.set_value();
    } else {
      promise.set_value(f());
    }
  });
  return future.get();
}

/// Owns a connection and remembers what it said. Made, used and destroyed on the loop's thread,
/// except the wait_ functions and what returns copies.
class recorder final : public net::connection_handler {
 public:
  void own(std::unique_ptr<net::connection> connection);
  void drop();
  [[nodiscard]] net::connection& connection() { return *connection_; }

  /// Called on the loop's thread, after it was remembered. Optional.
  std::function<void(std::string_view)> when_data;
  std::function<void(const net::tls_state&)> when_tls;
  std::function<void()> when_drained;
  std::function<void(std::string_view)> when_closed;

  // Any thread; false if it did not happen within `patience`.
  bool wait_for_bytes(std::size_t count);
  bool wait_for_text(std::string_view text);
  bool wait_for_drained();
  bool wait_for_tls();
  bool wait_for_closed();
  [[nodiscard]] std::string received() const;
  [[nodiscard]] std::string close_reason() const;
  [[nodiscard]] net::tls_state tls() const;
  [[nodiscard]] int data_calls() const;

 private:
  void on_data(std::string_view bytes) override;
  void on_drained() override;
  void on_tls(const net::tls_state& state) override;
  void on_closed(std::string_view reason) override;
  template <typename Condition>
  bool wait(Condition condition);

  std::unique_ptr<net::connection> connection_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string received_;
  std::optional<std::string> closed_;
  std::optional<net::tls_state> tls_;
  bool drained_ = false;
  int data_calls_ = 0;
};

/// A fresh directory under the system's place for temporary files, removed at the end.
class temporary_directory {
 public:
  temporary_directory();
  ~temporary_directory();
  [[nodiscard]] std::string path(std::string_view name) const;

 private:
  std::string path_;
};

void write_file(const std::string& path, std::string_view text);
std::string read_file(const std::string& path);

}  // namespace signpost::test
