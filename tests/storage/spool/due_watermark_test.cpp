// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/due_watermark.hpp"

#include <gtest/gtest.h>

namespace signpost::storage {
namespace {

TEST(DueWatermark, AdvancesToWhatAScanMetFirst) {
  due_watermark mark;
  EXPECT_EQ(mark.begin_scan(), "");
  mark.end_scan("m");
  EXPECT_EQ(mark.begin_scan(), "m");
  mark.end_scan("");  // a scan that went wrong says nothing
  EXPECT_EQ(mark.begin_scan(), "m");
}

TEST(DueWatermark, GoesBackForAnEarlierKey) {
  due_watermark mark;
  (void)mark.begin_scan();
  mark.end_scan("m");
  mark.begin_write("c");
  mark.end_write();
  EXPECT_EQ(mark.begin_scan(), "c");
}

struct overlap_case {
  const char* name;
  bool write_begins_first;
  bool write_ends_first;
};

class DueWatermarkOverlap : public testing::TestWithParam<overlap_case> {};

TEST_P(DueWatermarkOverlap, NeverPassesAKeyThatTheScanMayHaveMissed) {
  due_watermark mark;
  if (GetParam().write_begins_first) mark.begin_write("c");
  (void)mark.begin_scan();
  if (!GetParam().write_begins_first) mark.begin_write("c");
  if (GetParam().write_ends_first) mark.end_write();
  mark.end_scan("m");
  if (!GetParam().write_ends_first) mark.end_write();
  EXPECT_EQ(mark.begin_scan(), "c");
}

INSTANTIATE_TEST_SUITE_P(Orders, DueWatermarkOverlap,
                         testing::Values(overlap_case{"WriteAround", true, false},
                                         overlap_case{"WriteInside", false, true},
                                         overlap_case{"WriteBefore", true, true},
                                         overlap_case{"WriteAfter", false, false}),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace signpost::storage
