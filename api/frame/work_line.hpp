// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads that take work from a line in which every owner has one place: owners are served in turn,
// one task each, however many tasks one of them has. An owner, or a group of owners, never holds
// all threads, so that slow tasks of one do not stop the others.
//
//     work_line line({.threads = 4});
//     switch (line.add({.name = token, .group = account}, task)) { … }
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace signpost::api {

struct work_line_options {
  std::size_t threads = 1;
  std::size_t waiting_max = 1000;
  /// For one owner; twice as many for a group.
  std::size_t waiting_each_max = 100;
};

/// The owner of a task. One name in two groups means two owners.
struct work_owner {
  std::string name;
  std::string group;
};

/// Threads: `add` from any; created and destroyed by one.
class work_line {
 public:
  enum class outcome : std::uint8_t { taken, line_full, share_full };

  explicit work_line(const work_line_options& options);
  /// Finishes running tasks and drops waiting ones.
  ~work_line();
  work_line(const work_line&) = delete;
  work_line& operator=(const work_line&) = delete;

  /// Anything but `taken`: the task was not accepted.
  [[nodiscard]] outcome add(const work_owner& owner, std::function<void()> task);

 private:
  struct place {
    std::string group;
    std::deque<std::function<void()>> waiting;
    std::size_t running = 0;
  };
  struct share {
    std::size_t waiting = 0;
    std::size_t running = 0;
  };
  struct taken {
    std::string name;
    std::function<void()> task;
  };

  void run();
  /// Takes a task of the next owner that may continue; false if there is none.
  [[nodiscard]] bool take(taken& next);
  [[nodiscard]] bool may_run(const place& of) const;
  void finished(const std::string& name);
  void forget_if_idle(const std::string& name);

  const work_line_options options_;
  /// How many threads one owner, or one group, may hold: three quarters, and never all (unless
  /// there is only one).
  const std::size_t running_each_max_;
  std::mutex mutex_;  ///< of everything down to the blank line
  std::condition_variable wake_;
  std::unordered_map<std::string, place> places_;
  std::unordered_map<std::string, share> groups_;
  std::list<std::string> turns_;  ///< owners with waiting tasks, the next one first
  std::size_t waiting_ = 0;
  bool ended_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace signpost::api
