// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/tls_ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace signpost::net {
namespace {

using shared_keys = std::shared_ptr<tls_ticket_keys>;

steady_time now() {
  return std::chrono::time_point_cast<steady_time::duration>(std::chrono::steady_clock::now());
}

// The context owns its pointer to the keys: sessions may outlive the creator of the context.
int keys_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<shared_keys*>(keys);
      });
  return index;
}

bool set_up(EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, tls_ticket_keys::key& k,
            const unsigned char* iv, int encrypt) {
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, k.mac.data(), k.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1
         && EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, k.cipher.data(), iv, encrypt)
                == 1;
}

// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) requires: 1 = done, 2 = done and the client gets a new
// ticket, 0 = no such key, so a whole handshake follows; -1 = failed.
int ticket_key(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
               EVP_MAC_CTX* mac, int encrypt) {
  auto* keys =
      static_cast<shared_keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), keys_index()));
  if (keys == nullptr) return -1;
  const auto at = now();
  auto k = encrypt == 1 ? (*keys)->current(at) : (*keys)->find(name, at);
  if (!k) return encrypt == 1 ? -1 : 0;
  if (encrypt == 1) {
    std::ranges::copy(k->name, name);
    if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
  }
  const bool done = set_up(cipher, mac, *k, iv, encrypt);
  const bool old = (*keys)->is_old(*k, at);
  OPENSSL_cleanse(&*k, sizeof *k);
  if (!done) return -1;
  return encrypt == 0 && old ? 2 : 1;
}

}  // namespace

void tls_ticket_keys::forget(steady_time now) {
  while (!keys_.empty() && now - keys_.front().made >= 2 * lifetime_) {
    OPENSSL_cleanse(&keys_.front(), sizeof(key));
    keys_.erase(keys_.begin());
  }
}

std::optional<tls_ticket_keys::key> tls_ticket_keys::current(steady_time now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  if (keys_.empty() || is_old(keys_.back(), now)) {
    key made{.name = {}, .cipher = {}, .mac = {}, .made = now};
    if (RAND_bytes(made.name.data(), static_cast<int>(made.name.size())) != 1
        || RAND_bytes(made.cipher.data(), static_cast<int>(made.cipher.size())) != 1
        || RAND_bytes(made.mac.data(), static_cast<int>(made.mac.size())) != 1) {
      return std::nullopt;
    }
    keys_.push_back(made);
  }
  return keys_.back();
}

std::optional<tls_ticket_keys::key> tls_ticket_keys::find(const unsigned char* name,
                                                          steady_time now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  const auto found = std::ranges::find_if(keys_, [&](const key& k) {
    return std::equal(k.name.begin(), k.name.end(), name);
  });
  if (found == keys_.end()) return std::nullopt;
  return *found;
}

bool use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<tls_ticket_keys> keys) {
  auto owned = std::make_unique<shared_keys>(std::move(keys));
  if (SSL_CTX_set_ex_data(context, keys_index(), owned.get()) != 1) return false;
  // The context's from here on: freed with it.
  (void)owned.release();
  return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key) == 1;
}

}  // namespace signpost::net
