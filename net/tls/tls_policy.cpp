// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/tls_policy.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/log.hpp"

namespace signpost::net {
namespace {

const logger log_("net.tls");

constexpr const char* groups = "X25519:P-256:P-384";

// Forward secrecy in all of them. Those with CBC and SHA-2 are for hosts that have nothing better
// with an RSA certificate (Windows Server 2012 R2): without them their mail would arrive
// unencrypted.
constexpr std::string_view modern_suites =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";
constexpr std::string_view old_suites =
    ":ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA";

// Handshakes run on the event loops: a private-key operation with a larger key takes several
// milliseconds, in which everyone else's mail waits.
constexpr int rsa_bits_slow = 4096;
constexpr int rsa_bits_weak = 2048;

int count_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Called for what happens beside the data; for nothing in a session that just carries some.
void watch(const SSL* session, int where, int) {
  auto* changed = const_cast<SSL*>(session);
  auto count = reinterpret_cast<std::intptr_t>(SSL_get_ex_data(session, count_index()));
  // 0 until the first handshake is done; that has its messages free.
  const bool counts = (where & (SSL_CB_LOOP | SSL_CB_ALERT)) != 0 && count > 0;
  const bool done = (where & SSL_CB_HANDSHAKE_DONE) != 0 && count == 0;
  if (!counts && !done) return;
  ++count;
  SSL_set_ex_data(changed, count_index(), reinterpret_cast<void*>(count));
  if (count != tls_messages_max) return;
  // OpenSSL does not ask whether to continue: it finds the stream ended.
  ::shutdown(SSL_get_fd(session), SHUT_RDWR);
}

}  // namespace

bool is_misused(const SSL* session) {
  return reinterpret_cast<std::intptr_t>(SSL_get_ex_data(session, count_index()))
         >= tls_messages_max;
}

result<std::shared_ptr<SSL_CTX>> new_tls_context(const SSL_METHOD* method, tls_suites suites) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return fail(errc::unavailable, "TLS: " + openssl_error_text());
  SSL_CTX* raw = context.get();
  std::string list(modern_suites);
  if (suites == tls_suites::compatible) list += old_suites;
  if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1
      || SSL_CTX_set1_groups_list(raw, groups) != 1
      || SSL_CTX_set_cipher_list(raw, list.c_str()) != 1) {
    return fail(errc::unavailable, "TLS: " + openssl_error_text());
  }
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // Idle sessions give their record buffers back (34 KB each); output may move between attempts.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                            | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A stream of messages without data must not keep OpenSSL in one call: each comes back to us.
  SSL_CTX_clear_mode(raw, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_info_callback(raw, watch);
  return context;
}

void judge_key(SSL_CTX* context, std::string_view file) {
  const EVP_PKEY* key = SSL_CTX_get0_privatekey(context);
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1) return;
  const int bits = EVP_PKEY_get_bits(key);
  if (bits > rsa_bits_slow) {
    log_.warning(
        "tls.slow_key",
        {{"file", file},
         {"bits", bits},
         {"hint", "each handshake blocks an event loop; use P-256, or RSA with 2048 bits"}});
  } else if (bits < rsa_bits_weak) {
    log_.warning("tls.weak_key",
                {{"file", file}, {"bits", bits}, {"hint", "use P-256, or RSA with 2048 bits"}});
  }
}

}  // namespace signpost::net
