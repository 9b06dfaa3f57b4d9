// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DKIM keys in force: parsed once, replaced whole when the operator generates or rotates.
//
// Threads: any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_slot.hpp"
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
    return current_.get();
  }
  void replace(domain_key_map keys) {
    current_.set(std::make_shared<const domain_key_map>(std::move(keys)));
  }

 private:
  shared_slot<domain_key_map> current_;
};

}  // namespace signpost::actors
