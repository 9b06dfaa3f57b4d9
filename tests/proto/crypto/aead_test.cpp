// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/crypto/aead.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace signpost::crypto {
namespace {

std::string octets(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}
std::string hex(std::string_view text) {
  return to_hex(as_bytes(text));
}

}  // namespace

// The GCM specification's test cases 14 and 16.
TEST(Aead, KnownAnswers) {
  const std::string zeros(32, '\0');
  EXPECT_EQ(hex(aead_seal(zeros, zeros.substr(0, 12), "", zeros.substr(0, 16))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  EXPECT_EQ(hex(aead_seal(
                octets("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
                octets("cafebabefacedbaddecaf888"),
                octets("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
                octets("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c"
                       "95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
            "8b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(Aead, WhatWasChangedOrBelongsElsewhereDoesNotOpen) {
  const std::string key(32, 'k');
  const std::string nonce(12, 'n');
  for (const auto& text : {std::string(), std::string("secret"), std::string(5000, 'x')}) {
    const auto sealed = aead_seal(key, nonce, "here", text);
    EXPECT_EQ(sealed.size(), text.size() + aead_tag_octets);
    EXPECT_EQ(aead_open(key, nonce, "here", sealed), text);
    EXPECT_FALSE(aead_open(key, nonce, "there", sealed));
    EXPECT_FALSE(aead_open(std::string(32, 'K'), nonce, "here", sealed));
    EXPECT_FALSE(aead_open(key, std::string(12, 'N'), "here", sealed));
    EXPECT_FALSE(aead_open(key, nonce, "here", sealed.substr(1)));
    EXPECT_FALSE(aead_open(key, nonce, "here", sealed + "x"));
    for (std::size_t i = 0; i < sealed.size(); i += 7) {
      auto changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(aead_open(key, nonce, "here", changed)) << i;
    }
  }
  EXPECT_FALSE(aead_open(key, nonce, "", std::string(15, 'x')));
}

}  // namespace signpost::crypto
