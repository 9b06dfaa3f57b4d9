// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Authenticated encryption: AES-256-GCM (NIST SP 800-38D), with a nonce of 12 octets and a tag of
// 16.
//
// A nonce must not be used twice with a key: random ones are safe for 2^32 messages under one key.
// As in digest.hpp, an OpenSSL that lacks the algorithm ends the process (SP_ASSERT).
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::crypto {

inline constexpr std::size_t aead_key_octets = 32;
inline constexpr std::size_t aead_nonce_octets = 12;
inline constexpr std::size_t aead_tag_octets = 16;

/// The octets of `text`, sealed, and the tag. `bound_to` is not part of the result, but the same
/// text is needed to open it. `key` and `nonce` must have their lengths.
[[nodiscard]] std::string aead_seal(std::string_view key, std::string_view nonce,
                                    std::string_view bound_to, std::string_view text);
/// Nothing if anything differs from what was sealed.
[[nodiscard]] std::optional<std::string> aead_open(std::string_view key, std::string_view nonce,
                                                   std::string_view bound_to,
                                                   std::string_view sealed);

}  // namespace signpost::crypto
