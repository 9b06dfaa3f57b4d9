// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/assert.hpp"

namespace signpost::crypto {
namespace {

// Fetched once, because looking up an algorithm in the providers costs more than hashing a short
// text.
// Never freed, since threads may hash while static objects are being destroyed.
const EVP_MD* fetched(digest_algorithm algorithm) {
  static const EVP_MD* const sha1_md = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256_md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const EVP_MD* md = algorithm == digest_algorithm::sha1 ? sha1_md : sha256_md;
  SP_ASSERT(md != nullptr);
  return md;
}

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A null key would mean "the key set before"; an empty key is still a key.
constexpr unsigned char empty_key = 0;

// A context with its digest; copied for every use, which saves the look-ups. It has a key because
// OpenSSL does not copy contexts without one.
EVP_MAC_CTX* make_hmac_template(const char* digest_name) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  SP_ASSERT(mac != nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);  // the context holds its own reference
  SP_ASSERT(context != nullptr);
  std::string name = digest_name;
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_end()};
  SP_ASSERT(EVP_MAC_init(context, &empty_key, 0, parameters.data()) == 1);
  return context;
}

template <typename Octets>
Octets hmac_of(const EVP_MAC_CTX* hmac_template, std::string_view key, std::string_view text) {
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_dup(hmac_template), &EVP_MAC_CTX_free);
  SP_ASSERT(context != nullptr);
  Octets out{};
  std::size_t size = 0;
  const auto* key_octets = key.empty() ? &empty_key : data_of(key);
  SP_ASSERT(EVP_MAC_init(context.get(), key_octets, key.size(), nullptr) == 1);
  SP_ASSERT(EVP_MAC_update(context.get(), data_of(text), text.size()) == 1);
  SP_ASSERT(
      EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size())
      == 1);
  SP_ASSERT(size == out.size());
  return out;
}

}  // namespace

void digest::release::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

digest::digest(digest_algorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  SP_ASSERT(context_ != nullptr);
  start();
}

digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;
digest::~digest() = default;

void digest::start() {
  SP_ASSERT(EVP_DigestInit_ex2(context_.get(), fetched(algorithm_), nullptr) == 1);
}

void digest::update(std::string_view text) {
  SP_ASSERT(EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1);
}

std::string digest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  SP_ASSERT(EVP_DigestFinal_ex(context_.get(), octets.data(), &size) == 1);
  start();
  return {octets.begin(), octets.begin() + size};
}

digest digest::fork() const {
  digest copy(algorithm_);
  SP_ASSERT(EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()) == 1);
  return copy;
}

sha256_octets sha256(std::string_view text) {
  sha256_octets out{};
  unsigned size = 0;
  SP_ASSERT(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()),
                       &size, fetched(digest_algorithm::sha256), nullptr)
            == 1);
  SP_ASSERT(size == out.size());
  return out;
}

sha1_octets hmac_sha1(std::string_view key, std::string_view text) {
  static const EVP_MAC_CTX* const made = make_hmac_template("SHA1");
  return hmac_of<sha1_octets>(made, key, text);
}

sha256_octets hmac_sha256(std::string_view key, std::string_view text) {
  static const EVP_MAC_CTX* const made = make_hmac_template("SHA256");
  return hmac_of<sha256_octets>(made, key, text);
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace signpost::crypto
