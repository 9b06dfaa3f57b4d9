// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

#include "net/socket/descriptor_budget.hpp"

namespace signpost::net {

class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) : fd_(fd) {}
  /// This descriptor was charged to `counted`, which gets it back when it is closed.
  unique_fd(int fd, descriptor_budget* counted) : fd_(fd), counted_(counted) {}
  ~unique_fd() { reset(); }
  unique_fd(unique_fd&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), counted_(std::exchange(other.counted_, nullptr)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
      counted_ = std::exchange(other.counted_, nullptr);
    }
    return *this;
  }

  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (counted_ != nullptr) std::exchange(counted_, nullptr)->give_back();
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

  /// True if its budget, if any, is nearly used up.
  [[nodiscard]] bool is_scarce() const { return counted_ != nullptr && counted_->is_scarce(); }

 private:
  int fd_ = -1;
  descriptor_budget* counted_ = nullptr;
};

}  // namespace signpost::net
