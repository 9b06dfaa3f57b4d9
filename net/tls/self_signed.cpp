// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/x509_parts.hpp"

namespace signpost::net {
namespace {

constexpr long validity_s = 3650L * 24 * 3600;
/// Clocks of peers may be behind ours.
constexpr long backdated_s = 3600;

bool can_stand_in_certificate(std::string_view host) {
  if (ip_address::parse(host)) return true;
  return !host.empty() && host.size() <= limits::domain_octets_max
         && std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

owned_certificate make_certificate(const std::string& host, EVP_PKEY* key) {
  owned_certificate made(X509_new(), X509_free);
  X509* raw = made.get();
  if (raw == nullptr) return made;
  X509V3_CTX context{};
  X509V3_set_ctx(&context, raw, raw, nullptr, nullptr, 0);
  const std::string kind = ip_address::parse(host) ? "IP:" : "DNS:";
  const bool complete = X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw)
                        && X509_gmtime_adj(X509_getm_notBefore(raw), -backdated_s) != nullptr
                        && X509_gmtime_adj(X509_getm_notAfter(raw), validity_s) != nullptr
                        && X509_set_pubkey(raw, key) == 1
                        // The name that counts is the subjectAltName (RFC 9525 §2).
                        && set_common_name(raw, host)
                        && X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1
                        && add_extension(raw, &context, NID_basic_constraints, "critical,CA:FALSE")
                        && add_extension(raw, &context, NID_key_usage, "critical,digitalSignature")
                        && add_extension(raw, &context, NID_ext_key_usage, "serverAuth")
                        && add_extension(raw, &context, NID_subject_alt_name, kind + host)
                        && X509_sign(raw, key, EVP_sha256()) > 0;
  if (!complete) made.reset();
  return made;
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
  SP_TRY(const auto key, make_p256_key());
  const auto certificate = make_certificate(host, key.get());
  if (!certificate) return fail(errc::malformed, "certificate: " + openssl_error_text());

  const std::string key_pem = to_pem(key.get());
  const std::string certificate_pem = to_pem(certificate.get());
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
