// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one message as received: immutable, counted, shared between threads without copies.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/body_rest.hpp"

namespace signpost {

/// A budget of bytes that a node may hold in memory at once. Whoever wants to hold bytes takes a
/// `lease` first; none left means "452", not "allocate and hope".
///
/// Threads: any. Must outlive its leases.
class memory_budget {
 public:
  explicit memory_budget(std::size_t octets) : limit_(octets) {}
  memory_budget(const memory_budget&) = delete;
  memory_budget& operator=(const memory_budget&) = delete;

  /// Takes `octets` from the budget, all or nothing.
  [[nodiscard]] bool take(std::size_t octets) {
    auto before = used_.load(std::memory_order_relaxed);
    do {
      if (octets > limit_ - before) return false;
    } while (!used_.compare_exchange_weak(before, before + octets, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t octets) { used_.fetch_sub(octets, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

/// Bytes held against a budget, given back when the lease goes away. Movable.
class memory_lease {
 public:
  memory_lease() = default;
  explicit memory_lease(memory_budget& budget) : budget_(&budget) {}
  memory_lease(memory_lease&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), held_(std::exchange(other.held_, 0)) {}
  memory_lease& operator=(memory_lease&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = std::exchange(other.budget_, nullptr);
      held_ = std::exchange(other.held_, 0);
    }
    return *this;
  }
  ~memory_lease() { release(); }

  /// Grows the lease to hold at least `octets`; false if the budget has not enough left.
  [[nodiscard]] bool grow_to(std::size_t octets) {
    if (octets <= held_ || budget_ == nullptr) return true;
    if (!budget_->take(octets - held_)) return false;
    held_ = octets;
    return true;
  }
  void release() {
    if (budget_ != nullptr && held_ > 0) budget_->give_back(held_);
    held_ = 0;
  }
  [[nodiscard]] std::size_t held() const { return held_; }
  [[nodiscard]] bool is_of(const memory_budget& budget) const { return budget_ == &budget; }

 private:
  memory_budget* budget_ = nullptr;
  std::size_t held_ = 0;
};

/// An immutable message. The octets are CRLF-terminated lines, dot-unstuffed, exactly as the sender
/// meant them: no header of ours is ever among them. Of a large one that is read from the spool
/// only the beginning is in memory, at least its header section; the other octets are its `rest`.
class message_body {
 public:
  explicit message_body(std::string octets, memory_lease lease = {},
                        std::shared_ptr<const body_rest> rest = nullptr)
      : octets_(std::move(octets)), lease_(std::move(lease)), rest_(std::move(rest)) {}
  message_body(const message_body&) = delete;
  message_body& operator=(const message_body&) = delete;

  /// Those in memory: all of them unless there is a rest.
  [[nodiscard]] std::string_view octets() const { return octets_; }
  /// nullptr = none.
  [[nodiscard]] const std::shared_ptr<const body_rest>& rest() const { return rest_; }
  /// Of the whole message.
  [[nodiscard]] std::size_t size() const { return octets_.size() + (rest_ ? rest_->size() : 0); }
  /// Octets of memory that it takes.
  [[nodiscard]] std::size_t held() const { return octets_.capacity(); }

  /// From now on it is held against `lease`; what it was held against is given back. For the one
  /// who hands it from one part of the node to another; by one thread at a time.
  void charge_to(memory_lease lease) const { lease_ = std::move(lease); }
  [[nodiscard]] bool is_charged_to(const memory_budget& budget) const {
    return lease_.is_of(budget);
  }

 private:
  std::string octets_;
  mutable memory_lease lease_;
  std::shared_ptr<const body_rest> rest_;
};

using body_ptr = std::shared_ptr<const message_body>;

}  // namespace signpost
