// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many octets each holder may have in memory:
//
//     memory_budget budget(256 << 20);                           // all of it
//     auto share = std::make_shared<memory_share>(budget, 25);  // what one holder may have of it
//     memory_lease lease(share);                                // what is held just now
//     if (!lease.grow_to(1024)) …                               // "452", not "allocate and hope"
//
// Threads: budgets and shares any; a lease one at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace signpost {

/// A budget of octets. Code that wants to hold octets must take them first.
///
/// Must outlive its shares and leases.
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
  /// What could be taken now, unless somebody else takes it first.
  [[nodiscard]] std::size_t left() const { return limit_ - used(); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

/// How much one of many holders (a client network, a destination) may have of a budget. The more
/// the others hold, the less that is, so that something is left for the next one: with 50 percent a
/// holder may have as much as it leaves free, and the next one half of that.
///
/// Must outlive its leases, unless they keep it (see `memory_account`).
class memory_share {
 public:
  /// `percent`: what a holder may have of a budget that nobody else uses, 1 to 99.
  explicit memory_share(memory_budget& budget, std::size_t percent = 50)
      : budget_(budget), percent_(percent) {}
  memory_share(const memory_share&) = delete;
  memory_share& operator=(const memory_share&) = delete;

  [[nodiscard]] bool take(std::size_t octets) {
    const auto held = held_.fetch_add(octets, std::memory_order_relaxed) + octets;
    if (is_fair(held, octets) && budget_.take(octets)) return true;
    held_.fetch_sub(octets, std::memory_order_relaxed);
    return false;
  }
  void give_back(std::size_t octets) {
    held_.fetch_sub(octets, std::memory_order_relaxed);
    budget_.give_back(octets);
  }

  [[nodiscard]] std::size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class memory_account;

  [[nodiscard]] bool is_fair(std::size_t held, std::size_t octets) const {
    const auto left = budget_.left();
    // The budget itself refuses what it can never give.
    return octets > left || held * (100 - percent_) <= (left - octets) * percent_;
  }

  memory_budget& budget_;
  const std::size_t percent_;
  std::atomic<std::size_t> held_{0};
};

/// What octets are charged to: a budget, or one holder's share of it.
class memory_account {
 public:
  memory_account() = default;  ///< none: what is charged to it is not counted
  memory_account(memory_budget& budget) : budget_(&budget) {}  // NOLINT: a budget is an account
  memory_account(std::shared_ptr<memory_share> share)          // NOLINT: and so is a share
      : budget_(&share->budget_), share_(std::move(share)) {}

  [[nodiscard]] bool take(std::size_t octets) {
    if (share_) return share_->take(octets);
    return budget_ == nullptr || budget_->take(octets);
  }
  void give_back(std::size_t octets) {
    if (share_) {
      share_->give_back(octets);
    } else if (budget_ != nullptr) {
      budget_->give_back(octets);
    }
  }
  [[nodiscard]] bool is_of(const memory_budget& budget) const { return budget_ == &budget; }

 private:
  memory_budget* budget_ = nullptr;
  std::shared_ptr<memory_share> share_;
};

/// Octets charged to an account, given back when the lease is destroyed. Movable.
class memory_lease {
 public:
  memory_lease() = default;
  explicit memory_lease(memory_account account) : account_(std::move(account)) {}
  memory_lease(memory_lease&& other) noexcept
      : account_(std::move(other.account_)), held_(std::exchange(other.held_, 0)) {}
  memory_lease& operator=(memory_lease&& other) noexcept {
    if (this != &other) {
      release();
      account_ = std::move(other.account_);
      held_ = std::exchange(other.held_, 0);
    }
    return *this;
  }
  ~memory_lease() { release(); }

  /// Grows the lease to hold at least `octets`; false if the account does not have enough left.
  [[nodiscard]] bool grow_to(std::size_t octets) {
    if (octets <= held_) return true;
    if (!account_.take(octets - held_)) return false;
    held_ = octets;
    return true;
  }
  void release() {
    if (held_ > 0) account_.give_back(std::exchange(held_, 0));
  }
  [[nodiscard]] std::size_t held() const { return held_; }
  [[nodiscard]] bool is_of(const memory_budget& budget) const { return account_.is_of(budget); }

 private:
  memory_account account_;
  std::size_t held_ = 0;
};
}  // namespace signpost
