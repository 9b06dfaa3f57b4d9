// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/aead.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/assert.hpp"

namespace signpost::crypto {
namespace {

struct release_cipher {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, release_cipher>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int length(std::string_view text) {
  SP_ASSERT(text.size() < 1U << 30);
  return static_cast<int>(text.size());
}

cipher_context prepared(bool sealing, std::string_view key, std::string_view nonce,
                        std::string_view bound_to) {
  SP_ASSERT(key.size() == aead_key_octets && nonce.size() == aead_nonce_octets);
  cipher_context c(EVP_CIPHER_CTX_new());
  SP_ASSERT(c != nullptr);
  const int mode = sealing ? 1 : 0;
  SP_ASSERT(EVP_CipherInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce), mode)
            == 1);
  int done = 0;
  SP_ASSERT(EVP_CipherUpdate(c.get(), nullptr, &done, bytes(bound_to), length(bound_to)) == 1);
  return c;
}

}  // namespace

std::string aead_seal(std::string_view key, std::string_view nonce, std::string_view bound_to,
                      std::string_view text) {
  const auto c = prepared(true, key, nonce, bound_to);
  std::string sealed(text.size() + aead_tag_octets, '\0');
  int done = 0;
  int rest = 0;
  SP_ASSERT(EVP_CipherUpdate(c.get(), bytes(sealed), &done, bytes(text), length(text)) == 1);
  SP_ASSERT(EVP_CipherFinal_ex(c.get(), bytes(sealed) + done, &rest) == 1);
  SP_ASSERT(static_cast<std::size_t>(done + rest) == text.size());
  SP_ASSERT(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_octets,
                                bytes(sealed) + text.size())
            == 1);
  return sealed;
}

std::optional<std::string> aead_open(std::string_view key, std::string_view nonce,
                                     std::string_view bound_to, std::string_view sealed) {
  if (sealed.size() < aead_tag_octets) return std::nullopt;
  const auto hidden = sealed.substr(0, sealed.size() - aead_tag_octets);
  std::string tag(sealed.substr(hidden.size()));
  const auto c = prepared(false, key, nonce, bound_to);
  std::string text(hidden.size(), '\0');
  int done = 0;
  int rest = 0;
  SP_ASSERT(EVP_CipherUpdate(c.get(), bytes(text), &done, bytes(hidden), length(hidden)) == 1);
  SP_ASSERT(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_octets, bytes(tag)) == 1);
  if (EVP_CipherFinal_ex(c.get(), bytes(text) + done, &rest) != 1) return std::nullopt;
  return text;
}

}  // namespace signpost::crypto
