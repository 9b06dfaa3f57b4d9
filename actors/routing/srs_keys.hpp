// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SRS rewriter in force: replaced whole when the operator changes the secrets.
//
// Threads: any.
#pragma once

#include <memory>
#include <mutex>

#include "proto/srs/rewriter.hpp"

namespace signpost::actors {

class srs_keys {
 public:
  explicit srs_keys(srs::options o)
      : current_(std::make_shared<const srs::rewriter>(std::move(o))) {}

  [[nodiscard]] std::shared_ptr<const srs::rewriter> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void replace(srs::options o) {
    auto next = std::make_shared<const srs::rewriter>(std::move(o));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const srs::rewriter> current_;
};

}  // namespace signpost::actors
