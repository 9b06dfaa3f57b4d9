// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Public keys of signers, parsed once: reading a key costs about half of verifying a signature with
// it. A key is kept for as long as its record's TTL allows.
//
// Threads: any. Limits: `entries_max` keys, of which the least recently used is removed;
// `kept_key_ttl_max`.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/expiring_cache.hpp"
#include "model/authentication/authentication.hpp"

namespace signpost::actors {

/// Keys of large senders are used all the time; a few kilobytes each.
inline constexpr std::size_t kept_keys_max = 4096;
/// A revoked key (RFC 6376 §3.6.1 `p=`) must not stay valid here for as long as a zone's TTL may
/// be.
inline constexpr seconds kept_key_ttl_max = std::chrono::hours(1);

class key_cache final : public model::key_store {
 public:
  /// 0 = keeps nothing.
  explicit key_cache(const clock& time, std::size_t entries_max = kept_keys_max)
      : time_(time), kept_(entries_max) {}

  std::optional<dkim::found_key> find(std::string_view name) override;
  void keep(std::string_view name, const dkim::found_key& key, seconds ttl) override;
  [[nodiscard]] std::size_t size() const;

 private:
  const clock& time_;
  mutable std::mutex mutex_;
  expiring_cache<dkim::found_key> kept_;  // guarded by mutex_
};

}  // namespace signpost::actors
