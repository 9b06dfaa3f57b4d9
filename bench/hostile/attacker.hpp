// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an attacker has: a domain with its key, and messages signed with it.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bench/hostile/scenario.hpp"
#include "proto/crypto/keys.hpp"

namespace signpost::bench {

/// `times` times `text`.
[[nodiscard]] std::string repeated(std::string_view text, std::size_t times);
/// `text` over and over, up to `octets`.
[[nodiscard]] std::string filled(std::string_view text, std::size_t octets);

/// A small message with a From of attacker.example.
[[nodiscard]] std::string plain_message(std::string_view body = "Hello.\r\n");

/// RSA-2048 that signs for attacker.example under every selector `s…`.
[[nodiscard]] const crypto::signing_key& attacker_key();
/// Every name has the attacker's key, SPF and DMARC records of little harm.
[[nodiscard]] hostile_zone attacker_zone();

/// A DKIM-Signature field. The body hash is right if `body` is the message's; `octets` in b= are no
/// signature unless the key makes them one, which nobody knows before he has tried.
struct made_up {
  std::string selector = "s1";
  std::string names = "from";  ///< h=
  std::string_view body = "Hello.\r\n";
  std::string canonicalization = "relaxed/relaxed";
  std::optional<std::uint64_t> length;  ///< l=
  std::size_t signature_octets = 256;
};
[[nodiscard]] std::string made_up_signature(const made_up& what);
/// ARC fields of one instance in the same way, the seal on top.
[[nodiscard]] std::string made_up_arc_set(unsigned instance, const made_up& what);
/// `message` with `sets` valid ARC sets.
[[nodiscard]] std::string sealed(std::string message, unsigned sets);

/// `p=` of a key record: an RSA key with these numbers, big-endian.
[[nodiscard]] std::string rsa_key_record(std::string_view modulus, std::string_view exponent);
/// A number of that many bits, all of them set.
[[nodiscard]] std::string number_of_bits(unsigned bits);

}  // namespace signpost::bench
