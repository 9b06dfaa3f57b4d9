// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Digests and message authentication codes: SHA-1, SHA-256 (FIPS 180-4) and HMAC (RFC 2104).
//
//     digest d(digest_algorithm::sha256);
//     d.update("From: ");
//     d.update(value);
//     const auto octets = d.finish();
//
// SHA-1 is here for HMAC in SRS; nothing is signed with it.
// These functions cannot fail because of their input; an OpenSSL without these algorithms (a
// configuration
// without the default provider) or without memory ends the process (SP_ASSERT).
//
// Threads: functions may be called from any thread; one `digest` by one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace signpost::crypto {

enum class digest_algorithm { sha1, sha256 };

using sha1_octets = std::array<std::byte, 20>;
using sha256_octets = std::array<std::byte, 32>;

/// A digest over octets that arrive in pieces.
class digest {
 public:
  explicit digest(digest_algorithm algorithm);
  digest(digest&&) noexcept;
  digest& operator=(digest&&) noexcept;
  ~digest();

  void update(std::string_view text);
  /// The 20 or 32 octets; the digest starts again with no input.
  [[nodiscard]] std::string finish();
  /// A second digest with the same input so far.
  [[nodiscard]] digest fork() const;

 private:
  void start();

  struct release {
    void operator()(evp_md_ctx_st* context) const;
  };
  digest_algorithm algorithm_;
  std::unique_ptr<evp_md_ctx_st, release> context_;
};

[[nodiscard]] sha256_octets sha256(std::string_view text);
[[nodiscard]] sha1_octets hmac_sha1(std::string_view key, std::string_view text);
[[nodiscard]] sha256_octets hmac_sha256(std::string_view key, std::string_view text);

/// Compares in a time that depends on the lengths only, so that a secret cannot be guessed octet by
/// octet from the duration of a refusal.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace signpost::crypto
