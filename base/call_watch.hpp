// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls that may not return (a disk that hangs, a file server that has disappeared), seen by
// threads that do not wait for them.
//
//     const auto call = watch.begin();   // until it goes out of scope
//     …the call…
//
//     const auto longest = watch.oldest();  // on another thread: for how long the longest has run
//
// Threads: any; nothing waits. Limits: `slots` calls are seen at once. Further ones are not, but if
// that many do not return there is nothing left to find out.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/clock.hpp"

namespace signpost {

class call_watch {
 public:
  static constexpr std::size_t slots = 32;

  /// One call under way.
  class call {
   public:
    explicit call(std::atomic<std::int64_t>* slot) : slot_(slot) {}
    ~call() {
      if (slot_ != nullptr) slot_->store(none, std::memory_order_release);
    }
    call(call&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    call& operator=(call&&) = delete;
    call(const call&) = delete;
    call& operator=(const call&) = delete;

   private:
    std::atomic<std::int64_t>* slot_;
  };

  [[nodiscard]] call begin() {
    const auto now = steady_ms();
    for (auto& slot : since_) {
      auto free = none;
      if (slot.compare_exchange_strong(free, now, std::memory_order_acq_rel)) return call(&slot);
    }
    return call(nullptr);
  }

  /// How long the oldest call has been running; zero if there is none.
  [[nodiscard]] milliseconds oldest() const {
    const auto now = steady_ms();
    std::int64_t longest = 0;
    for (const auto& slot : since_) {
      const auto since = slot.load(std::memory_order_acquire);
      if (since != none && now - since > longest) longest = now - since;
    }
    return milliseconds{longest};
  }

 private:
  static constexpr std::int64_t none = INT64_MIN;

  static std::int64_t steady_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  static std::array<std::atomic<std::int64_t>, slots> all_free() {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<std::atomic<std::int64_t>, slots>{((void)I, none)...};
    }(std::make_index_sequence<slots>{});
  }

  std::array<std::atomic<std::int64_t>, slots> since_ = all_free();
};

}  // namespace signpost
