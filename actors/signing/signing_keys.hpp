// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DKIM keys in force: parsed once, replaced whole when the operator generates or rotates.
//
// Threads: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "proto/crypto/keys.hpp"

namespace signpost::actors {

/// One key that signs now.
struct domain_key {
  std::string domain;    ///< `d=`, in A-labels and lower case
  std::string selector;  ///< `s=`
  std::shared_ptr<const crypto::signing_key> key;
};

/// By domain; for each at most one key of a type, RSA before Ed25519.
using domain_key_map = std::map<std::string, std::vector<domain_key>, std::less<>>;

class signing_keys {
 public:
  explicit signing_keys(domain_key_map keys = {})
      : current_(std::make_shared<const domain_key_map>(std::move(keys))) {}

  [[nodiscard]] std::shared_ptr<const domain_key_map> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void replace(domain_key_map keys) {
    auto next = std::make_shared<const domain_key_map>(std::move(keys));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const domain_key_map> current_;
};

}  // namespace signpost::actors
