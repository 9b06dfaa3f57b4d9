// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/message_hasher.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace signpost::dkim {
namespace {

using names = std::vector<std::string>;
constexpr auto simple = canonicalization::simple;
constexpr auto relaxed = canonicalization::relaxed;

std::string sha(std::string_view text) {
  return std::string(as_text(crypto::sha256(text)));
}

class DkimMessageHasher : public testing::Test {
 protected:
  std::string hash(const names& list, canonicalization c, field_index own = no_field) {
    return std::string(as_text(hasher_.header_hash(list, c, "own", own)));
  }

  const std::string message_ = "A: 1\r\nB : x\r\n y\r\na: 2\r\nA:  3 \r\n\r\nab  c\r\n\r\n";
  const imf::message_view view_{message_};
  message_hasher hasher_{view_};
};

TEST_F(DkimMessageHasher, TakesFieldsFromTheBottom) {
  EXPECT_EQ(hash({"a"}, relaxed), sha("a:3\r\nown"));
  EXPECT_EQ(hash({"a", "b", "a"}, relaxed), sha("a:3\r\nb:x y\r\na:2\r\nown"));
  EXPECT_EQ(hash({"a", "b", "a"}, simple), sha("A:  3 \r\nB : x\r\n y\r\na: 2\r\nown"));
}

TEST_F(DkimMessageHasher, NamesWithoutAFieldAddNothing) {
  EXPECT_EQ(hash({"c", "a", "a", "a", "a", "a"}, relaxed), sha("a:3\r\na:2\r\na:1\r\nown"));
}

TEST_F(DkimMessageHasher, NeverTakesTheSignaturesOwnField) {
  EXPECT_EQ(hash({"a", "a"}, relaxed, hasher_.find_all("A")[0]), sha("a:2\r\na:1\r\nown"));
}

TEST_F(DkimMessageHasher, FieldsOnTopComeLast) {
  hasher_.add_on_top("A: 4\r\nB: z\r\n");
  hasher_.add_on_top("A: 5\r\n");
  EXPECT_EQ(hash({"a", "a", "a", "a", "a", "a", "b", "b"}, relaxed),
            sha("a:3\r\na:2\r\na:1\r\na:4\r\na:5\r\nb:x y\r\nb:z\r\nown"));
}

TEST_F(DkimMessageHasher, HashesBodiesWholeAndInPart) {
  EXPECT_EQ(hasher_.body_hash(simple, {}), sha("ab  c\r\n"));
  EXPECT_EQ(hasher_.body_hash(relaxed, {}), sha("ab c\r\n"));
  EXPECT_EQ(hasher_.body_octets(relaxed), 6U);
  for (std::uint64_t length = 0; length <= 6; ++length) {
    hasher_.want_body_hash(relaxed, length);
  }
  for (std::uint64_t length = 0; length <= 6; ++length) {
    EXPECT_EQ(hasher_.body_hash(relaxed, length), sha(std::string("ab c\r\n").substr(0, length)));
  }
  EXPECT_EQ(hasher_.body_hash(relaxed, 7), std::nullopt);
  EXPECT_EQ(hasher_.body_hash(relaxed, UINT64_MAX - 1), std::nullopt);
}

TEST(DkimMessageHasherEnds, MessageThatEndsInItsHeader) {
  const imf::message_view view("A: 1\r\nB: 2");
  message_hasher hasher(view);
  const names list{"b", "a"};
  EXPECT_EQ(as_text(hasher.header_hash(list, simple, "")), sha("B: 2\r\nA: 1\r\n"));
  EXPECT_EQ(hasher.body_hash(simple, {}), sha("\r\n"));
  EXPECT_EQ(hasher.body_hash(relaxed, {}), sha(""));
  EXPECT_EQ(hasher.body_hash(relaxed, 0), sha(""));
}

TEST(DkimCanonicalWithout, LeavesOutThePartAlone) {
  const imf::message_view view("Sig : a=1; b= x\r\n y ; c=2\r\n");
  const auto& field = view.fields().front();
  const auto at = field.value.find("b=") + 2;
  const auto part = field.value.substr(at, field.value.find("; c") - at);
  EXPECT_EQ(canonical_without(field, part, simple), "Sig : a=1; b=; c=2");
  EXPECT_EQ(canonical_without(field, part, relaxed), "sig:a=1; b=; c=2");
}

}  // namespace
}  // namespace signpost::dkim
