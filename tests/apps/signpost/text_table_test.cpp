// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/terminal/text_table.hpp"

#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr wall_time now{seconds{1'790'000'000}};

TEST(TextTable, AlignsColumnsWithoutTrailingBlanks) {
  text_table table({"ID", "STATE", "REPLY"});
  table.add({"a", "deferred", "451 later"});
  table.add({"long-id", "queued", ""});
  EXPECT_EQ(table.to_string(),
            "ID       STATE     REPLY\n"
            "a        deferred  451 later\n"
            "long-id  queued\n");
  EXPECT_EQ(table.size(), 2U);
}

TEST(TextTable, MakesStrangeBytesHarmless) {
  text_table table({"REPLY"});
  table.add({"\x1b[2J gone\n"});
  EXPECT_EQ(table.to_string(2), "  REPLY\n  \\x1b[2J gone\\x0a\n");
}

TEST(Relative, SaysHowFarOffATimeIs) {
  struct relative_case {
    milliseconds offset;
    const char* want;
  };
  for (const auto& [offset, want] : {relative_case{milliseconds(0), "now"},
                                     {milliseconds(999), "now"},
                                     {seconds(1), "in 1s"},
                                     {seconds(59), "in 59s"},
                                     {minutes(3), "in 3m"},
                                     {-hours(2), "2h ago"},
                                     {hours(47), "in 47h"},
                                     {-hours(48), "2d ago"}}) {
    EXPECT_EQ(relative(now + offset, now), want);
  }
}

TEST(Relative, LeavesWhatIsNoTimeAlone) {
  EXPECT_EQ(relative("yesterday", now), "yesterday");
  EXPECT_EQ(relative(to_rfc3339(now + minutes(5)), now), "in 5m");
}

TEST(ShortSize, ChoosesAUnit) {
  EXPECT_EQ(short_size(812), "812 B");
  EXPECT_EQ(short_size(3277), "3.2 KiB");
  EXPECT_EQ(short_size(25ULL << 20), "25.0 MiB");
  EXPECT_EQ(short_size(5000ULL << 30), "5000.0 GiB");
}

TEST(PrintableLines, KeepsLinesAndTabsAlone) {
  EXPECT_EQ(printable_lines("Subject: a\r\n\tb\r\nX: \x1b[0m\r\n"),
            "Subject: a\n\tb\nX: \\x1b[0m\n");
  EXPECT_EQ(printable_lines("no end"), "no end\n");
}

}  // namespace
}  // namespace signpost::cli
