// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/mutual_tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/log.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/tls_policy.hpp"
#include "net/tls/x509_names.hpp"
#include "net/tls/x509_parts.hpp"

namespace signpost::net {
namespace {

const logger log("net.tls");

constexpr std::size_t secret_octets_max = 64 * 1024;
/// A node, an intermediate authority, the authority.
constexpr int peer_chain_depth_max = 2;

int handshake_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Called for each certificate of the chain, the peer's own last.
int look_at_peer(int accepted, X509_STORE_CTX* chain) {
  auto* session = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* how = static_cast<mutual_handshake*>(SSL_get_ex_data(session, handshake_index()));
  if (how == nullptr) return 0;
  if (accepted != 1) {
    how->refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
    return 0;
  }
  if (X509_STORE_CTX_get_error_depth(chain) > 0) return 1;
  const auto* own = X509_STORE_CTX_get_current_cert(chain);
  const auto verdict =
      how->judge({.uris = uris_of(own), .until = time_of(X509_get0_notAfter(own))});
  if (verdict) return 1;
  how->refusal = verdict.error().context;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int refuse_phrase(char*, int, int, void*) {
  return 0;
}

result<void> use_key(SSL_CTX* context, const std::string& path, const secret_reader& reader) {
  SP_TRY(auto pem, read_secret_file(path, secret_octets_max, reader));
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  const owned_key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, refuse_phrase, nullptr),
                      EVP_PKEY_free);
  OPENSSL_cleanse(pem.data(), pem.size());
  if (!key) {
    ERR_clear_error();
    return fail(errc::malformed, path + ": there is no private key in it without a pass phrase");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1) return {};
  ERR_clear_error();
  return fail(errc::malformed,
              path + ": this key does not belong to the certificate; put both in place from the "
                     "same renewal");
}

result<void> must_exist(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return {};
  return fail(errno == EACCES ? errc::denied : errc::not_found,
              path + ": " + (errno == EACCES ? "permission denied" : "the file does not exist"));
}

result<std::shared_ptr<SSL_CTX>> load_all(const mutual_tls_files& files,
                                          const secret_reader& reader) {
  SP_TRY(auto context, new_tls_context(TLS_method(), tls_suites::modern));
  auto* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, look_at_peer);
  SSL_CTX_set_verify_depth(raw, peer_chain_depth_max);
  SSL_CTX_set_max_cert_list(raw, peer_certificates_octets_max);
  // Each connection is judged: nothing of one is used for another.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 0);
  for (const auto* path : {&files.authority, &files.certificate}) SP_CHECK(must_exist(*path));
  if (SSL_CTX_load_verify_file(raw, files.authority.c_str()) != 1) {
    return fail(errc::malformed,
                files.authority + ": no certificate of an authority: " + openssl_error_text());
  }
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) {
    return fail(errc::malformed, files.certificate + ": no certificate: " + openssl_error_text());
  }
  SP_CHECK(use_key(raw, files.key, reader));
  ERR_clear_error();
  return context;
}

}  // namespace

result<std::shared_ptr<mutual_tls_context>> mutual_tls_context::load(mutual_tls_files files,
                                                                     const secret_reader& reader) {
  std::shared_ptr<mutual_tls_context> made(new mutual_tls_context(std::move(files)));
  // Looked at before loading: a change in between is found by the next reload.
  made->seen_ = made->look();
  SP_TRY(made->context_, load_all(made->files_, reader));
  return made;
}

std::array<mutual_tls_context::fingerprint, 3> mutual_tls_context::look() const {
  std::array<fingerprint, 3> all{};
  std::size_t i = 0;
  for (const auto* path : {&files_.certificate, &files_.key, &files_.authority}) {
    struct stat about {};
    if (::stat(path->c_str(), &about) == 0) {
      all[i] = {std::int64_t{about.st_ctim.tv_sec} * 1'000'000'000 + about.st_ctim.tv_nsec,
                about.st_size, static_cast<std::int64_t>(about.st_ino)};
    }
    ++i;
  }
  return all;
}

result<bool> mutual_tls_context::reload_if_changed() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  const auto found = look();
  const auto now =
      std::chrono::time_point_cast<steady_time::duration>(std::chrono::steady_clock::now());
  if (found == seen_ && (!retry_at_ || now < *retry_at_)) return false;
  seen_ = found;
  retry_at_ = now + tls_reload_retry;
  SP_TRY(auto loaded, load_all(files_, secret_reader::this_process()));
  retry_at_.reset();
  {
    const std::lock_guard lock(mutex_);
    context_.swap(loaded);
  }
  log.info("tls.certificate_loaded", {{"certificate", files_.certificate}});
  return true;
}

ssl_st* mutual_tls_context::new_session() const {
  const std::lock_guard lock(mutex_);
  return SSL_new(context_.get());
}

void judge_peer(ssl_st* session, mutual_handshake& how) {
  SSL_set_ex_data(session, handshake_index(), &how);
}

}  // namespace signpost::net
