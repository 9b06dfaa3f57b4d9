// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace signpost {
namespace {

result<std::unique_ptr<int>> boxed(int value) {
  if (value < 0) return fail(errc::malformed, "negative");
  return std::make_unique<int>(value);
}

result<void> check(int value) {
  if (value > 10) return fail(errc::limit_exceeded, "over ten");
  return {};
}

result<int> sum(int a, int b) {
  SP_TRY(const auto first, boxed(a));
  SP_TRY(const auto second, boxed(b));
  SP_CHECK(check(*first + *second));
  return *first + *second;
}

TEST(BaseResult, GoesOnWithValuesAndReturnsErrorsEarly) {
  EXPECT_EQ(sum(1, 2), 3);
  EXPECT_EQ(sum(-1, 2).error(), (error{errc::malformed, "negative"}));
  EXPECT_EQ(sum(1, -2).error().code, errc::malformed);
  EXPECT_EQ(sum(6, 6).error().code, errc::limit_exceeded);
}

TEST(BaseResult, ErrorsAreWrittenWithTheirCode) {
  EXPECT_EQ(to_string(error{errc::malformed, "no bracket"}), "malformed: no bracket");
  std::set<std::string_view> names;
  for (const auto code : {errc::malformed, errc::unavailable, errc::limit_exceeded, errc::not_found,
                          errc::conflict, errc::denied, errc::no_space, errc::corrupt}) {
    names.insert(to_string(code));
  }
  EXPECT_EQ(names.size(), 8U);
}

}  // namespace
}  // namespace signpost
