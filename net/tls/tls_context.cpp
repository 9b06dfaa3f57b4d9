// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/log.hpp"
#include "net/socket/socket_address.hpp"
#include "net/tls/tls_policy.hpp"
#include "net/tls/tls_ticket_keys.hpp"

namespace signpost::net {
namespace {

const logger log_("net.tls");

constexpr int chain_depth_max = 8;
constexpr long chain_octets_max = 64 * 1024;

/// Of a PEM file with a private key.
constexpr std::size_t key_octets_max = 64 * 1024;

using shared_context = std::shared_ptr<SSL_CTX>;

/// An encrypted key would make OpenSSL ask at the terminal: answer with no pass phrase instead.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

/// The mark of a session in which HTTP is spoken; a session of SMTP has none.
char http_mark;

/// RFC 7301 §3.2: "In the event that the server supports no protocols that the client advertises,
/// then the server SHALL respond with a fatal "no_application_protocol" alert."
int choose_protocol(SSL* session, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  if (SSL_get_app_data(session) != &http_mark) return SSL_TLSEXT_ERR_NOACK;
  static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, chosen_size, ours.data(), ours.size(), offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

result<void> check_readable(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) {
    const errc code = errno == ENOENT ? errc::not_found : errc::denied;
    return fail(code, path + ": " + errno_text(errno));
  }
  std::fclose(file);
  return {};
}

// Enough of a certificate's file to see what it is.
std::string beginning_of(const std::string& path) {
  std::string text(key_octets_max, '\0');
  std::size_t octets = 0;
  if (FILE* file = std::fopen(path.c_str(), "re"); file != nullptr) {
    octets = std::fread(text.data(), 1, text.size(), file);
    std::fclose(file);
  }
  text.resize(octets);
  return text;
}

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Why `pem` holds no private key that can be used, and what to do; OpenSSL's words say neither.
std::string objection_to_key(std::string_view pem, const std::string& path) {
  if (has(pem, "ENCRYPTED")) {
    return "the key is protected by a pass phrase, and nobody is there to type it in; take it off: "
           "openssl pkey -in " + path + " -out KEY.pem";
  }
  if (has(pem, "PRIVATE KEY-----")) {
    return "the private key in it is damaged or cut off (" + openssl_error_text()
           + "); copy the whole file again, from -----BEGIN to -----END";
  }
  if (has(pem, "BEGIN CERTIFICATE")) {
    return "this is a certificate and no private key; are tls_certificate and tls_key swapped?";
  }
  if (!pem.empty() && pem.front() == '\x30') {
    return "this is a key in DER form; make PEM of it: openssl pkey -inform DER -in " + path
           + " -out KEY.pem";
  }
  return "there is no private key in it; a PEM file with one begins with "
         "-----BEGIN PRIVATE KEY-----";
}

std::string objection_to_certificate(const std::string& path, const std::string& said) {
  const auto pem = beginning_of(path);
  if (has(said, "too small") || has(said, "too weak")) {
    return "the certificate is too weak (" + said + "); get one with an RSA key of 2048 bits or an "
           "EC key";
  }
  if (has(pem, "BEGIN CERTIFICATE")) {
    return "the certificate in it is damaged or cut off (" + said
           + "); copy the whole file again, with all -----BEGIN and -----END lines";
  }
  if (has(pem, "PRIVATE KEY-----")) {
    return "this is a private key and no certificate; are tls_certificate and tls_key swapped?";
  }
  if (!pem.empty() && pem.front() == '\x30') {
    return "this is a certificate in DER form; make PEM of it: openssl x509 -inform der -in " + path
           + " -out CERTIFICATE.pem";
  }
  return "there is no certificate in it; a PEM file with one begins with "
         "-----BEGIN CERTIFICATE-----";
}

// What was judged is what is read: OpenSSL is not given the path.
result<key_ptr> load_key(const std::string& path, const secret_reader& reader) {
  SP_TRY(auto pem, read_secret_file(path, key_octets_max, reader));
  const bio_ptr memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  key_ptr key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, no_pass_phrase, nullptr)
                     : nullptr,
              EVP_PKEY_free);
  const auto wrong = key ? std::string() : objection_to_key(pem, path);
  OPENSSL_cleanse(pem.data(), pem.size());
  if (!key) return fail(errc::malformed, path + ": " + wrong);
  return key;
}

