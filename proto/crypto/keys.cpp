// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <utility>

#include "base/assert.hpp"

namespace signpost::crypto {
namespace {

struct release {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(unsigned char* octets) const { OPENSSL_free(octets); }
};
template <typename T>
using owned = std::unique_ptr<T, release>;

// The largest RSA key with room to spare.
constexpr std::size_t pem_octets_max = 64 * 1024;

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const unsigned char* data_of(const sha256_octets& digest) {
  return reinterpret_cast<const unsigned char*>(digest.data());
}

// Nobody reads OpenSSL's error queue; what failed here must not show up in a later call of TLS.
struct error_queue_guard {
  error_queue_guard() { ERR_set_mark(); }
  ~error_queue_guard() { ERR_pop_to_mark(); }
  error_queue_guard(const error_queue_guard&) = delete;
  error_queue_guard& operator=(const error_queue_guard&) = delete;
};

// A passphrase would be asked for on the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

EVP_PKEY* decoded(std::string_view der, bool bare) {
  const auto* at = data_of(der);
  const auto size = static_cast<long>(der.size());
  auto* key =
      bare ? d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size) : d2i_PUBKEY(nullptr, &at, size);
  if (key == nullptr) return nullptr;
  if (at == data_of(der) + der.size() && EVP_PKEY_is_a(key, "RSA") == 1) return key;
  EVP_PKEY_free(key);
  return nullptr;
}

bool has_usable_exponent(const EVP_PKEY* key) {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &read) != 1) return false;
  const owned<BIGNUM> exponent(read);
  // An exponent of 1 makes every text its own signature; an even one belongs to no RSA key.
  return BN_is_odd(read) == 1 && BN_is_one(read) == 0 && BN_num_bits(read) <= rsa_exponent_bits_max;
}

result<void> check_size(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < rsa_bits_min || bits > rsa_bits_max) {
    return fail(errc::limit_exceeded, "RSA key of " + std::to_string(bits) + " bits");
  }
  if (!has_usable_exponent(key)) return fail(errc::limit_exceeded, "RSA exponent");
  return {};
}

owned<EVP_PKEY_CTX> context_of(EVP_PKEY* key) {
  owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  SP_ASSERT(context != nullptr);
  return context;
}

bool set_pkcs1_sha256(EVP_PKEY_CTX* context) {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
         && EVP_PKEY_CTX_set_signature_md(context, md) == 1;
}

bool verify_rsa(EVP_PKEY* key, const sha256_octets& digest, std::string_view signature) {
  const auto context = context_of(key);
  return EVP_PKEY_verify_init(context.get()) == 1 && set_pkcs1_sha256(context.get())
         && EVP_PKEY_verify(context.get(), data_of(signature), signature.size(), data_of(digest),
                            digest.size())
                == 1;
}

bool verify_ed25519(EVP_PKEY* key, const sha256_octets& digest, std::string_view signature) {
  const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  SP_ASSERT(context != nullptr);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1
         && EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(digest),
                             digest.size())
                == 1;
}

// RFC 8463 §3: PureEdDSA over the SHA-256 digest.
bool sign_ed25519(EVP_PKEY* key, const sha256_octets& digest, std::string& out, std::size_t& size) {
  const owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  SP_ASSERT(context != nullptr);
  auto* octets = reinterpret_cast<unsigned char*>(out.data());
  return EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1
         && EVP_DigestSign(context.get(), octets, &size, data_of(digest), digest.size()) == 1;
}

bool sign_rsa(EVP_PKEY* key, const sha256_octets& digest, std::string& out, std::size_t& size) {
  const auto context = context_of(key);
  auto* octets = reinterpret_cast<unsigned char*>(out.data());
  return EVP_PKEY_sign_init(context.get()) == 1 && set_pkcs1_sha256(context.get())
         && EVP_PKEY_sign(context.get(), octets, &size, data_of(digest), digest.size()) == 1;
}

}  // namespace

std::string_view to_string(key_type type) {
  return type == key_type::rsa ? "rsa" : "ed25519";
}

public_key::public_key(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)),
      type_(EVP_PKEY_is_a(key_.get(), "RSA") == 1 ? key_type::rsa : key_type::ed25519),
      bits_(type_ == key_type::rsa ? EVP_PKEY_get_bits(key_.get()) : 256) {}

