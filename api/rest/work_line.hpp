// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads that take work from one line.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace signpost::api::rest {

/// Threads: `add` from any; made and ended by one.
class work_line {
 public:
  work_line(std::size_t threads, std::size_t waiting_max);
  /// Finishes what runs; what waits is dropped.
  ~work_line();
  work_line(const work_line&) = delete;
  work_line& operator=(const work_line&) = delete;

  /// False if the line is full: then `task` was not taken.
  [[nodiscard]] bool add(std::function<void()> task);

 private:
  void run();

  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace signpost::api::rest
