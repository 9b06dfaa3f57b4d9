// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/keys.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace signpost::crypto {
namespace {

using namespace std::string_literals;

// RFC 8032 §7.1, TEST 1; RFC 8463 §A.1 uses the same key.
constexpr std::string_view ed25519_seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
constexpr std::string_view ed25519_public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

const signing_key& rsa_key() {
  static const signing_key key = signing_key::generate(key_type::rsa).value();
  return key;
}

signing_key ed25519_key() {
  return signing_key::ed25519_from_seed(*from_base64(ed25519_seed)).value();
}

std::string der_length(std::size_t size) {
  return {'\x82', static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
}

std::string der(char tag, const std::string& content) {
  return tag + der_length(content.size()) + content;
}

// A bare RSAPublicKey with numbers of our choice.
std::string rsa_public_key(const std::string& modulus, const std::string& exponent) {
  return der('\x30', der('\x02', modulus) + der('\x02', exponent));
}

std::string modulus_of(std::size_t octets) {
  std::string out(octets + 1, '\xab');
  out.front() = '\0';
  out.back() = '\x01';
  return out;
}

TEST(CryptoKeys, SeedGivesThePublicKeyOfTheStandard) {
  EXPECT_EQ(to_base64(as_bytes(ed25519_key().public_half().octets())), ed25519_public);
}

TEST(CryptoKeys, Ed25519VerifiesWhatItSigned) {
  const auto signature = ed25519_key().sign(sha256("text")).value();
  const auto half = public_key::ed25519_from_octets(*from_base64(ed25519_public)).value();
  EXPECT_EQ(signature.size(), 64U);
  EXPECT_TRUE(half.verify(sha256("text"), signature));
  EXPECT_FALSE(half.verify(sha256("Text"), signature));
}

TEST(CryptoKeys, RsaVerifiesWhatItSigned) {
  const auto signature = rsa_key().sign(sha256("text")).value();
  const auto half = public_key::rsa_from_der(rsa_key().public_half().octets()).value();
  EXPECT_EQ(signature.size(), 256U);
  EXPECT_EQ(half.bits(), 2048);
  EXPECT_TRUE(half.verify(sha256("text"), signature));
  EXPECT_FALSE(half.verify(sha256("Text"), signature));
}

TEST(CryptoKeys, SignaturesWithAChangedOctetDoNotVerify) {
  for (const auto& key : {rsa_key(), ed25519_key()}) {
    auto signature = key.sign(sha256("text")).value();
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      signature[i] = static_cast<char>(signature[i] ^ 1);
      EXPECT_FALSE(key.public_half().verify(sha256("text"), signature)) << i;
      signature[i] = static_cast<char>(signature[i] ^ 1);
    }
    EXPECT_FALSE(key.public_half().verify(sha256("text"), ""));
    EXPECT_FALSE(key.public_half().verify(sha256("text"), signature + '\0'));
    EXPECT_FALSE(key.public_half().verify(sha256("text"), std::string(100'000, 'x')));
  }
}

TEST(CryptoKeys, PemLeadsBackToTheSameKey) {
  for (const auto& key : {rsa_key(), ed25519_key()}) {
    const auto pem = key.to_pem().value();
    EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto read = signing_key::from_pem(pem).value();
    EXPECT_EQ(read.type(), key.type());
    EXPECT_TRUE(key.public_half().verify(sha256("text"), read.sign(sha256("text")).value()));
  }
}

TEST(CryptoKeys, RefusesWhatIsNoPrivateKey) {
  const auto pem = rsa_key().to_pem().value();
  for (const std::string& text :
       {std::string(), std::string("key"), pem.substr(0, pem.size() / 2),
        std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
    const auto read = signing_key::from_pem(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::malformed);
  }
  EXPECT_EQ(signing_key::from_pem(std::string(1 << 20, 'x')).error().code, errc::limit_exceeded);
}

TEST(CryptoKeys, TakesABareRsaPublicKey) {
  const auto key = public_key::rsa_from_der(rsa_public_key(modulus_of(128), "\x01\x00\x01"s));
  ASSERT_TRUE(key) << to_string(key.error());
  EXPECT_EQ(key->bits(), 1024);
}

struct refused_case {
  std::string name;
  std::string der;
  errc want;
};

TEST(CryptoKeys, RefusesHostileRsaKeys) {
  const auto good = rsa_key().public_half().octets();
  const std::vector<refused_case> cases{
      {"nothing", "", errc::malformed},
      {"octets left over", good + "x", errc::malformed},
      {"cut", good.substr(0, good.size() - 1), errc::malformed},
      {"too short", rsa_public_key(modulus_of(48), "\x01\x00\x01"s), errc::limit_exceeded},
      {"too long", rsa_public_key(modulus_of(1025), "\x01\x00\x01"s), errc::limit_exceeded},
      {"far too long", rsa_public_key(modulus_of(8000), "\x01\x00\x01"s), errc::limit_exceeded},
      {"cut within", good.substr(0, 40), errc::malformed},
      {"long length", "\x30\x83\x00\x00\x02\x30\x00"s, errc::malformed},
      {"endless", "\x30\x80\x02\x01\x03"s, errc::malformed},
      {"negative modulus", rsa_public_key(std::string(128, '\xab'), "\x01\x00\x01"s),
       errc::malformed},
      {"no exponent", rsa_public_key(modulus_of(128), ""), errc::malformed},
      {"another algorithm",
       std::string(good).replace(good.find("\x0d\x01\x01\x01"), 4, "\x0d\x01\x01\x0a"),
       errc::malformed},
      {"exponent 1", rsa_public_key(modulus_of(128), "\x01"s), errc::limit_exceeded},
      {"even exponent", rsa_public_key(modulus_of(128), "\x04"s), errc::limit_exceeded},
      {"slow exponent", rsa_public_key(modulus_of(128), modulus_of(100)), errc::limit_exceeded},
      {"slow exponent for its modulus", rsa_public_key(modulus_of(1024), "\x03\x00\x01"s),
       errc::limit_exceeded},
  };
  for (const auto& one : cases) {
    const auto read = public_key::rsa_from_der(one.der);
    ASSERT_FALSE(read) << one.name;
    EXPECT_EQ(read.error().code, one.want) << one.name;
  }
}

TEST(CryptoKeys, RefusesEd25519KeysOfAnotherSize) {
  for (const std::size_t size : {0, 31, 33, 44}) {
    EXPECT_FALSE(public_key::ed25519_from_octets(std::string(size, 'x')));
    EXPECT_FALSE(signing_key::ed25519_from_seed(std::string(size, 'x')));
  }
}

TEST(CryptoDigest, ForkGoesItsOwnWay) {
  digest first(digest_algorithm::sha256);
  first.update("ab");
  auto second = first.fork();
  first.update("c");
  EXPECT_EQ(as_text(sha256("abc")), first.finish());
  EXPECT_EQ(as_text(sha256("ab")), second.finish());
}

}  // namespace
}  // namespace signpost::crypto
