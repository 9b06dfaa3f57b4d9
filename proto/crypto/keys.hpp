// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys of signatures: RSA (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 §8.2) and Ed25519 (RFC 8032).
// Both sign a SHA-256 digest: RSA as the digest of the text, Ed25519 as the text itself, as in RFC
// 8463 §3 for DKIM.
//
//     SP_TRY(auto key, signing_key::from_pem(pem));
//     SP_TRY(auto signature, key.sign(sha256(text)));
//     key.public_half().verify(sha256(text), signature);   // true
//
// A key is parsed once and then used from any thread; copies share it. Private keys are never
// printed, and OpenSSL wipes them when the last copy is destroyed.
//
// Limits: RSA moduli of `rsa_bits_min` to `rsa_bits_max`, exponents of `rsa_exponent_bits_max`
// (less for large moduli), so that a stranger's key cannot make verification slow.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/crypto/digest.hpp"

struct evp_pkey_st;      // OpenSSL's
struct evp_pkey_ctx_st;  // OpenSSL's

namespace signpost::crypto {

enum class key_type { rsa, ed25519 };
/// "rsa" or "ed25519", as RFC 6376 §3.6.1 and RFC 8463 §4.2 write them.
[[nodiscard]] std::string_view to_string(key_type type);

/// Shorter keys are not even parsed; callers decide on a higher bound.
inline constexpr int rsa_bits_min = 512;
/// RFC 8301 §3.2 requires verifiers to accept 1024 to 4096 bits and allows more.
inline constexpr int rsa_bits_max = 8192;
inline constexpr int rsa_exponent_bits_max = 64;
/// Keys above `rsa_large_bits` must have the usual exponent, 65537, or a smaller one: each of its
/// bits costs a multiplication of numbers of that size.
inline constexpr int rsa_large_bits = 4096;
inline constexpr int rsa_large_exponent_bits_max = 17;
/// RFC 8301 §3.2: "Signers MUST use RSA keys of at least 1024 bits".
inline constexpr int rsa_signing_bits_min = 1024;
/// The size of generated keys: RFC 8301 §3.2, "SHOULD use RSA keys of at least 2048 bits"; more
/// does not fit
/// into one DNS string and costs every receiver.
inline constexpr int rsa_generated_bits = 2048;
/// Octets of an Ed25519 public key, and of the seed of a private one (RFC 8032 §5.1.5).
inline constexpr std::size_t ed25519_octets = 32;

class public_key {
 public:
  /// A SubjectPublicKeyInfo (RFC 5280 §4.1) or a bare RSAPublicKey (RFC 8017 §A.1.1) in DER: the
  /// RFCs specify the latter, but everybody publishes the former. errc::malformed if it is neither
  /// or has
  /// octets left over; errc::limit_exceeded for a key beyond the limits above.
  static result<public_key> rsa_from_der(std::string_view der);
  /// The 32 octets of RFC 8032 §5.1.5. errc::malformed for another size.
  static result<public_key> ed25519_from_octets(std::string_view octets);

  [[nodiscard]] key_type type() const { return type_; }
  /// Bits of the modulus; 256 for Ed25519.
  [[nodiscard]] int bits() const { return bits_; }
  /// True if `signature` was made over `digest` with the private half. Otherwise false.
  [[nodiscard]] bool verify(const sha256_octets& digest, std::string_view signature) const;
  /// The base64-encoded value of `p=` in a DKIM key record: a SubjectPublicKeyInfo for RSA, the
  /// bare 32 octets for Ed25519 (RFC 8463 §4.2).
  [[nodiscard]] std::string octets() const;

 private:
  friend class signing_key;
  explicit public_key(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  key_type type_ = key_type::rsa;
  int bits_ = 0;
  std::shared_ptr<const evp_pkey_ctx_st> verifying_;  ///< RSA: ready to be copied
};

class signing_key {
 public:
  /// PKCS #8 ("PRIVATE KEY") or, for RSA, PKCS #1 ("RSA PRIVATE KEY"), without a passphrase.
  /// errc::malformed if it is not such a key; errc::limit_exceeded for RSA below
  /// `rsa_signing_bits_min` or above `rsa_bits_max`. The error does not contain any part of the
  /// text.
  static result<signing_key> from_pem(std::string_view pem);
  /// The 32 octets of RFC 8032 §5.1.5. errc::malformed for another size.
  static result<signing_key> ed25519_from_seed(std::string_view seed);
  /// A new key from OpenSSL's own generator: RSA of `rsa_generated_bits`, or Ed25519. Takes up to a
  /// second for RSA. errc::unavailable if OpenSSL cannot.
  static result<signing_key> generate(key_type type);

  [[nodiscard]] key_type type() const { return half_.type(); }
  [[nodiscard]] int bits() const { return half_.bits(); }
  [[nodiscard]] const public_key& public_half() const { return half_; }
  /// The signature's octets. errc::unavailable if OpenSSL fails, which does not normally happen.
  [[nodiscard]] result<std::string> sign(const sha256_octets& digest) const;
  /// PKCS #8 in PEM, for a file that only its owner may read.
  [[nodiscard]] result<std::string> to_pem() const;

 private:
  static result<signing_key> checked(evp_pkey_st* key);
  explicit signing_key(public_key half);

  public_key half_;                                 ///< holds the private half, too
  std::shared_ptr<const evp_pkey_ctx_st> signing_;  ///< RSA: ready to be copied
};

}  // namespace signpost::crypto
