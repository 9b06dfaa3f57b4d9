// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What certificates that we make have in common. For the files of net/tls only.
//
// Threads: any.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::net {

using owned_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using owned_certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// An EC key on P-256; errc::unavailable.
result<owned_key> make_p256_key();
/// `value` in the notation of OpenSSL's configuration; false if it cannot be added.
[[nodiscard]] bool add_extension(X509* certificate, X509V3_CTX* context, int nid,
                                 const std::string& value);
/// RFC 5280 §4.1.2.2: positive, at most 20 octets.
[[nodiscard]] bool set_random_serial(X509* certificate);
/// RFC 5280 §4.1.2.5.
[[nodiscard]] bool set_validity(X509* certificate, wall_time from, wall_time until);
/// The subject; at most 64 octets of it (RFC 5280 appendix A.1).
[[nodiscard]] bool set_common_name(X509* certificate, const std::string& name);
/// What `write` puts into memory; empty if it fails.
[[nodiscard]] std::string to_pem(const std::function<int(BIO*)>& write);
[[nodiscard]] std::string to_pem(EVP_PKEY* key);
[[nodiscard]] std::string to_pem(X509* certificate);

}  // namespace signpost::net
