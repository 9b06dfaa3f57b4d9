// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <ctime>
#include <memory>

#include "net/socket/socket_address.hpp"

namespace signpost::net {
namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

}  // namespace

result<wall_time> certificate_expiry(const std::string& path) {
  errno = 0;
  const bio_ptr file(BIO_new_file(path.c_str(), "r"), BIO_free_all);
  if (!file) {
    const int why = errno;
    ERR_clear_error();
    return fail(why == EACCES ? errc::denied : errc::not_found, path + ": " + errno_text(why));
  }
  const certificate_ptr certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr),
                                    X509_free);
  std::tm ends{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &ends) != 1) {
    ERR_clear_error();
    return fail(errc::malformed, path + ": no certificate");
  }
  return wall_time(seconds(::timegm(&ends)));
}

}  // namespace signpost::net
