// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The keys under which clients keep their TLS sessions for us (RFC 8446 §4.6.1). Anyone with such a
// key can read every session that was resumed with it, so none is used for long, and none is ever
// stored: a restart costs clients a full handshake.
//
// Threads: any. One set serves all loops and outlives a renewed certificate.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.hpp"

struct ssl_ctx_st;

namespace signpost::net {

class tls_ticket_keys {
 public:
  struct key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
    steady_time made;
  };

  /// A key issues tickets for `lifetime` and accepts them for the same time again.
  explicit tls_ticket_keys(milliseconds lifetime = std::chrono::hours(1)) : lifetime_(lifetime) {}

  /// The key to issue a ticket with; nothing if there is no randomness to create one.
  std::optional<key> current(steady_time now);
  /// The key of that name, if its tickets are still accepted.
  std::optional<key> find(const unsigned char* name, steady_time now);
  /// True if tickets of that key are to be replaced.
  [[nodiscard]] bool is_old(const key& k, steady_time now) const {
    return now - k.made >= lifetime_;
  }

 private:
  void forget(steady_time now);

  const milliseconds lifetime_;
  std::mutex mutex_;
  std::vector<key> keys_;  // guarded by mutex_; the newest at the end
};

/// Issues and accepts the tickets of `context` with `keys`, which it keeps. False: no memory.
bool use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<tls_ticket_keys> keys);

}  // namespace signpost::net
