// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <optional>
#include <utility>

#include "base/assert.hpp"

namespace signpost::crypto {
namespace {

struct release {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
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

// Nobody reads OpenSSL's error queue; a failure here must not show up in a later TLS call.
struct error_queue_guard {
  error_queue_guard() { ERR_set_mark(); }
  ~error_queue_guard() { ERR_pop_to_mark(); }
  error_queue_guard(const error_queue_guard&) = delete;
  error_queue_guard& operator=(const error_queue_guard&) = delete;
};

// OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

// The two numbers of an RSAPublicKey, big-endian.
struct rsa_numbers {
  std::string_view modulus;
  std::string_view exponent;
};

// Takes one element of that tag from the front of `der` (X.690 §8.1); nothing if there is none.
// Lengths need not be in the shortest form: a key is valid whatever tool has written it. Reading by
// hand costs a tenth of what OpenSSL's decoders do.
std::optional<std::string_view> take_element(std::string_view& der, unsigned char tag) {
  if (der.size() < 2 || data_of(der)[0] != tag) return std::nullopt;
  std::size_t size = data_of(der)[1];
  std::size_t head = 2;
  if (size >= 0x80) {
    const std::size_t octets = size - 0x80;
    if (octets == 0 || octets > 2 || der.size() < 2 + octets) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < octets; ++i) size = size << 8 | data_of(der)[2 + i];
    head += octets;
  }
  if (der.size() - head < size) return std::nullopt;
  const auto content = der.substr(head, size);
  der.remove_prefix(head + size);
  return content;
}

constexpr unsigned char der_sequence = 0x30;
constexpr unsigned char der_integer = 0x02;
constexpr unsigned char der_bit_string = 0x03;

// RFC 8017 §A.1.1: RSAPublicKey.
std::optional<rsa_numbers> read_rsa_public_key(std::string_view der) {
  auto content = take_element(der, der_sequence);
  if (!content || !der.empty()) return std::nullopt;
  const auto modulus = take_element(*content, der_integer);
  const auto exponent = take_element(*content, der_integer);
  if (!modulus || !exponent || !content->empty()) return std::nullopt;
  for (const auto number : {*modulus, *exponent}) {
    if (number.empty() || data_of(number)[0] >= 0x80) return std::nullopt;  // negative
  }
  return rsa_numbers{*modulus, *exponent};
}

// RFC 5280 §4.1: SubjectPublicKeyInfo around it, with the algorithm rsaEncryption (RFC 8017 §A.1),
// whose parameters are NULL; some leave them out.
std::optional<rsa_numbers> read_public_key_info(std::string_view der) {
  using namespace std::string_view_literals;
  constexpr auto rsa_encryption = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
  constexpr auto with_null = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv;
  auto content = take_element(der, der_sequence);
  if (!content || !der.empty()) return std::nullopt;
  const auto algorithm = take_element(*content, der_sequence);
  if (!algorithm || (*algorithm != rsa_encryption && *algorithm != with_null)) return std::nullopt;
  auto bits = take_element(*content, der_bit_string);
  if (!bits || !content->empty() || !bits->starts_with('\0')) return std::nullopt;
  return read_rsa_public_key(bits->substr(1));
}

owned<BIGNUM> to_number(std::string_view octets) {
  owned<BIGNUM> number(BN_bin2bn(data_of(octets), static_cast<int>(octets.size()), nullptr));
  SP_ASSERT(number != nullptr);
  return number;
}

EVP_PKEY* make_rsa_key(const rsa_numbers& numbers) {
  const auto n = to_number(numbers.modulus);
  const auto e = to_number(numbers.exponent);
  const owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  SP_ASSERT(builder != nullptr);
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  SP_ASSERT(parameters != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  return EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1
             ? key
             : nullptr;
}

bool has_usable_exponent(const EVP_PKEY* key, int modulus_bits) {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &read) != 1) return false;
  const owned<BIGNUM> exponent(read);
  // An exponent of 1 makes every text its own signature; an even one is not possible in an RSA key.
  const int bits_max =
      modulus_bits > rsa_large_bits ? rsa_large_exponent_bits_max : rsa_exponent_bits_max;
  return BN_is_odd(read) == 1 && BN_is_one(read) == 0 && BN_num_bits(read) <= bits_max;
}

result<void> check_size(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < rsa_bits_min || bits > rsa_bits_max) {
    return fail(errc::limit_exceeded, "RSA key of " + std::to_string(bits) + " bits");
  }
  if (!has_usable_exponent(key, bits)) return fail(errc::limit_exceeded, "RSA exponent");
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

// A context that is ready to verify or sign; each use takes a copy, which spares it OpenSSL's
// look-ups of algorithms.
std::shared_ptr<const EVP_PKEY_CTX> prepared(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*)) {
  auto context = context_of(key);
  SP_ASSERT(begin(context.get()) == 1 && set_pkcs1_sha256(context.get()));
  return {context.release(), [](const EVP_PKEY_CTX* held) {
            EVP_PKEY_CTX_free(const_cast<EVP_PKEY_CTX*>(held));  // OpenSSL cannot free a const
          }};
}

