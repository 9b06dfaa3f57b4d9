// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A place for an immutable thing that several threads share, and that may come and go.
//
// Threads: any. Who has got the thing keeps it, whatever becomes of the place.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace signpost {

template <typename T>
class shared_slot {
 public:
  explicit shared_slot(std::shared_ptr<const T> value = nullptr) : value_(std::move(value)) {}

  /// nullptr if there is nothing.
  [[nodiscard]] std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<const T> value) {
    {
      const std::lock_guard lock(mutex_);
      value_.swap(value);
    }
    // What was there ends here, outside of the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace signpost
