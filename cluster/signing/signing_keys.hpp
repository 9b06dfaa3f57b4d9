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
#include <utility>
#include <vector>

#include "base/shared_slot.hpp"
#include "cluster/signing/signer.hpp"
#include "proto/crypto/keys.hpp"

namespace signpost::cluster {

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
  explicit signing_keys(domain_key_map keys = {}) { replace(std::move(keys)); }

  [[nodiscard]] std::shared_ptr<const domain_key_map> current() const {
    const auto both = current_.get();
    return {both, &both->keys};
  }
  /// Their names alone: the same object for as long as the keys are the same.
  [[nodiscard]] key_names_ptr names() const {
    const auto both = current_.get();
    return {both, &both->names};
  }
  void replace(domain_key_map keys) {
    key_names names;
    for (const auto& [domain, list] : keys) {
      auto& of_domain = names[domain];
      for (const auto& one : list) of_domain.push_back({one.selector, one.key->type()});
    }
    current_.set(std::make_shared<const keys_and_names>(
        keys_and_names{.keys = std::move(keys), .names = std::move(names)}));
  }

 private:
  struct keys_and_names {
    domain_key_map keys;
    key_names names;
  };
  shared_slot<keys_and_names> current_;
};

}  // namespace signpost::cluster