result<public_key> public_key::rsa_from_der(std::string_view der) {
  const error_queue_guard guard;
  // Twice the largest key that is taken; OpenSSL need not look at more.
  if (der.size() > rsa_bits_max / 8 * 2) return fail(errc::limit_exceeded, "RSA key octets");
  auto* read = decoded(der, false);
  if (read == nullptr) read = decoded(der, true);
  if (read == nullptr) return fail(errc::malformed, "no RSA public key");
  const std::shared_ptr<evp_pkey_st> key(read, &EVP_PKEY_free);
  SP_CHECK(check_size(read));
  return public_key(key);
}

result<public_key> public_key::ed25519_from_octets(std::string_view octets) {
  if (octets.size() != ed25519_octets) return fail(errc::malformed, "Ed25519 key size");
  const error_queue_guard guard;
  auto* key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(octets), octets.size());
  if (key == nullptr) return fail(errc::malformed, "no Ed25519 public key");
  return public_key(std::shared_ptr<evp_pkey_st>(key, &EVP_PKEY_free));
}

bool public_key::verify(const sha256_octets& digest, std::string_view signature) const {
  const error_queue_guard guard;
  return type_ == key_type::rsa ? verify_rsa(key_.get(), digest, signature)
                                : verify_ed25519(key_.get(), digest, signature);
}

std::string public_key::octets() const {
  if (type_ == key_type::ed25519) {
    std::string out(ed25519_octets, '\0');
    std::size_t size = out.size();
    SP_ASSERT(
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(out.data()), &size)
        == 1);
    return out;
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  SP_ASSERT(size > 0);
  const owned<unsigned char> octets(der);
  return {der, der + size};
}

result<signing_key> signing_key::checked(evp_pkey_st* key) {
  const std::shared_ptr<evp_pkey_st> held(key, &EVP_PKEY_free);
  const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
  if (!rsa && EVP_PKEY_is_a(key, "ED25519") != 1) {
    return fail(errc::malformed, "neither an RSA nor an Ed25519 private key");
  }
  if (rsa) {
    SP_CHECK(check_size(key));
    if (EVP_PKEY_get_bits(key) < rsa_signing_bits_min) {
      return fail(errc::limit_exceeded, "rsa_signing_bits_min");
    }
  }
  return signing_key(public_key(held));
}

result<signing_key> signing_key::from_pem(std::string_view pem) {
  const error_queue_guard guard;
  if (pem.size() > pem_octets_max) return fail(errc::limit_exceeded, "pem_octets_max");
  const owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  SP_ASSERT(bio != nullptr);
  auto* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr);
  if (key == nullptr) return fail(errc::malformed, "no private key in PEM without passphrase");
  return checked(key);
}

result<signing_key> signing_key::ed25519_from_seed(std::string_view seed) {
  if (seed.size() != ed25519_octets) return fail(errc::malformed, "Ed25519 seed size");
  const error_queue_guard guard;
  auto* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(seed), seed.size());
  if (key == nullptr) return fail(errc::malformed, "no Ed25519 seed");
  return checked(key);
}

result<signing_key> signing_key::generate(key_type type) {
  const error_queue_guard guard;
  auto* key = type == key_type::rsa
                  ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_generated_bits})
                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return fail(errc::unavailable, "OpenSSL makes no key");
  return checked(key);
}

result<std::string> signing_key::sign(const sha256_octets& digest) const {
  const error_queue_guard guard;
  auto* key = half_.key_.get();
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  std::string out(size, '\0');
  const bool done = type() == key_type::rsa ? sign_rsa(key, digest, out, size)
                                            : sign_ed25519(key, digest, out, size);
  if (!done) return fail(errc::unavailable, "OpenSSL does not sign");
  out.resize(size);
  return out;
}

result<std::string> signing_key::to_pem() const {
  const error_queue_guard guard;
  const owned<BIO> bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr
      || PEM_write_bio_PKCS8PrivateKey(bio.get(), half_.key_.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr)
             != 1) {
    return fail(errc::unavailable, "OpenSSL writes no PEM");
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace signpost::crypto
