// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The hash of an SRS address, in the two alphabets in which it is written.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proto/crypto/digest.hpp"

namespace signpost::srs {

inline constexpr std::size_t hash_length_least = 4;
/// Base64 of 20 octets without its padding, which is a separator in an address.
inline constexpr std::size_t hash_length_most = 27;

/// Over `signed_text` in lower case.
[[nodiscard]] crypto::sha1_octets hash_of(std::string_view secret, std::string_view signed_text);

/// Its first `length` characters: base32 (RFC 4648 §6) in upper case, or base64.
[[nodiscard]] std::string in_base32(const crypto::sha1_octets& hash, std::size_t length);
[[nodiscard]] std::string in_base64(const crypto::sha1_octets& hash, std::size_t length);

/// True if `text` could be a hash in one of them, of a length that is in use.
[[nodiscard]] bool has_hash_form(std::string_view text);

}  // namespace signpost::srs
