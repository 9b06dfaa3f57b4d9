// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include "storage/format/loss_register.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using ::testing::HasSubstr;

class SpoolCommands : public CliFixture {};

TEST_F(SpoolCommands, ListsAndAcceptsLosses) {
  const auto o = run({"spool", "losses", "--data-dir", path("")});
  EXPECT_EQ(o.status, done) << o.err;
  const storage::loss_register losses(path("spool"));
  ASSERT_TRUE(losses.announce({.id = "loss-1a2b3c4d", .unit = "messages", .count = 12}));
  const auto listed = run({"spool", "losses", "--data-dir", path("")});
  EXPECT_EQ(listed.status, negative);
  EXPECT_THAT(listed.out, HasSubstr("loss-1a2b3c4d  12 acknowledged messages missing"));
  const auto json = run({"spool", "losses", "--json", "--data-dir", path("")});
  EXPECT_EQ(nlohmann::json::parse(json.out)[0]["unaccounted"], 12);

  for (const auto* wrong : {"loss-00000000", "all", "loss-/../../x", ""}) {
    EXPECT_NE(run({"spool", "accept-loss", wrong, "--data-dir", path("")}).status, done) << wrong;
  }
  EXPECT_EQ(losses.pending().size(), 1U);
  const auto accepted = run({"spool", "accept-loss", "loss-1a2b3c4d", "--data-dir", path("")});
  EXPECT_EQ(accepted.status, done) << accepted.err;
  EXPECT_TRUE(losses.pending().empty());
  EXPECT_TRUE(losses.is_accepted("loss-1a2b3c4d"));
}

TEST_F(SpoolCommands, AdoptsStoresThatNobodyHasOpen) {
  EXPECT_EQ(run({"spool", "adopt", "--yes", "--data-dir", path("")}).status, wrong_usage);
  std::filesystem::create_directories(path("spool"));
  const auto record = storage::acknowledged_path(path("spool"));
  std::ofstream(record) << "something";
  const storage::loss_register losses(path("spool"));
  ASSERT_TRUE(losses.announce({.id = "loss-1a2b3c4d", .unit = "messages", .count = 12}));
  const auto adopted = run({"spool", "adopt", "--yes", "--data-dir", path("")});
  EXPECT_EQ(adopted.status, done) << adopted.err;
  EXPECT_FALSE(std::filesystem::exists(record));
  EXPECT_TRUE(losses.pending().empty());
  EXPECT_TRUE(losses.is_accepted("loss-1a2b3c4d"));
}

}  // namespace
}  // namespace signpost::cli
