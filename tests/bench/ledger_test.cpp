// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/ledger.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace signpost::bench {
namespace {

class Ledger : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ / "a.ledger";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text) {
    std::ofstream(path_, std::ios::binary).write(text.data(), std::ssize(text));
  }
  std::map<std::string, int> seen(const id_counts& counts) {
    std::map<std::string, int> all;
    counts.for_each([&](message_id id, std::uint8_t count) {
      all[std::string(id.run) + "-" + std::to_string(id.number)] = count;
    });
    return all;
  }

  std::filesystem::path directory_;
  std::filesystem::path path_;
};

TEST(MessageId, IsARunAndANumber) {
  const auto id = parse_message_id("a-b-0042");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->run, "a-b");
  EXPECT_EQ(id->number, 42U);
  for (const std::string_view wrong :
       {"", "-", "a", "a-", "-1", "a-1x", "a--1 ", "a-200000001", "a-99999999999999999999",
        "run-names-may-not-be-so-long-1"}) {
    EXPECT_FALSE(parse_message_id(wrong)) << wrong;
  }
}

TEST_F(Ledger, ReadsWhatWasWritten) {
  auto writer = ledger_writer::open(path_);
  ASSERT_TRUE(writer);
  writer->append({"r", 7});
  writer->append({"r", 7});
  writer->append({"other", 0});
  ASSERT_TRUE(writer->flush());
  id_counts counts;
  ASSERT_TRUE(read_ledger(path_, counts));
  EXPECT_EQ(counts.total(), 3U);
  EXPECT_EQ(counts.distinct(), 2U);
  EXPECT_EQ(seen(counts), (std::map<std::string, int>{{"other-0", 1}, {"r-7", 2}}));
}

TEST_F(Ledger, LeavesOutTheUnfinishedLastLine) {
  write("r-1\nr-2\nr-3");
  id_counts counts;
  ASSERT_TRUE(read_ledger(path_, counts));
  EXPECT_EQ(seen(counts), (std::map<std::string, int>{{"r-1", 1}, {"r-2", 1}}));
}

TEST_F(Ledger, ReadsLinesAcrossItsReads) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += "run-" + std::to_string(i) + "\n";
  ASSERT_GT(text.size(), 2U << 20);
  write(text);
  id_counts counts;
  ASSERT_TRUE(read_ledger(path_, counts));
  EXPECT_EQ(counts.total(), 300'000U);
  EXPECT_EQ(counts.distinct(), 300'000U);
  EXPECT_EQ(counts.count_of({"run", 299'999}), 1);
  EXPECT_EQ(counts.count_of({"run", 300'000}), 0);
}

TEST_F(Ledger, RefusesWhatIsNoLedger) {
  write("r-1\nhello\n");
  id_counts counts;
  EXPECT_EQ(read_ledger(path_, counts).error().code, errc::malformed);
  EXPECT_EQ(read_ledger(directory_ / "none", counts).error().code, errc::unavailable);
}

TEST(IdCounts, StopsCountingAt255) {
  id_counts counts;
  for (int i = 0; i < 300; ++i) counts.add({"r", 1});
  EXPECT_EQ(counts.count_of({"r", 1}), 255);
  EXPECT_EQ(counts.total(), 300U);
}

TEST(IdCounts, BoundsWhatStrayIdsCanCost) {
  id_counts counts;
  EXPECT_FALSE(counts.add({"r", message_number_max + 1}));
  for (std::size_t i = 0; i < runs_max; ++i) {
    ASSERT_TRUE(counts.add({std::to_string(i), 0}));
  }
  EXPECT_FALSE(counts.add({"one too many", 0}));
  EXPECT_TRUE(counts.add({"0", 0}));
}

}  // namespace
}  // namespace signpost::bench
