// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "apps/signpost/command_line.hpp"
#include "proto/dkim/key_record.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/manual_clock.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

class DkimCommands : public ::testing::Test {
 protected:
  DkimCommands() { ::mkdir(directory_.path("data").c_str(), 0700); }

  outcome run(std::vector<std::string> arguments) {
    outcome o;
    const console to{.out = [&](std::string_view t) { o.out += t; },
                     .err = [&](std::string_view t) { o.err += t; },
                     .confirm = [](std::string_view) { return false; },
                     .time = time_};
    arguments.insert(arguments.begin(), {"--data-dir", directory_.path("data")});
    o.status = cli::run(arguments, {{"SIGNPOST_CONFIG", settings_}}, to);
    return o;
  }
  json run_json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return json::parse(run(std::move(arguments)).out, nullptr, false);
  }
  /// `selector=state` of each key.
  std::vector<std::string> states() {
    std::vector<std::string> out;
    for (const auto& row : run_json({"dkim", "show", "example.org"})) {
      out.push_back(row["selector"].get<std::string>() + "=" + row["state"].get<std::string>());
    }
    return out;
  }

  test::temporary_directory directory_;
  test::manual_clock time_{wall_time{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)}};
  std::string settings_ = [this] {
    test::write_file(directory_.path("signpost.yaml"), "{}\n");
    return directory_.path("signpost.yaml");
  }();
};

using texts = std::vector<std::string>;

TEST_F(DkimCommands, KeygenPrintsTheRecordAndNoSecret) {
  const auto o = run({"dkim", "keygen", "example.org"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("sp202611r._domainkey.example.org. IN TXT ( \"v=DKIM1; k=rsa; p="));
  EXPECT_THAT(o.out, HasSubstr("RSA 2048, pending since 2026-11-24, its record was not seen yet"));
  EXPECT_THAT(o.out, Not(HasSubstr("PRIVATE")));
}

// RFC 1035 §3.3: a string holds 255 octets; together they are the record.
TEST_F(DkimCommands, StringsOfTheZoneFileMakeUpTheRecord) {
  const auto rows = run_json({"dkim", "keygen", "example.org"});
  ASSERT_EQ(rows.size(), 1U);
  const auto text = rows[0]["zone_file"].get<std::string>();
  std::string whole;
  std::size_t strings = 0;
  for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
    const auto end = text.find('"', at + 1);
    EXPECT_LE(end - at - 1, 255U);
    whole += text.substr(at + 1, end - at - 1);
    ++strings;
    at = end;
  }
  EXPECT_EQ(strings, 2U);
  EXPECT_EQ(whole, rows[0]["value"]);
  const auto record = dkim::parse_key_record(whole);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key->bits(), 2048);
  EXPECT_EQ(rows[0]["name"], "sp202611r._domainkey.example.org");
  EXPECT_EQ(rows[0]["type"], "TXT");
}

TEST_F(DkimCommands, BothTypesStandBesideEachOther) {
  run({"dkim", "keygen", "example.org", "--now"});
  const auto other = run(
      {"dkim", "keygen", "example.org", "--type", "ed25519", "--selector", "e", "--now"});
  EXPECT_EQ(other.status, done);
  EXPECT_EQ(states(), (texts{"sp202611r=active", "e=active"}));
}

