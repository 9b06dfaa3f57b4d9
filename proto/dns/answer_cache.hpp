// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Answers kept for as long as their TTL allows; the least recently used one is removed first.
//
// Threads: not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/expiring_cache.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::dns {

/// Whatever TTL a zone has (RFC 8767 §4 advises a bound), an answer is queried again after this
/// time.
inline constexpr std::chrono::seconds cached_ttl_s_max{24 * 60 * 60};

/// One string per query, equal for equal queries: lower-case name without the final dot, type.
[[nodiscard]] std::string question_key(const question& q);

class answer_cache {
 public:
  /// 0 = keeps nothing.
  explicit answer_cache(std::size_t entries_max) : kept_(entries_max) {}

  /// The answer with its remaining TTL; nothing if there is none or it has expired.
  [[nodiscard]] std::optional<answer> find(const std::string& key, steady_time now);
  /// Keeps positive and negative answers (RFC 2308) with a TTL above zero; a servfail or timeout is
  /// not a lasting result and is not kept.
  void keep(const std::string& key, const answer& what, steady_time now);
  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  expiring_cache<answer> kept_;
};

}  // namespace signpost::dns
