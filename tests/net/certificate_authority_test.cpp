// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/tls/certificate_authority.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "net/tls/x509_parts.hpp"

namespace signpost::net {
namespace {

using std::chrono::hours;

class CertificateAuthority : public testing::Test {
 protected:
  // An authority that is signed by another one, or by itself.
  struct authority {
    owned_key key{nullptr, EVP_PKEY_free};
    owned_certificate certificate{nullptr, X509_free};
    [[nodiscard]] certificate_pair pair() const {
      return {.certificate = to_pem(certificate.get()), .key = to_pem(key.get())};
    }
  };
  authority make(const std::string& name, const authority* by) const {
    authority made{.key = make_p256_key().value(),
                   .certificate = owned_certificate(X509_new(), X509_free)};
    X509* raw = made.certificate.get();
    X509* issuer = by != nullptr ? by->certificate.get() : raw;
    EXPECT_EQ(X509_set_version(raw, X509_VERSION_3), 1);
    EXPECT_TRUE(set_random_serial(raw) && set_validity(raw, now - hours(1), now + hours(1)));
    EXPECT_EQ(X509_set_pubkey(raw, made.key.get()), 1);
    EXPECT_TRUE(set_common_name(raw, name));
    EXPECT_EQ(X509_set_issuer_name(raw, X509_get_subject_name(issuer)), 1);
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, raw, nullptr, nullptr, 0);
    EXPECT_TRUE(add_extension(raw, &context, NID_basic_constraints, "critical,CA:TRUE"));
    EXPECT_TRUE(add_extension(raw, &context, NID_key_usage, "critical,keyCertSign"));
    EXPECT_TRUE(add_extension(raw, &context, NID_subject_key_identifier, "hash"));
    EXPECT_GT(X509_sign(raw, by != nullptr ? by->key.get() : made.key.get(), EVP_sha256()), 0);
    return made;
  }

  const wall_time now = system_clock().now();
  const certificate_facts facts{.common_name = "mx1",
                                .uris = {"signpost://x/mx1?roles=auth"},
                                .from = now - hours(1),
                                .until = now + hours(24)};
};

TEST_F(CertificateAuthority, WhatItIssuesIsAccepted) {
  const auto own = make_authority("a", now - hours(1), now + hours(1)).value();
  const auto other = make_authority("a", now - hours(1), now + hours(1)).value();
  const auto made = issue_certificate(own, facts).value();
  EXPECT_TRUE(check_certificate(made.certificate, own.certificate, now));
  EXPECT_TRUE(check_certificate(made.certificate, other.certificate + own.certificate, now));
  EXPECT_EQ(check_certificate(made.certificate, other.certificate, now).error().code,
            errc::denied);
  EXPECT_FALSE(check_certificate(made.certificate, own.certificate, now + hours(2)));
  EXPECT_FALSE(check_certificate(made.certificate, made.certificate, now));
  EXPECT_TRUE(check_key(made.certificate, made.key));
  EXPECT_FALSE(check_key(made.certificate, own.key));
  const auto read = read_certificate(made.certificate).value();
  EXPECT_EQ(read.uris, facts.uris);
  EXPECT_EQ(read.common_name, "mx1");
  EXPECT_LE(read.until, now + hours(1)) << "no longer than its authority";
}

TEST_F(CertificateAuthority, OneBetweenIsAccepted) {
  const auto root = make("root", nullptr);
  const auto between = make("between", &root);
  const auto made = issue_certificate(between.pair(), facts).value();
  const auto root_pem = to_pem(root.certificate.get());
  EXPECT_TRUE(check_certificate(made.certificate + to_pem(between.certificate.get()), root_pem,
                                now));
  EXPECT_FALSE(check_certificate(made.certificate, root_pem, now)) << "nobody could find it";
}

TEST_F(CertificateAuthority, NonsenseIsRefused) {
  const auto own = make_authority("a", now - hours(1), now + hours(1)).value();
  for (const std::string text : {"", "x", "-----BEGIN CERTIFICATE-----\nx\n"}) {
    EXPECT_EQ(read_certificate(text).error().code, errc::malformed);
    EXPECT_EQ(check_certificate(text, own.certificate, now).error().code, errc::malformed);
    EXPECT_EQ(check_certificate(own.certificate, text, now).error().code, errc::malformed);
    EXPECT_FALSE(issue_certificate({.certificate = text, .key = own.key}, facts));
    EXPECT_FALSE(issue_certificate({.certificate = own.certificate, .key = text}, facts));
  }
  auto odd = facts;
  for (const std::string uri : {"", "a b", "a\nb"}) {
    odd.uris = {uri};
    EXPECT_EQ(issue_certificate(own, odd).error().code, errc::malformed);
  }
  odd.uris.clear();
  EXPECT_FALSE(issue_certificate(own, odd));
}

}  // namespace
}  // namespace signpost::net
