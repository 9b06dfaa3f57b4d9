// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What was written above a message for the copies of one zone, kept for a short while: the same
// copy for another destination, or for a retry that comes soon, is not signed again.
//
// Threads: any. Limits: `entries_max` prefixes of `octets_max` octets, `octets_together_max`,
// `age_max`.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "cluster/signing/signer.hpp"

namespace signpost::actors {

class seal_cache {
 public:
  static constexpr std::size_t entries_max = 512;
  /// Longer prefixes are built again each time.
  static constexpr std::size_t octets_max = 64 * 1024;
  static constexpr std::size_t octets_together_max = 4 * 1024 * 1024;
  /// Far below the time that signatures hold.
  static constexpr std::chrono::minutes age_max{10};

  using keys_ptr = cluster::key_names_ptr;

  /// The prefix kept under `name`, if it is not too old and was made with these very keys.
  [[nodiscard]] std::optional<std::string> find(const std::string& name, const keys_ptr& keys,
                                                steady_time now) const;
  /// Keeps a prefix; the oldest one goes when there are too many.
  void put(const std::string& name, std::string prefix, keys_ptr keys, steady_time now);
  [[nodiscard]] std::size_t size() const;
  /// Octets of all prefixes.
  [[nodiscard]] std::size_t octets() const;

 private:
  struct entry {
    std::string prefix;
    keys_ptr keys;
    steady_time made;
  };

  void forget_oldest();

  mutable std::mutex mutex_;
  std::size_t octets_ = 0;
  std::unordered_map<std::string, entry> entries_;
  std::deque<std::string> order_;  ///< names, the oldest first
};

}  // namespace signpost::actors
