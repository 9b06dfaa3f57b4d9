// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "net/tls/tls_context.hpp"

namespace signpost::net {
namespace {

constexpr long validity_s = 3650L * 24 * 3600;
/// Clocks of peers may be behind ours.
constexpr long backdated_s = 3600;

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

bool can_stand_in_certificate(std::string_view host) {
  if (ip_address::parse(host)) return true;
  return !host.empty() && host.size() <= limits::domain_octets_max
         && std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

bool add_extension(X509* certificate, X509V3_CTX* context, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, nid, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_random_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), BN_free);
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  return number && BN_rand(number.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1
         && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_names(X509* certificate, const std::string& host) {
  // RFC 5280 appendix A.1: a common name has at most 64 characters; the name that counts is the
  // subjectAltName (RFC 9525 §2).
  const std::string common = host.substr(0, 64);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(common.c_str());
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1
         && X509_set_issuer_name(certificate, name) == 1;
}

certificate_ptr make_certificate(const std::string& host, EVP_PKEY* key) {
  certificate_ptr made(X509_new(), X509_free);
  X509* raw = made.get();
  if (raw == nullptr) return made;
  X509V3_CTX context{};
  X509V3_set_ctx(&context, raw, raw, nullptr, nullptr, 0);
  const std::string kind = ip_address::parse(host) ? "IP:" : "DNS:";
  const bool complete = X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw)
                        && X509_gmtime_adj(X509_getm_notBefore(raw), -backdated_s) != nullptr
                        && X509_gmtime_adj(X509_getm_notAfter(raw), validity_s) != nullptr
                        && X509_set_pubkey(raw, key) == 1 && set_names(raw, host)
                        && add_extension(raw, &context, NID_basic_constraints, "critical,CA:FALSE")
                        && add_extension(raw, &context, NID_key_usage, "critical,digitalSignature")
                        && add_extension(raw, &context, NID_ext_key_usage, "serverAuth")
                        && add_extension(raw, &context, NID_subject_alt_name, kind + host)
                        && X509_sign(raw, key, EVP_sha256()) > 0;
  if (!complete) made.reset();
  return made;
}

template <typename Write>
std::string to_pem(Write write) {
  const bio_ptr memory(BIO_new(BIO_s_mem()), BIO_free_all);
  if (!memory || write(memory.get()) != 1) return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

result<void> make_self_signed(std::string_view host_name, const tls_key_pair_files& files) {
  const std::string host(host_name);
  if (!can_stand_in_certificate(host)) {
    return fail(errc::malformed, "not a host name: " + printable(host));
  }
  for (const std::string& path : {files.certificate, files.key}) {
    if (::access(path.c_str(), F_OK) == 0) return fail(errc::conflict, path + ": file exists");
  }
  const key_ptr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (!key) return fail(errc::unavailable, "key: " + openssl_error_text());
  const certificate_ptr certificate = make_certificate(host, key.get());
  if (!certificate) return fail(errc::malformed, "certificate: " + openssl_error_text());

  const std::string key_pem = to_pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  const std::string certificate_pem =
      to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
  if (key_pem.empty() || certificate_pem.empty()) {
    return fail(errc::unavailable, "PEM: " + openssl_error_text());
  }
  SP_CHECK(write_whole_file(files.key, key_pem, {.existing = existing_file::kept}));
  const whole_file_promise for_all{.existing = existing_file::kept, .mode = 0644};
  if (auto made = write_whole_file(files.certificate, certificate_pem, for_all); !made) {
    ::unlink(files.key.c_str());
    return made;
  }
  return {};
}

}  // namespace signpost::net