owned<EVP_PKEY_CTX> copy_of(const EVP_PKEY_CTX* context) {
  owned<EVP_PKEY_CTX> copy(EVP_PKEY_CTX_dup(context));
  SP_ASSERT(copy != nullptr);
  return copy;
}

bool verify_rsa(const EVP_PKEY_CTX* ready, const sha256_octets& digest,
                std::string_view signature) {
  return EVP_PKEY_verify(copy_of(ready).get(), data_of(signature), signature.size(),
                         data_of(digest), digest.size())
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

bool sign_rsa(const EVP_PKEY_CTX* ready, const sha256_octets& digest, std::string& out,
              std::size_t& size) {
  auto* octets = reinterpret_cast<unsigned char*>(out.data());
  return EVP_PKEY_sign(copy_of(ready).get(), octets, &size, data_of(digest), digest.size()) == 1;
}

}  // namespace

std::string_view to_string(key_type type) {
  return type == key_type::rsa ? "rsa" : "ed25519";
}

public_key::public_key(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)),
      type_(EVP_PKEY_is_a(key_.get(), "RSA") == 1 ? key_type::rsa : key_type::ed25519),
      bits_(type_ == key_type::rsa ? EVP_PKEY_get_bits(key_.get()) : 256) {
  if (type_ == key_type::rsa) verifying_ = prepared(key_.get(), &EVP_PKEY_verify_init);
}

result<public_key> public_key::rsa_from_der(std::string_view der) {
  const error_queue_guard guard;
  // Twice the largest accepted key; OpenSSL need not read more.
  if (der.size() > rsa_bits_max / 8 * 2) return fail(errc::limit_exceeded, "RSA key octets");
  auto numbers = read_public_key_info(der);
  if (!numbers) numbers = read_rsa_public_key(der);
  auto* read = numbers ? make_rsa_key(*numbers) : nullptr;
  if (read == nullptr) return fail(errc::malformed, "not an RSA public key");
  const std::shared_ptr<evp_pkey_st> key(read, &EVP_PKEY_free);
  SP_CHECK(check_size(read));
  return public_key(key);
}

result<public_key> public_key::ed25519_from_octets(std::string_view octets) {
  if (octets.size() != ed25519_octets) return fail(errc::malformed, "Ed25519 key size");
  const error_queue_guard guard;
  auto* key =
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(octets), octets.size());
  if (key == nullptr) return fail(errc::malformed, "not an Ed25519 public key");
  return public_key(std::shared_ptr<evp_pkey_st>(key, &EVP_PKEY_free));
}

bool public_key::verify(const sha256_octets& digest, std::string_view signature) const {
  const error_queue_guard guard;
  return type_ == key_type::rsa ? verify_rsa(verifying_.get(), digest, signature)
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

signing_key::signing_key(public_key half) : half_(std::move(half)) {
  if (type() == key_type::rsa) signing_ = prepared(half_.key_.get(), &EVP_PKEY_sign_init);
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
  if (key == nullptr) {
    return fail(errc::malformed, "not a private key in PEM format without a passphrase");
  }
  return checked(key);
}

result<signing_key> signing_key::ed25519_from_seed(std::string_view seed) {
  if (seed.size() != ed25519_octets) return fail(errc::malformed, "Ed25519 seed size");
  const error_queue_guard guard;
  auto* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(seed), seed.size());
  if (key == nullptr) return fail(errc::malformed, "not an Ed25519 seed");
  return checked(key);
}

result<signing_key> signing_key::generate(key_type type) {
  const error_queue_guard guard;
  auto* key = type == key_type::rsa
                  ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_generated_bits})
                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return fail(errc::unavailable, "OpenSSL could not create a key");
  return checked(key);
}

result<std::string> signing_key::sign(const sha256_octets& digest) const {
  const error_queue_guard guard;
  auto* key = half_.key_.get();
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  std::string out(size, '\0');
  const bool done = type() == key_type::rsa ? sign_rsa(signing_.get(), digest, out, size)
                                            : sign_ed25519(key, digest, out, size);
  if (!done) return fail(errc::unavailable, "OpenSSL could not sign");
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
    return fail(errc::unavailable, "OpenSSL could not write PEM");
  }
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace signpost::crypto
