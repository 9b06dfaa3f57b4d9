// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/secret_box.hpp"

#include <gtest/gtest.h>

namespace signpost::storage::postgres {
namespace {

const std::string first(64, '1');
const std::string second(64, 'A');

secret_box box(const std::string& text) {
  return secret_box::parse(text).value();
}

}  // namespace

TEST(SecretBox, OpensOnlyAtItsPlace) {
  seeded_random random(1);
  const auto keys = box(first);
  const secret_place place{.table = "setting", .row = "key", .version = 3};
  const auto sealed = keys.seal(random, place, "secret");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(keys.open(place, sealed), "secret");
  for (const secret_place other :
       {secret_place{"setting", "key", 2}, secret_place{"setting", "kez", 3},
        secret_place{"settin", "gkey", 3}, secret_place{"dkim", "key", 3}}) {
    EXPECT_EQ(keys.open(other, sealed).error().code, errc::corrupt);
  }
  EXPECT_NE(keys.seal(random, place, "secret"), sealed) << "never twice with one nonce";
  for (const std::size_t length : {std::size_t{0}, std::size_t{20}, sealed.size() - 1}) {
    const auto text = sealed.substr(0, length);
    EXPECT_EQ(keys.open(place, text).error().code, errc::corrupt);
  }
}

TEST(SecretBox, KeysOverlapWhileTheyAreChanged) {
  seeded_random random(2);
  const secret_place place{.table = "setting", .row = "key"};
  const auto old = box(first);
  const auto both = box("# the new one first\n" + second + "\n\n  " + first + "\r\n");
  const auto sealed = old.seal(random, place, "secret");
  EXPECT_EQ(both.open(place, sealed), "secret");
  EXPECT_FALSE(both.is_current(sealed));
  const auto renewed = both.seal(random, place, "secret");
  EXPECT_TRUE(both.is_current(renewed));
  EXPECT_EQ(box(second).open(place, renewed), "secret");
  EXPECT_EQ(box(second).open(place, sealed).error().code, errc::unavailable);
  EXPECT_EQ(old.open(place, renewed).error().code, errc::unavailable);
}

TEST(SecretBox, AFileIsRefusedWithTheLine) {
  const auto why = [](const std::string& text) { return secret_box::parse(text).error(); };
  EXPECT_EQ(why("").code, errc::malformed);
  EXPECT_TRUE(why("#x\n" + first + "0").context.starts_with("line 2 is not a key"));
  EXPECT_EQ(why(std::string(64, 'g')).code, errc::malformed);
  std::string many;
  for (int i = 0; i < 9; ++i) many += first + "\n";
  EXPECT_EQ(why(many).code, errc::malformed);
  EXPECT_EQ(secret_box::load("/nonexistent/secret").error().code, errc::not_found);
}

}  // namespace signpost::storage::postgres
