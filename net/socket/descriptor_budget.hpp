// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many descriptors one use may have at once, so that it leaves some for the others: a process
// without descriptors cannot write files, answer health checks or deliver mail.
//
// Threads: any. Must outlive everything taken from it.
#pragma once

#include <atomic>
#include <cstddef>

namespace signpost::net {

class descriptor_budget {
 public:
  explicit descriptor_budget(std::size_t limit) : limit_(limit) {}
  descriptor_budget(const descriptor_budget&) = delete;
  descriptor_budget& operator=(const descriptor_budget&) = delete;

  [[nodiscard]] bool take() {
    if (used_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
    give_back();
    return false;
  }
  void give_back() { used_.fetch_sub(1, std::memory_order_relaxed); }

  /// True when the last sixteenth is being used: then nothing is kept open out of courtesy.
  [[nodiscard]] bool is_scarce() const { return used() + limit_ / 16 >= limit_; }
  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace signpost::net
