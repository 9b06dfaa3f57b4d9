// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/certificate_authority.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "net/socket/socket_address.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/x509_names.hpp"
#include "net/tls/x509_parts.hpp"

namespace signpost::net {
namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

void free_certificates(STACK_OF(X509)* all) {
  sk_X509_pop_free(all, X509_free);
}
using certificates = std::unique_ptr<STACK_OF(X509), decltype(&free_certificates)>;

int no_phrase(char*, int, int, void*) {
  return 0;
}

bio_ptr reader_of(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

owned_certificate certificate_of(BIO* from) {
  return {PEM_read_bio_X509(from, nullptr, no_phrase, nullptr), X509_free};
}

result<owned_certificate> read_x509(std::string_view pem) {
  const auto from = reader_of(pem);
  auto read = certificate_of(from.get());
  ERR_clear_error();
  if (!read) return fail(errc::malformed, "there is no certificate in it");
  return read;
}

result<owned_key> read_key(std::string_view pem) {
  const auto from = reader_of(pem);
  owned_key key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_phrase, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (!key) return fail(errc::malformed, "there is no private key in it, or it has a pass phrase");
  return key;
}

// Commas and line ends separate values in the notation of OpenSSL's configuration.
bool is_plain_uri(std::string_view uri) {
  return !uri.empty() && std::ranges::all_of(uri, [](char c) { return c > ' ' && c < 0x7F; });
}

bool add_uris(X509* certificate, const std::vector<std::string>& uris) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      sk_GENERAL_NAME_new_null(), GENERAL_NAMES_free);
  for (const auto& uri : uris) {
    auto* text = ASN1_IA5STRING_new();
    auto* name = GENERAL_NAME_new();
    if (text == nullptr || name == nullptr || ASN1_STRING_set(text, uri.data(), -1) != 1) {
      ASN1_IA5STRING_free(text);
      GENERAL_NAME_free(name);
      return false;
    }
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    sk_GENERAL_NAME_push(names.get(), name);
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT)
         == 1;
}

bool sign_authority(X509* raw, EVP_PKEY* key, const std::string& name, wall_time from,
                    wall_time until) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, raw, raw, nullptr, nullptr, 0);
  return X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw)
         && set_validity(raw, from, until) && X509_set_pubkey(raw, key) == 1
         && set_common_name(raw, name)
         && X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1
         && add_extension(raw, &context, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
         && add_extension(raw, &context, NID_key_usage, "critical,keyCertSign,cRLSign")
         && add_extension(raw, &context, NID_subject_key_identifier, "hash")
         && X509_sign(raw, key, EVP_sha256()) > 0;
}

bool sign_node(X509* raw, EVP_PKEY* key, const certificate_facts& facts, X509* issuer,
               EVP_PKEY* issuer_key) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, raw, nullptr, nullptr, 0);
  return X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw)
         && set_validity(raw, facts.from, facts.until) && X509_set_pubkey(raw, key) == 1
         && set_common_name(raw, facts.common_name)
         && X509_set_issuer_name(raw, X509_get_subject_name(issuer)) == 1
         && add_extension(raw, &context, NID_basic_constraints, "critical,CA:FALSE")
         && add_extension(raw, &context, NID_key_usage, "critical,digitalSignature")
         && add_extension(raw, &context, NID_ext_key_usage, "serverAuth,clientAuth")
         && add_extension(raw, &context, NID_subject_key_identifier, "hash")
         && add_extension(raw, &context, NID_authority_key_identifier, "keyid")
         && add_uris(raw, facts.uris) && X509_sign(raw, issuer_key, EVP_sha256()) > 0;
}

result<certificate_pair> pem_of(X509* certificate, EVP_PKEY* key) {
  certificate_pair made{.certificate = to_pem(certificate), .key = to_pem(key)};
  if (made.certificate.empty() || made.key.empty()) {
    return fail(errc::unavailable, "PEM: " + openssl_error_text());
  }
  return made;
}

}  // namespace

result<certificate_pair> make_authority(const std::string& name, wall_time from, wall_time until) {
  SP_TRY(const auto key, make_p256_key());
  const owned_certificate certificate(X509_new(), X509_free);
  if (!certificate || !sign_authority(certificate.get(), key.get(), name, from, until)) {
    return fail(errc::unavailable, "certificate: " + openssl_error_text());
  }
  return pem_of(certificate.get(), key.get());
}