TEST_F(DkimCommands, ASecondKeyOfATypeIsARotation) {
  run({"dkim", "keygen", "example.org", "--now"});
  const auto o = run({"dkim", "keygen", "example.org"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("signpost dkim rotate example.org"));
  EXPECT_EQ(run({"dkim", "keygen", "example.org", "--pending"}).status, done);
}

// It signs when a node has seen its record, or when it is told to.
TEST_F(DkimCommands, ANewKeyWaitsForItsRecord) {
  const auto made = run_json({"dkim", "keygen", "example.org", "--type", "ed25519"});
  EXPECT_EQ(made[0]["state"], "pending");
  EXPECT_EQ(made[0]["waits_for_record"], true);
  const auto again = run({"dkim", "keygen", "example.org", "--type", "ed25519"});
  EXPECT_EQ(again.status, negative);
  EXPECT_THAT(again.err, HasSubstr("signpost dkim show example.org"));
  EXPECT_EQ(run_json({"dkim", "keygen", "example.org", "--pending"})[0]["waits_for_record"], false);
  EXPECT_EQ(run({"dkim", "keygen", "example.org", "--now", "--pending"}).status, wrong_usage);
  run({"dkim", "rotate", "example.org", "--activate"});
  EXPECT_EQ(states(), (texts{"sp202611r=active", "sp202611e=active"}));
  EXPECT_EQ(run_json({"dkim", "show"})[1]["waits_for_record"], false);
}

TEST_F(DkimCommands, ARotationFromBeginningToEnd) {
  run({"dkim", "keygen", "example.org", "--type", "ed25519", "--now"});
  time_.advance(std::chrono::hours(24 * 30));
  const auto begun = run({"dkim", "rotate", "example.org"});
  EXPECT_EQ(begun.status, done) << begun.err;
  EXPECT_THAT(begun.out, HasSubstr("sp202612e._domainkey.example.org. IN TXT"));
  EXPECT_THAT(begun.out, HasSubstr("rotate example.org --activate"));
  EXPECT_EQ(states(), (texts{"sp202611e=active", "sp202612e=pending"}));
  // Asked again it says the same and makes nothing.
  EXPECT_EQ(run({"dkim", "rotate", "example.org"}).out, begun.out);

  const auto switched = run({"dkim", "rotate", "example.org", "--activate"});
  EXPECT_EQ(switched.status, done);
  EXPECT_THAT(switched.out, HasSubstr("its record must stay published until 2026-12-31"));
  EXPECT_EQ(states(), (texts{"sp202612e=active", "sp202611e=retired"}));

  const auto early = run({"dkim", "rotate", "example.org", "--finish"});
  EXPECT_EQ(early.status, negative);
  EXPECT_THAT(early.err, HasSubstr("is kept until 2026-12-31"));
  time_.advance(std::chrono::hours(24 * 7));
  const auto finished = run({"dkim", "rotate", "example.org", "--finish"});
  EXPECT_EQ(finished.status, done);
  EXPECT_THAT(finished.out, HasSubstr("delete the record sp202611e._domainkey.example.org"));
  EXPECT_EQ(states(), texts{"sp202612e=active"});
}

TEST_F(DkimCommands, ForceRemovesAtOnce) {
  run({"dkim", "keygen", "example.org", "--type", "ed25519", "--now"});
  run({"dkim", "rotate", "example.org"});
  run({"dkim", "rotate", "example.org", "--activate"});
  EXPECT_EQ(run({"dkim", "rotate", "example.org", "--finish", "--force"}).status, done);
  EXPECT_EQ(states(), texts{"sp202611e2=active"});
}

TEST_F(DkimCommands, NoIsAnAnswer) {
  for (const auto& arguments : std::vector<texts>{{"dkim", "show"},
                                                  {"dkim", "show", "example.org"},
                                                  {"dkim", "rotate", "example.org"},
                                                  {"dkim", "rotate", "example.org", "--activate"},
                                                  {"dkim", "rotate", "example.org", "--finish"}}) {
    const auto o = run(arguments);
    EXPECT_EQ(o.status, negative) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(o.err.empty());
    EXPECT_EQ(o.out, "");
  }
  EXPECT_EQ(run_json({"dkim", "show"}), json::array());
}

TEST_F(DkimCommands, WrongUsageEndsWithTwo) {
  for (const auto& arguments :
       std::vector<texts>{{"dkim"},
                          {"dkim", "keygen"},
                          {"dkim", "keygen", "no domain"},
                          {"dkim", "keygen", "example.org", "--type", "dsa"},
                          {"dkim", "keygen", "example.org", "--selector", "../x"},
                          {"dkim", "rotate", "example.org", "--activate", "--finish"},
                          {"dkim", "rotate", "example.org", "--force"}}) {
    const auto o = run(arguments);
    EXPECT_EQ(o.status, wrong_usage) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(o.err.empty());
  }
}

TEST_F(DkimCommands, KeysOpenToOthersAreRefusedWithTheFix) {
  run({"dkim", "keygen", "example.org", "--type", "ed25519"});
  ::chmod(directory_.path("data/dkim").c_str(), 0755);
  const auto o = run({"dkim", "show", "example.org"});
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr("chmod 700"));
}

TEST_F(DkimCommands, HelpShowsTheSteps) {
  EXPECT_THAT(run({"dkim", "rotate", "--help"}).out, HasSubstr("Three steps"));
}

}  // namespace
}  // namespace signpost::cli
