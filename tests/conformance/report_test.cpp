// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/report.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace signpost::conformance {
namespace {

class ConformanceReport : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path()
            / ("signpost_exceptions_test." + std::to_string(getpid()));
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string load(const std::string& text) {
    std::ofstream(file_) << text;
    return exceptions_.load(file_);
  }
  static std::string printed(const kind_score& score) {
    testing::internal::CaptureStdout();
    score.print("kind", true);
    return testing::internal::GetCapturedStdout();
  }

  std::filesystem::path file_;
  exception_list exceptions_;
};

TEST_F(ConformanceReport, CountsAndNamesFailures) {
  kind_score score;
  score.add("one", {{"a", true, ""}, {"b", false, "is x, wanted y"}}, exceptions_);
  score.add("two", {{"a", true, ""}}, exceptions_);
  EXPECT_TRUE(score.failed());
  EXPECT_EQ(printed(score), "kind 2/3\n  one/b: is x, wanted y\n");
}

TEST_F(ConformanceReport, LeavesExceptionsOut) {
  ASSERT_EQ(load("# comment\n\none\tb\twrong by the RFC\n"), "");
  kind_score score;
  score.add("one", {{"a", true, ""}, {"b", false, "reason"}}, exceptions_);
  EXPECT_FALSE(score.failed());
  EXPECT_EQ(printed(score), "kind 1/1 excepted 1\n");
}

TEST_F(ConformanceReport, ExceptsOnlyInTheNamedFolder) {
  ASSERT_EQ(load("one\tb\twrong by the RFC\n"), "");
  kind_score score;
  score.add("two", {{"b", false, "reason"}}, exceptions_);
  EXPECT_TRUE(score.failed());
}

TEST_F(ConformanceReport, ComplainsOfExceptionsThatPass) {
  ASSERT_EQ(load("one\tb\twrong by the RFC\n"), "");
  kind_score score;
  score.add("one", {{"b", true, ""}}, exceptions_);
  EXPECT_TRUE(score.failed());
  EXPECT_EQ(printed(score), "kind 0/1\n  one/b: passes, but is listed as an exception\n");
}

TEST_F(ConformanceReport, ComplainsOfAJudgeThatLooksAtNothing) {
  kind_score score;
  score.add("one", {}, exceptions_);
  EXPECT_TRUE(score.failed());
}

TEST_F(ConformanceReport, WantsAReasonForEveryException) {
  EXPECT_NE(load("one\tb\n"), "");
  EXPECT_NE(load("one\tb\t\n"), "");
  EXPECT_NE(load("one\n"), "");
  EXPECT_NE(exceptions_.load(file_ / "missing"), "");
}

}  // namespace
}  // namespace signpost::conformance
