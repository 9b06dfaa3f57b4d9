// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/settings.hpp"

#include <gtest/gtest.h>

#include <map>

namespace signpost {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(BaseSettings, ReadDurations) {
  const std::map<std::string, milliseconds> good{
      {"500ms", milliseconds(500)}, {"30s", seconds(30)}, {"30", seconds(30)},
      {"5m", minutes(5)},           {"4h", hours(4)},     {"5d", hours(120)},
      {"0s", seconds(0)},           {" 5 m ", minutes(5)}};
  for (const auto& [text, want] : good) EXPECT_EQ(parse_duration(text), want) << text;
  for (const auto* text : {"", "m", "-5s", "1.5h", "5 weeks", "5mm", "s5", "9223372036854775807d",
                           "18446744073709551616"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(BaseSettings, ReadOctets) {
  const std::map<std::string, std::uint64_t> good{{"65536", 65536},    {"64KiB", 65536},
                                                  {"25MiB", 26214400}, {"1GiB", 1ULL << 30},
                                                  {"1GB", 1ULL << 30}, {"0", 0}};
  for (const auto& [text, want] : good) EXPECT_EQ(parse_octets(text).value().value, want) << text;
  for (const auto* text : {"", "KiB", "-1", "1.5MiB", "64K", "99999999999GiB"}) {
    EXPECT_FALSE(parse_octets(text)) << text;
  }
}

TEST(BaseSettings, WriteWhatTheyReadInTheLargestUnit) {
  for (const auto* text : {"0ms", "500ms", "1500ms", "30s", "90s", "5m", "36h", "5d"}) {
    EXPECT_EQ(format_duration(parse_duration(text).value()), text);
  }
  for (const auto* text : {"0", "1000", "64KiB", "1536KiB", "25MiB", "2GiB"}) {
    EXPECT_EQ(format_octets(parse_octets(text).value()), text);
  }
}

class BaseSettingsTable : public testing::Test {
 protected:
  BaseSettingsTable() {
    table_.add("smtp.verbose", verbose_, {});
    table_.add("smtp.sessions_max", sessions_max_, {.min = "1", .max = "1000"});
    table_.add("smtp.command_timeout", timeout_, {.min = "1s", .max = "1h"});
    table_.add("smtp.message_size_max", size_, {.min = "64KiB"});
    table_.add("smtp.banner", banner_, {});
    table_.add("smtp.listen", listen_, {});
  }
  errc error_of(std::string_view name, std::string_view value) {
    const auto got = table_.set(name, value);
    EXPECT_FALSE(got) << name << "=" << value;
    return got ? errc{} : got.error().code;
  }

  bool verbose_ = false;
  std::int64_t sessions_max_ = 100;
  milliseconds timeout_ = minutes(5);
  octet_count size_{25ULL << 20};
  std::string banner_ = "hello";
  std::vector<std::string> listen_{"0.0.0.0:25", "[::]:25"};
  settings_table table_;
};

TEST_F(BaseSettingsTable, KnowsDefaultsAndTypes) {
  EXPECT_EQ(table_.find("smtp.command_timeout")->default_value, "5m");
  EXPECT_EQ(table_.find("smtp.command_timeout")->type, "duration");
  EXPECT_EQ(table_.find("smtp.message_size_max")->default_value, "25MiB");
  EXPECT_EQ(table_.find("smtp.verbose")->default_value, "false");
  EXPECT_EQ(table_.find("smtp.listen")->default_value, "[0.0.0.0:25, [::]:25]");
  EXPECT_EQ(table_.find("smtp.nothing"), nullptr);
  EXPECT_EQ(table_.rows().size(), 6U);
}

TEST_F(BaseSettingsTable, SetsEveryType) {
  EXPECT_TRUE(table_.set("smtp.verbose", "yes"));
  EXPECT_TRUE(table_.set("smtp.sessions_max", "7"));
  EXPECT_TRUE(table_.set("smtp.command_timeout", "10s"));
  EXPECT_TRUE(table_.set("smtp.message_size_max", "1MiB"));
  EXPECT_TRUE(table_.set("smtp.banner", " as it is "));
  EXPECT_TRUE(table_.set_list("smtp.listen", {"127.0.0.1:2525"}));
  EXPECT_TRUE(verbose_);
  EXPECT_EQ(sessions_max_, 7);
  EXPECT_EQ(timeout_, seconds(10));
  EXPECT_EQ(size_.value, 1U << 20);
  EXPECT_EQ(banner_, " as it is ");
  EXPECT_EQ(listen_, std::vector<std::string>{"127.0.0.1:2525"});
  EXPECT_EQ(table_.find("smtp.sessions_max")->get(), "7");
}

TEST_F(BaseSettingsTable, KeepsTheOldValueWhenTheNewOneIsWrong) {
  EXPECT_EQ(error_of("smtp.sessions_max", "0"), errc::limit_exceeded);
  EXPECT_EQ(error_of("smtp.sessions_max", "1001"), errc::limit_exceeded);
  EXPECT_EQ(error_of("smtp.sessions_max", "-5"), errc::limit_exceeded);
  EXPECT_EQ(error_of("smtp.sessions_max", "many"), errc::malformed);
  EXPECT_EQ(error_of("smtp.sessions_max", "--5"), errc::malformed);
  EXPECT_EQ(sessions_max_, 100);
  EXPECT_EQ(error_of("smtp.command_timeout", "2h"), errc::limit_exceeded);
  EXPECT_EQ(error_of("smtp.command_timeout", "soon"), errc::malformed);
  EXPECT_EQ(timeout_, minutes(5));
  EXPECT_EQ(error_of("smtp.verbose", "maybe"), errc::malformed);
  EXPECT_EQ(error_of("smtp.message_size_max", "1KiB"), errc::limit_exceeded);
}

TEST_F(BaseSettingsTable, TakesTheBoundsThemselves) {
  EXPECT_TRUE(table_.set("smtp.sessions_max", "1"));
  EXPECT_TRUE(table_.set("smtp.sessions_max", "1000"));
  EXPECT_TRUE(table_.set("smtp.command_timeout", "1h"));
}

TEST_F(BaseSettingsTable, NamesTheSettingInItsErrors) {
  const auto got = table_.set("smtp.sessions_max", "0");
  EXPECT_EQ(got.error().context, "smtp.sessions_max: 0 is below the minimum 1");
}

TEST_F(BaseSettingsTable, NamesTheNearestKnownSetting) {
  const auto got = table_.set("smtp.comand_timeout", "1s");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::not_found);
  EXPECT_NE(got.error().context.find("did you mean 'smtp.command_timeout'"), std::string::npos)
      << got.error().context;
  EXPECT_EQ(table_.nearest("completely_different_thing"), "");
  EXPECT_EQ(table_.set_list("smtp.lsten", {"x"}).error().code, errc::not_found);
}

TEST_F(BaseSettingsTable, TellsListsAndSingleValuesApart) {
  EXPECT_EQ(table_.set_list("smtp.banner", {"a", "b"}).error().code, errc::malformed);
  EXPECT_TRUE(table_.set("smtp.listen", "127.0.0.1:25"));
  EXPECT_EQ(listen_, std::vector<std::string>{"127.0.0.1:25"});
}

}  // namespace
}  // namespace signpost
