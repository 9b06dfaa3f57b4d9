// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A place for an immutable object that several threads share and that may be set and cleared.
//
// Threads: any. A caller that has the object keeps it, whatever happens to the place.
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
    // The previous object is destroyed here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace signpost
