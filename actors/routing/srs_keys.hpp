// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The SRS rewriter in force: replaced whole when the operator changes the secrets.
//
// Threads: any.
#pragma once

#include <memory>

#include "base/shared_slot.hpp"
#include "proto/srs/rewriter.hpp"

namespace signpost::actors {

class srs_keys {
 public:
  explicit srs_keys(srs::options o)
      : current_(std::make_shared<const srs::rewriter>(std::move(o))) {}

  [[nodiscard]] std::shared_ptr<const srs::rewriter> current() const {
    return current_.get();
  }
  void replace(srs::options o) {
    current_.set(std::make_shared<const srs::rewriter>(std::move(o)));
  }

 private:
  shared_slot<srs::rewriter> current_;
};

}  // namespace signpost::actors