result<certificate_pair> issue_certificate(const certificate_pair& authority,
                                           const certificate_facts& facts) {
  if (facts.uris.empty() || !std::ranges::all_of(facts.uris, is_plain_uri)) {
    return fail(errc::malformed, "the URI cannot be in a certificate");
  }
  SP_TRY(const auto issuer, read_x509(authority.certificate));
  SP_TRY(const auto issuer_key, read_key(authority.key));
  SP_CHECK(check_key(authority.certificate, authority.key));
  auto within = facts;
  within.until = std::min(facts.until, time_of(X509_get0_notAfter(issuer.get())));
  SP_TRY(const auto key, make_p256_key());
  const owned_certificate certificate(X509_new(), X509_free);
  if (!certificate
      || !sign_node(certificate.get(), key.get(), within, issuer.get(), issuer_key.get())) {
    return fail(errc::unavailable, "certificate: " + openssl_error_text());
  }
  return pem_of(certificate.get(), key.get());
}

result<std::string> read_pem_file(const std::string& path) {
  errno = 0;
  const bio_ptr file(BIO_new_file(path.c_str(), "r"), BIO_free_all);
  const int why = errno;
  if (!file) {
    ERR_clear_error();
    return fail(why == EACCES ? errc::denied : errc::not_found, path + ": " + errno_text(why));
  }
  std::string text(pem_octets_max + 1, '\0');
  std::size_t octets = 0;
  (void)BIO_read_ex(file.get(), text.data(), text.size(), &octets);
  if (octets > pem_octets_max) return fail(errc::limit_exceeded, path + ": more than 64 KiB");
  text.resize(octets);
  return text;
}

result<certificate_facts> read_certificate(std::string_view pem) {
  SP_TRY(const auto certificate, read_x509(pem));
  certificate_facts facts{.common_name = {},
                          .uris = uris_of(certificate.get()),
                          .from = time_of(X509_get0_notBefore(certificate.get())),
                          .until = time_of(X509_get0_notAfter(certificate.get()))};
  std::string name(65, '\0');
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()),
                                             NID_commonName, name.data(), 65);
  facts.common_name = name.substr(0, static_cast<std::size_t>(std::max(size, 0)));
  return facts;
}

result<void> check_certificate(std::string_view pem, std::string_view ca_pem, wall_time now) {
  const auto chain = reader_of(pem);
  const auto certificate = certificate_of(chain.get());
  if (!certificate) return fail(errc::malformed, "there is no certificate in it");
  const certificates between(sk_X509_new_null(), free_certificates);
  while (auto next = certificate_of(chain.get())) sk_X509_push(between.get(), next.release());
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  const auto from = reader_of(ca_pem);
  std::size_t count = 0;
  while (const auto ca = certificate_of(from.get())) {
    X509_STORE_add_cert(store.get(), ca.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return fail(errc::malformed, "there is no certificate of an authority in it");
  for (const int purpose : {X509_PURPOSE_SSL_CLIENT, X509_PURPOSE_SSL_SERVER}) {
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(
        X509_STORE_CTX_new(), X509_STORE_CTX_free);
    if (!check || X509_STORE_CTX_init(check.get(), store.get(), certificate.get(), between.get())
                      != 1) {
      return fail(errc::unavailable, "certificate: " + openssl_error_text());
    }
    X509_STORE_CTX_set_purpose(check.get(), purpose);
    X509_STORE_CTX_set_time(check.get(), 0,
                            static_cast<time_t>(now.time_since_epoch().count() / 1000));
    if (X509_verify_cert(check.get()) == 1) continue;
    const int why = X509_STORE_CTX_get_error(check.get());
    ERR_clear_error();
    return fail(errc::denied, X509_verify_cert_error_string(why));
  }
  return {};
}

result<void> check_key(std::string_view certificate_pem, std::string_view key_pem) {
  SP_TRY(const auto certificate, read_x509(certificate_pem));
  SP_TRY(const auto key, read_key(key_pem));
  const bool belongs = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!belongs) return fail(errc::malformed, "the key does not belong to the certificate");
  return {};
}

}  // namespace signpost::net
