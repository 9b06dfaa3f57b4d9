// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The link between an attempt that runs on an event loop and those who wait for it: they see
// whether the other side has answered yet, and can have the attempt broken off.
//
//     leash->cut(cut_reason::by_operator);     // anybody
//     leash->on_cut([&](cut_reason why) { loop.post(…); });   // the attempt; {} before it ends
//
// Threads: any. The callback is called at most once, by the thread that cuts, and must only pass
// the request on.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace signpost::actors {

enum class cut_reason : unsigned char {
  by_operator,  ///< the message is to be removed, or retried
  others_wait,  ///< the host does not answer, or has not for long, and its place is needed
  node_stops,   ///< what was not sent completely is repeated after the next start
};

class attempt_leash {
 public:
  /// Breaks the attempt off, now or when it begins. False if it was cut before.
  bool cut(cut_reason why) {
    const std::lock_guard lock(mutex_);
    if (cut_) return false;
    cut_ = why;
    if (const auto told = std::exchange(told_, {})) told(why);
    return true;
  }
  [[nodiscard]] std::optional<cut_reason> why_cut() const {
    const std::lock_guard lock(mutex_);
    return cut_;
  }
  /// The function that cut() calls; called immediately if it was cut before. Empty: none any more.
  void on_cut(std::function<void(cut_reason)> told) {
    const std::lock_guard lock(mutex_);
    told_ = std::move(told);
    if (cut_ && told_) std::exchange(told_, {})(*cut_);
  }

  /// Another attempt begins: nobody has answered it.
  void begin() { answered_.store(false, std::memory_order_relaxed); }
  /// A host has answered as a mail host does.
  void note_answer() { answered_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool answered() const { return answered_.load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::optional<cut_reason> cut_;           // guarded by mutex_
  std::function<void(cut_reason)> told_;    // guarded by mutex_
  std::atomic<bool> answered_{false};
};

}  // namespace signpost::actors
