// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/read_fence.hpp"

#include <gtest/gtest.h>

namespace signpost::actors {
namespace {

using fence = read_fence<int, std::hash<int>>;

TEST(ReadFence, APageIsStaleAboutWhatChangedAfterTheReadBegan) {
  fence f;
  const auto read = f.begin();
  f.changed(1);
  EXPECT_TRUE(f.stale(1, read));
  EXPECT_FALSE(f.stale(2, read));
}

TEST(ReadFence, AReadThatBeginsAfterTheChangeIsBelievedWhileAnOlderOneGoesOn) {
  fence f;
  const auto old_read = f.begin();
  f.changed(1);
  const auto new_read = f.begin();
  EXPECT_FALSE(f.stale(1, new_read));
  f.end(new_read);
  EXPECT_TRUE(f.stale(1, old_read));
}

TEST(ReadFence, FirstHandNewsIsNeverStale) {
  fence f;
  const auto read = f.begin();
  f.changed(1);
  EXPECT_FALSE(f.stale(1, fence::always));
  f.end(read);
}

TEST(ReadFence, ForgetsWhatNoReadCanBeStaleAbout) {
  fence f;
  auto read = f.begin();
  for (int i = 0; i < 1000; ++i) {
    f.changed(i);
    // Reads overlap for ever.
    const auto next = f.begin();
    f.end(read);
    read = next;
  }
  EXPECT_LE(f.remembered(), 1U);
  f.end(read);
  EXPECT_EQ(f.remembered(), 0U);
  f.changed(5);
  EXPECT_EQ(f.remembered(), 0U);
}

TEST(ReadFence, RemembersTheLastChangeOfAKey) {
  fence f;
  const auto first = f.begin();
  f.changed(1);
  const auto second = f.begin();
  f.changed(1);
  f.end(first);
  EXPECT_TRUE(f.stale(1, second));
}

}  // namespace
}  // namespace signpost::actors