result<shared_context> load_pair(const tls_key_pair_files& files, const tls_server_options& options,
                                 const std::shared_ptr<tls_ticket_keys>& tickets,
                                 const secret_reader& reader) {
  SP_CHECK(check_readable(files.certificate));
  ERR_clear_error();
  SP_TRY(const auto key, load_key(files.key, reader));
  SP_TRY(shared_context context, new_tls_context(TLS_server_method(), options.suites));
  SSL_CTX* raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_default_passwd_cb(raw, no_pass_phrase);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  // Resumption works by tickets, which the clients keep for us; one for each connection will do.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 1);
  if (!use_ticket_keys(raw, tickets)) {
    return fail(errc::unavailable, "TLS: " + openssl_error_text());
  }
  // RFC 8446 §8: early data can be replayed, and SMTP has no use for it.
  SSL_CTX_set_max_early_data(raw, 0);
  SSL_CTX_set_recv_max_early_data(raw, 0);
  const std::array<unsigned char, 8> session_context{'s', 'i', 'g', 'n', 'p', 'o', 's', 't'};
  SSL_CTX_set_session_id_context(raw, session_context.data(), session_context.size());
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) {
    return fail(errc::malformed,
                files.certificate + ": "
                    + objection_to_certificate(files.certificate, openssl_error_text()));
  }
  if (SSL_CTX_use_PrivateKey(raw, key.get()) != 1 || SSL_CTX_check_private_key(raw) != 1) {
    return fail(errc::malformed, files.key + ": this key does not belong to the certificate in "
                                     + files.certificate
                                     + "; put both in place from the same renewal");
  }
  judge_key(raw, files.key);
  return context;
}

}  // namespace

std::string openssl_error_text() {
  std::string text = "unknown error";
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "error " + std::to_string(ERR_GET_REASON(code));
  }
  return text;
}

tls_server_context::fingerprint tls_server_context::look_at(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  // The time of the last change of the inode: chmod and chown count, too.
  return {.changed_ns = std::int64_t{found.st_ctim.tv_sec} * 1'000'000'000 + found.st_ctim.tv_nsec,
          .size = found.st_size,
          .inode = found.st_ino};
}

tls_server_context::fingerprints tls_server_context::look() const {
  return {look_at(files_.certificate), look_at(files_.key)};
}

tls_server_context::tls_server_context(tls_key_pair_files files, tls_server_options options)
    : files_(std::move(files)),
      options_(options),
      tickets_(std::make_shared<tls_ticket_keys>(options.ticket_key_lifetime)) {}

result<std::shared_ptr<tls_server_context>> tls_server_context::load(tls_key_pair_files files,
                                                                     tls_server_options options,
                                                                     const secret_reader& reader) {
  std::shared_ptr<tls_server_context> made(new tls_server_context(std::move(files), options));
  // Checked before loading: a change in between is then found by the next reload.
  made->seen_ = made->look();
  SP_TRY(made->context_, load_pair(made->files_, made->options_, made->tickets_, reader));
  return made;
}

result<bool> tls_server_context::reload_if_changed() {
  const std::lock_guard one_at_a_time(reload_mutex_);
  const fingerprints now = look();
  const auto time = std::chrono::time_point_cast<steady_time::duration>(
      std::chrono::steady_clock::now());
  if (now == seen_ && (!retry_at_ || time < *retry_at_)) return false;
  seen_ = now;
  retry_at_ = time + tls_reload_retry;
  SP_TRY(auto loaded, load_pair(files_, options_, tickets_, secret_reader::this_process()));
  retry_at_.reset();
  {
    const std::lock_guard lock(mutex_);
    context_.swap(loaded);
  }
  log_.info("tls.certificate_loaded", {{"certificate", files_.certificate}});
  return true;
}

ssl_st* tls_server_context::new_session(tls_protocol spoken) const {
  const std::lock_guard lock(mutex_);
  SSL* made = SSL_new(context_.get());
  if (made != nullptr && spoken == tls_protocol::http_1) SSL_set_app_data(made, &http_mark);
  return made;
}

result<std::shared_ptr<tls_client_context>> tls_client_context::make(
    const tls_client_options& options) {
  SP_TRY(shared_context context, new_tls_context(TLS_client_method(), tls_suites::compatible));
  SSL_CTX* raw = context.get();
  // RFC 7435 §3: an unverified peer is better than clear text, so nothing is refused here.
  SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nullptr);
  // The chain is checked nevertheless, on the loop: no more of it than honest hosts have.
  SSL_CTX_set_verify_depth(raw, chain_depth_max);
  SSL_CTX_set_max_cert_list(raw, chain_octets_max);
  if (options.system_roots && SSL_CTX_set_default_verify_paths(raw) != 1) {
    return fail(errc::unavailable, "TLS roots: " + openssl_error_text());
  }
  if (!options.ca_file.empty()) {
    SP_CHECK(check_readable(options.ca_file));
    if (SSL_CTX_load_verify_file(raw, options.ca_file.c_str()) != 1) {
      return fail(errc::malformed, options.ca_file + ": " + openssl_error_text());
    }
  }
  ERR_clear_error();
  return std::shared_ptr<tls_client_context>(new tls_client_context(std::move(context)));
}

ssl_st* tls_client_context::new_session() const {
  return SSL_new(context_.get());
}

}  // namespace signpost::net
