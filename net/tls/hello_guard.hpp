// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks what a client sends before its TLS session is established, and ends it if it announces a
// hello larger than any honest one. OpenSSL takes hellos of up to 128 KiB and makes room for one as
// soon as its length is known: a few octets on each of many connections would allocate that much
// for each.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

struct ssl_st;

namespace signpost::net {

/// Hellos have some hundred octets, and two thousand with post-quantum keys.
inline constexpr std::size_t client_hello_octets_max = 16 * 1024;

class hello_guard {
 public:
  /// Watches what `session` reads until `leave`. Must outlive the session, or be detached.
  void watch(ssl_st* session);
  void leave(ssl_st* session) const;

  /// Checks the next octets of the stream; false if the handshake must not continue. `is_tls_13`:
  /// the agreed version, as far as known.
  bool take(std::span<const unsigned char> octets, bool is_tls_13);

 private:
  bool take_handshake(std::span<const unsigned char> octets);

  std::array<unsigned char, 5> record_{};  ///< header of the incoming record
  std::size_t record_have_ = 0;
  std::size_t record_left_ = 0;
  std::array<unsigned char, 4> message_{};  ///< header of the handshake message
  std::size_t message_have_ = 0;
  std::size_t message_left_ = 0;
  bool encrypted_ = false;
};

}  // namespace signpost::net
