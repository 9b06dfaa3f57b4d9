// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/utf8_address.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "base/text.hpp"

namespace signpost::dsn {
namespace {

TEST(Utf8Address, IsWrittenInBothForms) {
  EXPECT_EQ(to_xtext("b\xc3\xbc+a=\\@example.org"), R"(b\x{FC}\x{2B}a\x{3D}\x{5C}@example.org)");
  EXPECT_EQ(to_unitext("b\xc3\xbc+a@x"), "b\xc3\xbc\\x{2B}a@x");
  EXPECT_EQ(to_xtext("\xe4\xb8\xad\xf0\x9f\x98\x80"), R"(\x{4E2D}\x{1F600})");
  EXPECT_EQ(to_xtext("\x01 "), R"(\x{01}\x{20})");
}

TEST(Utf8Address, IsReadFromBothForms) {
  EXPECT_EQ(from_xtext(R"(\x{4E2D}\x{fc}a\x{1F600})"),
            "\xe4\xb8\xad\xc3\xbc"
            "a\xf0\x9f\x98\x80");
  EXPECT_EQ(from_xtext("b\xc3\xbc"), "b\xc3\xbc");
  for (const auto* odd : {R"(\x{})", R"(\x{D800})", R"(\x{110000})", R"(\x{1234567})", R"(\x{41)",
                          R"(\x{4g})", R"(\x)", R"(\)"}) {
    EXPECT_EQ(from_xtext(odd), odd);
  }
}

TEST(Utf8Address, SurvivesThereAndBack) {
  seeded_random random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random.below(12), ' ');
    for (auto& c : text) c = static_cast<char>(random.below(256));
    if (!is_utf8(text)) continue;
    EXPECT_EQ(from_xtext(to_xtext(text)), text);
    EXPECT_EQ(from_xtext(to_unitext(text)), text);
    EXPECT_TRUE(is_ascii(to_xtext(text)));
  }
}

}  // namespace
}  // namespace signpost::dsn
