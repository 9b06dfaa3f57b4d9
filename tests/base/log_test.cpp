// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace signpost {
namespace {

std::string line(bool json, log_fields fields) {
  return format_log_line(json, "T", log_level::info, "test", "it.happened", fields);
}

std::string value(std::string_view text) {
  const auto whole = line(false, {{"k", text}});
  constexpr std::string_view prefix = "ts=T level=info log=test event=it.happened k=";
  EXPECT_TRUE(whole.starts_with(prefix)) << whole;
  return whole.substr(prefix.size());
}

TEST(BaseLog, WritesFieldsAsLogfmt) {
  EXPECT_EQ(line(false, {{"a", 1}, {"b", true}, {"c", 1.5}, {"d", "text"}, {"e", -7}}),
            "ts=T level=info log=test event=it.happened a=1 b=true c=1.500 d=text e=-7");
}

TEST(BaseLog, WritesFieldsAsJson) {
  EXPECT_EQ(line(true, {{"a", 1}, {"b", false}, {"d", "text"}}),
            R"({"ts":"T","level":"info","log":"test","event":"it.happened","a":1,"b":false,)"
            R"("d":"text"})");
}

TEST(BaseLog, QuotesWhatIsNotOneWord) {
  EXPECT_EQ(value("ann@shop.example"), "ann@shop.example");
  EXPECT_EQ(value(""), "\"\"");
  EXPECT_EQ(value("two words"), "\"two words\"");
  EXPECT_EQ(value("a=b"), "\"a=b\"");
  EXPECT_EQ(value("say \"hi\""), R"("say \"hi\"")");
  EXPECT_EQ(value("back\\slash"), R"("back\\slash")");
  EXPECT_EQ(value("b\xc3\xbc"), "b\xc3\xbc");
}

// A stranger's bytes must neither begin a line of their own nor steer a terminal.
TEST(BaseLog, EscapesWhatCouldForgeALineOrSteerATerminal) {
  EXPECT_EQ(value("a\r\nts=X level=error"), R"("a\u000d\u000ats=X level=error")");
  EXPECT_EQ(value("\x1b[2J"), R"("\u001b[2J")");
  EXPECT_EQ(value("\x7f"), R"("\u007f")");
  EXPECT_EQ(value(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(value("\xff"), R"("\u00ff")");
  EXPECT_EQ(value("\xc2\x9b"
                  "2J"),
            R"("\u009b2J")")
      << "U+009B begins a control sequence as ESC [ does";
  EXPECT_EQ(value("a\xc2\x85z"), R"("a\u0085z")");
  EXPECT_EQ(value("a\xe2\x80\xa8z"), R"("a\u2028z")") << "line separator";
  EXPECT_EQ(value("a\xe2\x80\xaez"), R"("a\u202ez")") << "right-to-left override";
}

TEST(BaseLog, JsonIsReadBackAsItWas) {
  for (const std::string text : {"plain", "two words", "q\"b\\", "\r\n\t\x1b\x7f", "b\xc3\xbc",
                                 "\xe2\x80\xa8", "\xc2\x9b"}) {
    const auto read = nlohmann::json::parse(line(true, {{"k", text}}), nullptr, false);
    ASSERT_TRUE(read.is_object()) << line(true, {{"k", text}});
    EXPECT_EQ(read["k"], text);
  }
}

TEST(BaseLog, JsonStaysValidWithAnyNumberAndAnyOctets) {
  const std::string octets("\x80\xff\0\xed\xa0\x80", 6);
  const auto text = line(true, {{"o", octets},
                                {"nan", std::numeric_limits<double>::quiet_NaN()},
                                {"inf", std::numeric_limits<double>::infinity()}});
  EXPECT_TRUE(nlohmann::json::accept(text)) << text;
}

TEST(BaseLog, LevelsHaveNames) {
  for (const auto level : {log_level::trace, log_level::debug, log_level::info, log_level::warning,
                           log_level::error, log_level::off}) {
    bool ok = false;
    EXPECT_EQ(parse_log_level(to_string(level), ok), level);
    EXPECT_TRUE(ok);
  }
  bool ok = true;
  parse_log_level("loud", ok);
  EXPECT_FALSE(ok);
}

// The settings of logging belong to the process: every test puts back what it changed.
class BaseLogFile : public testing::Test {
 protected:
  void SetUp() override {
    file_ =
        std::filesystem::temp_directory_path() / ("signpost_log_test." + std::to_string(getpid()));
  }
  void TearDown() override {
    configure_logging({});
    std::filesystem::remove(file_);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    flush_logs();
    std::ifstream in(file_);
    std::vector<std::string> out;
    for (std::string one; std::getline(in, one);) out.push_back(one);
    return out;
  }

  std::filesystem::path file_;
};

TEST_F(BaseLogFile, HasOneLineForEachEventAtOrAboveTheLevel) {
  ASSERT_EQ(configure_logging({.level = log_level::warning, .file = file_.string()}), "");
  const logger log("test");
  EXPECT_FALSE(log.enabled(log_level::info));
  log.info("not.written", {});
  log.warning("written", {{"braces", "{}{0}%s"}});
  log.error("written.too", {});
  const auto got = lines();
  ASSERT_EQ(got.size(), 2U);
  EXPECT_NE(got[0].find("level=warning log=test event=written braces={}{0}%s"), std::string::npos)
      << got[0];
  EXPECT_NE(got[1].find("event=written.too"), std::string::npos);
}

TEST_F(BaseLogFile, ThatCannotBeOpenedIsReported) {
  EXPECT_NE(configure_logging({.file = "/dev/null/no/such/file"}), "");
}

TEST_F(BaseLogFile, HidesLocalPartsWhenToldTo) {
  EXPECT_EQ(loggable_address("ann@shop.example"), "ann@shop.example");
  ASSERT_EQ(configure_logging({.full_addresses = false}), "");
  EXPECT_EQ(loggable_address("ann@shop.example"), "*@shop.example");
  EXPECT_EQ(loggable_address("\"a@b\"@shop.example"), "*@shop.example");
  EXPECT_EQ(loggable_address("postmaster"), "*");
}

}  // namespace
}  // namespace signpost
