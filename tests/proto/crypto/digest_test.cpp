// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/digest.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/text.hpp"

namespace signpost::crypto {
namespace {

std::string sha1(std::string_view text) {
  digest d(digest_algorithm::sha1);
  d.update(text);
  return d.finish();
}

TEST(CryptoDigest, Sha1OfKnownTexts) {  // FIPS 180-4 examples
  EXPECT_EQ(to_hex(as_bytes(sha1(""))), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(to_hex(as_bytes(sha1("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(CryptoDigest, Sha256OfKnownTexts) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(CryptoDigest, PiecesGiveTheSameAsTheWhole) {
  const std::string text(10'000, 'x');
  for (const auto algorithm : {digest_algorithm::sha1, digest_algorithm::sha256}) {
    digest whole(algorithm);
    whole.update(text);
    digest pieces(algorithm);
    for (std::size_t i = 0; i < text.size(); i += 33) {
      pieces.update(std::string_view(text).substr(i, 33));
    }
    pieces.update("");
    EXPECT_EQ(whole.finish(), pieces.finish());
  }
}

TEST(CryptoDigest, StartsAnewAfterFinish) {
  digest d(digest_algorithm::sha256);
  d.update("something else");
  EXPECT_EQ(d.finish().size(), 32U);
  d.update("abc");
  EXPECT_EQ(d.finish(), as_text(sha256("abc")));
}

TEST(CryptoDigest, CanBeMovedHalfway) {
  digest first(digest_algorithm::sha1);
  first.update("a");
  digest second = std::move(first);
  second.update("bc");
  EXPECT_EQ(second.finish(), sha1("abc"));
}

struct hmac_case {
  const char* name;
  std::string key;
  std::string text;
  const char* sha1;
  const char* sha256;
};

// RFC 2202 §3 and RFC 4231 §4: the cases that both have.
const std::vector<hmac_case> hmac_cases{
    {"short key", std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"key of text", "Jefe", "what do ya want for nothing?",
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"octets of 0xdd", std::string(20, '\xaa'), std::string(50, '\xdd'),
     "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"nothing at all", "", "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d",
     "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
};

TEST(CryptoHmac, OfKnownTexts) {
  for (const auto& c : hmac_cases) {
    EXPECT_EQ(to_hex(hmac_sha1(c.key, c.text)), c.sha1) << c.name;
    EXPECT_EQ(to_hex(hmac_sha256(c.key, c.text)), c.sha256) << c.name;
  }
}

TEST(CryptoHmac, KeysDoNotLeakIntoTheNextCall) {
  const auto before = hmac_sha1("one", "text");
  EXPECT_NE(hmac_sha1("two", "text"), before);
  EXPECT_NE(hmac_sha1("", "text"), before);
  EXPECT_EQ(hmac_sha1("one", "text"), before);
}

TEST(CryptoHmac, MayBeUsedByManyThreads) {
  const auto wanted = hmac_sha256("key", "text");
  std::vector<std::jthread> threads;
  std::array<int, 4> wrong{};
  for (auto& count : wrong) {
    threads.emplace_back([&count, &wanted] {
      for (int i = 0; i < 500; ++i) count += hmac_sha256("key", "text") == wanted ? 0 : 1;
    });
  }
  threads.clear();
  for (const int count : wrong) EXPECT_EQ(count, 0);
}

TEST(CryptoConstantTimeEqual, ComparesLengthAndOctets) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secreT"));
  EXPECT_FALSE(constant_time_equal("secret", "secret1"));
  EXPECT_FALSE(constant_time_equal("", "s"));
}

}  // namespace
}  // namespace signpost::crypto
